"""Writes down what becomes of rows: many lines in one write, on the disk before a row counts as done.

Which requests are about to go out is written before they do, without waiting for the disk: it must outlive this
process, not the machine. What was answered waits for the disk, in a thread, together with whatever else was answered
meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..errors import JobStoppedError
from .folder import Folder, Writer
from .outcome import Answered, Free, Sent, write_line

__all__ = ["Keeper"]


class Keeper:
    """Of one job, in one process, on one loop. `on_kept` is told of each row once it is done.

    `write_sent` is to be called before requests go out that `sent` has told of.
    """

    def __init__(self, folder: Folder, on_kept: Callable[[Answered], None], name: str = "") -> None:
        self._folder = folder
        self._on_kept = on_kept
        self._name = name
        self._writer: Writer | None = None
        self._sending: dict[str, bytes] = {}
        self._waiting: list[Answered] = []
        self._wake = asyncio.Event()
        self._over = False

    def sent(self, key: str) -> None:
        """A request for this row is about to go out."""
        self._sending[key] = write_line(Sent(key))

    def write_sent(self) -> None:
        """Write down what is about to go out. Raises `JobStoppedError`: then it must not."""
        if self._sending:
            self._write(b"".join(self._sending.values()))
            self._sending.clear()

    def free(self, key: str) -> None:
        """It was turned away, or never went out, and nothing was charged."""
        if self._sending.pop(key, None) is None:
            self._write(write_line(Free(key)))

    def done(self, outcome: Answered) -> None:
        """Have it written; `on_kept` is told when it is."""
        self._waiting.append(outcome)
        self._wake.set()

    def finish(self) -> None:
        """Nothing more comes: `run` ends when all is written."""
        self._over = True
        self._wake.set()

    async def run(self) -> None:
        """Write what is done until `finish`. Raises `JobStoppedError` where the disk takes no more."""
        try:
            while not (self._over and not self._waiting):
                await self._wake.wait()
                self._wake.clear()
                batch, self._waiting = self._waiting, []
                if batch:
                    await asyncio.to_thread(self._keep, b"".join(map(write_line, batch)))
                    for outcome in batch:
                        self._on_kept(outcome)
        finally:
            if self._writer is not None:
                await asyncio.to_thread(self._writer.close)

    def _keep(self, lines: bytes) -> None:
        self._write(lines, durable=True)

    def _write(self, lines: bytes, *, durable: bool = False) -> None:
        try:
            if self._writer is None:
                self._writer = self._folder.writer(self._name)
            self._writer.write(lines, durable=durable)
        except OSError as error:
            reason = error.strerror or str(error)
        else:
            return
        raise JobStoppedError(
            f"The job's folder {self._folder.address} takes no more: {reason}",
            action="Make room there, then job.resume() goes on; rows under way are asked again.",
        )
