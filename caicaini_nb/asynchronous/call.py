"""One operation awaited: the attempts, rows and waits of a plain `Call`, with the sending left to the event loop.

What decides (which error, whether again, after how long, what the row says) is the plain call's own.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from ..call import CHANCE, ERROR_BODY, ERROR_TIME, TICK, Call
from ..errors import CaicainiError
from ..place import Place, here
from ..reply import Timing
from ..retry import Wait, plan
from ..usage import Usage
from .row_group import RowGroup
from .transport import AsyncTransport, Response

__all__ = ["AsyncCall"]


@dataclass
class AsyncCall(Call):
    """A call whose `transport` is an `AsyncTransport`; `place` is the cell it is made for, if not the one that runs.

    `rows` has its row written together with those of the other calls on its loop.
    """

    place: Place | None = None
    rows: RowGroup = field(kw_only=True)

    async def begin(self) -> Response:
        """The response, once one says yes. Raises the last attempt's error."""
        for self.attempt in itertools.count(1):
            outcome = await self._try()
            if not isinstance(outcome, CaicainiError):
                return outcome
            outcome.attempts = self.attempt
            wait = plan(
                outcome, self.attempt, max_attempts=self.max_attempts, chance=CHANCE.random, now=datetime.now(UTC)
            )
            if wait is None:
                raise outcome
            if self.revive is not None:
                await asyncio.to_thread(self._revive_if_gone, outcome)  # it starts a process
            await self._wait(wait)
        raise AssertionError("unreachable")

    async def end(self, outcome: str, *, usage: Usage, timing: Timing, **end: Any) -> None:
        """`finish`, its row written together with those of other calls; whatever holds money waits for that."""
        row, self._row = self._row, None
        reservation, self._reservation = self._reservation, None
        try:
            if row is not None:
                await self.rows.finish(row, {**self._end(outcome, usage, timing), **end})
        finally:
            if reservation is not None:
                reservation.settle(outcome, usage)

    async def _try(self) -> Response | CaicainiError:
        failure: BaseException
        transport = cast(AsyncTransport, self.transport)
        try:
            self._reservation = self.reserve() if self.reserve is not None else None
            self._row = await self.rows.begin(self._start())
            self._first, self._first_token, self._sent = None, None, time.perf_counter()
            response = await transport.open(self.method, self.path, self.body, stream=self.stream)
            self.response = cast(Any, response)
            self._hear(response.headers)
            return response if response.status_code < 300 else await self._turned_down(response)
        except CaicainiError as error:
            self.finish("unknown" if error.may_be_charged else "error", error=type(error).__name__)
            return error
        except BaseException as error:
            # Mostly a cancellation or an interrupt: without the HTTP library's frames, where the key stands.
            failure = error.with_traceback(None)
            failure.__context__ = None
        stopped = isinstance(failure, (asyncio.CancelledError, KeyboardInterrupt))
        self.finish("interrupted" if stopped else "unknown", error=type(failure).__name__)
        raise failure

    async def _turned_down(self, response: Response) -> CaicainiError:
        """The plain call reads an error's body itself, so it is fetched before."""
        try:
            async with asyncio.timeout(ERROR_TIME):
                await response.read(ERROR_BODY)
        except (CaicainiError, TimeoutError):  # a body that breaks off does not hide the status
            pass
        return self._refused(cast(Any, response))

    def _place(self) -> Place:
        return self.place or here()

    async def _wait(self, wait: Wait) -> None:
        until = time.monotonic() + wait.seconds
        try:
            while (left := until - time.monotonic()) > 0:
                if self.on_wait is not None:
                    self.on_wait(wait, left)
                await asyncio.sleep(min(left, TICK) if self.on_wait is not None else left)
        finally:
            if self.on_wait is not None:
                self.on_wait(wait, 0.0)
