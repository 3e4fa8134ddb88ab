"""The ledger's rows of the calls on one event loop: what begins and ends in the same turn of it is one commit.

A commit costs as much as ten rows, and with a hundred calls at once some fifteen are ready in a turn. Nobody goes on
before the commit: a row is in the file before its request goes out, and completed before its answer is handed over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ..interrupts import held
from ..ledger import Ledger

__all__ = ["RowGroup"]

Begun: TypeAlias = tuple[Mapping[str, Any], "asyncio.Future[int]"]
Ended: TypeAlias = tuple[int, Mapping[str, Any], "asyncio.Future[None]"]


class RowGroup:
    """Of one ledger, on one loop. `before` is called before rows begin; what it raises, `begin` raises."""

    def __init__(self, ledger: Ledger, before: Callable[[], None] = lambda: None) -> None:
        self._ledger = ledger
        self._before = before
        self._begun: list[Begun] = []
        self._ended: list[Ended] = []

    async def begin(self, start: Mapping[str, Any]) -> int:
        """`Ledger.begin`. Whoever is called off meanwhile leaves no row, or one that says so."""
        written: asyncio.Future[int] = self._soon()
        self._begun.append((start, written))
        try:
            return await written
        except asyncio.CancelledError:
            if not written.cancelled() and written.exception() is None:  # called off after the commit
                self._ledger.finish(written.result(), "interrupted", error="CancelledError")
            raise

    async def finish(self, row: int, end: Mapping[str, Any]) -> None:
        """`Ledger.finish`, `end` with the outcome. The row is completed even where the caller is called off."""
        written: asyncio.Future[None] = self._soon()
        self._ended.append((row, end, written))
        await written

    def _soon(self) -> asyncio.Future[Any]:
        loop = asyncio.get_running_loop()
        if not self._begun and not self._ended:
            loop.call_soon(self._commit)
        return loop.create_future()

    def _commit(self) -> None:
        begun, self._begun = [one for one in self._begun if not one[-1].cancelled()], []
        ended, self._ended = self._ended, []
        try:
            self._write(begun, ended)
        except Exception:  # it may be one of them: each for itself
            for row in begun:
                self._write_alone([row], [], row[-1])
            for end in ended:
                self._write_alone([], [end], end[-1])

    def _write(self, begun: list[Begun], ended: list[Ended]) -> None:
        if begun:
            self._before()
        with held():
            rows = self._ledger.together([start for start, _ in begun], [(row, end) for row, end, _ in ended])
            for row, (_, number) in zip(rows, begun, strict=True):
                number.set_result(row)
            for _, _, done in ended:
                if not done.cancelled():
                    done.set_result(None)

    def _write_alone(self, begun: list[Begun], ended: list[Ended], waiting: asyncio.Future[Any]) -> None:
        try:
            self._write(begun, ended)
        except Exception as error:
            if not waiting.done():
                waiting.set_exception(error)
