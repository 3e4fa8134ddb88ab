"""A streamed answer on its way out: paced, metered, spoiled by a fault when one is planned.

A client that goes away is noticed while sending and while waiting, and charged for what was made until then
(assumed; so is that a stream which fails with an `error` event is free). A fault acts once, after the planned
number of content events (default 1), or before the ending when the answer is shorter.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from caicaini_nb.sandbox.composer import Delta
from caicaini_nb.sandbox.job import Job
from caicaini_nb.sandbox.limits import Window
from caicaini_nb.sandbox.protocol import reset_connection
from caicaini_nb.sandbox.refusal import Refusal
from caicaini_nb.sandbox.wire import Ending

__all__ = ["SLOW_SECONDS", "STALL_SECONDS", "StreamedAnswer", "wait_unless_gone"]

PING_SECONDS = 15
STALL_SECONDS = 30.0
SLOW_SECONDS = 0.05
YIELD_EVERY = 8  # events sent before other requests get their turn


class GoneError(Exception):
    """The client closed the connection."""


class BrokenError(Exception):
    """A fault ended the answer."""


async def wait_unless_gone(receive: Receive, seconds: float) -> bool:
    """Wait, unless the client goes away first; says whether it went."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                continue
    except TimeoutError:
        return False
    return True


class StreamedAnswer(Response):
    """A server-sent event stream of one job; it counts among `window`'s open streams until it is over."""

    media_type = "text/event-stream"

    def __init__(self, job: Job, window: Window | None, report: Callable[[Exception], None]) -> None:
        super().__init__(headers={"cache-control": "no-store"})
        del self.headers["content-length"]
        self._job = job
        self._window = window
        self._report = report
        self._last = b""
        if window is not None:
            window.streams += 1
        self._gone = asyncio.Event()
        self._fault = job.fault
        self._fault_due = job.fault is not None
        self._content_events = 0
        self._sent = 0
        self._pinged = job.account.clock.now()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        self._scope = scope
        self._send = send
        listener = asyncio.create_task(self._listen(receive))
        entry = self._job.entry
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await self._answer()
        except GoneError:
            entry.outcome, entry.closed_early = "closed", True
            self._job.settle()
        except BrokenError:
            entry.outcome = "broken"
        except Exception as error:
            entry.outcome = "broken"
            self._report(error)
            with contextlib.suppress(GoneError):
                await self._out(self._job.wire.failure(Refusal(500, "The sandbox failed: please report this bug.")))
        finally:
            listener.cancel()
            self._job.close()
            if self._window is not None:
                self._window.streams -= 1
        if not self._gone.is_set():
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _listen(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue
        self._gone.set()
        self._job.cancel()

    async def _answer(self) -> None:
        wire = self._job.wire
        await self._out(wire.begin(self._job.meter.input_tokens))
        async with contextlib.aclosing(self._job.parts()) as parts:
            async for choice, part in parts:
                if isinstance(part, Ending):
                    await self._out(wire.choice_end(choice, part))
                elif isinstance(part, Delta):
                    await self._content(wire.part(choice, part))
                else:
                    await self._out(wire.part(choice, part))
        if self._fault_due:
            await self._act(b"")
        used = self._job.settle()
        ending = wire.ending(self._job.last, used)
        await self._out(ending)
        if self._fault is not None and self._fault.kind == "duplicate" and self._fault.after is None:
            await self._out(ending or wire.choice_end(0, self._job.last))
        self._job.entry.outcome = "ok"  # before the client can know that it is over
        await self._out(wire.terminal())

    async def _content(self, data: bytes) -> None:
        """Send a content event, at the account's pace, after the fault when it is due."""
        if self._fault_due and self._content_events == self._after:
            await self._act(data)
        pace = self._job.account.pace
        if self._fault is not None and self._fault.kind == "slow":
            pace = self._seconds(SLOW_SECONDS)
        if pace:
            await self._wait(pace)
        now = self._job.account.clock.now()
        if now - self._pinged >= PING_SECONDS:
            self._pinged = now
            await self._out(self._job.wire.ping())
        await self._out(data)
        self._last = data
        self._content_events += 1

    @property
    def _after(self) -> int:
        given = self._fault.after if self._fault is not None else None
        return 1 if given is None else given

    def _seconds(self, default: float) -> float:
        given = self._fault.seconds if self._fault is not None else None
        return default if given is None else given

    async def _act(self, following: bytes) -> None:
        self._fault_due = False
        action = ACTIONS.get(self._fault.kind) if self._fault is not None else None
        if action is not None:
            await action(self, following)

    async def _stall(self, following: bytes) -> None:
        await self._wait(self._seconds(STALL_SECONDS))

    async def _reset(self, following: bytes) -> None:
        self._job.settle()
        await asyncio.sleep(0.02)  # what was sent must arrive before the reset discards the rest
        reset_connection(self._scope)
        self._gone.set()
        raise BrokenError

    async def _early_end(self, following: bytes) -> None:
        self._job.settle()
        raise BrokenError

    async def _stream_error(self, following: bytes) -> None:
        refusal = Refusal(529, "The model is overloaded (a fault you planned).")
        await self._out(self._job.wire.failure(refusal))
        raise BrokenError

    async def _unknown(self, following: bytes) -> None:
        await self._out(self._job.wire.unknown())

    async def _duplicate(self, following: bytes) -> None:
        """Repeat the content event before this one; without `after`, the ending is repeated instead."""
        if self._fault is not None and self._fault.after is not None:
            await self._out(self._last if self._content_events else following)

    async def _out(self, data: bytes) -> None:
        """Send events, and let the others have their turn now and then."""
        if self._gone.is_set():
            raise GoneError
        if not data:
            return
        if self._fault is not None and self._fault.kind == "split_utf8":
            await self._out_split(data)
        else:
            await self._send({"type": "http.response.body", "body": data, "more_body": True})
        self._sent += 1
        if self._sent % YIELD_EVERY == 0:
            await asyncio.sleep(0)

    async def _out_split(self, data: bytes) -> None:
        """Send in two chunks, cut inside a character of several bytes if there is one."""
        wide = next((at for at, byte in enumerate(data) if byte >= 0x80), len(data) // 2)
        for piece in (data[: wide + 1], data[wide + 1 :]):
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(0.001)  # two packets, so that the client reads two chunks

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._gone.wait(), seconds)
        except TimeoutError:
            return
        raise GoneError


ACTIONS: dict[str, Callable[[StreamedAnswer, bytes], Awaitable[None]]] = {
    "duplicate": StreamedAnswer._duplicate,
    "early_end": StreamedAnswer._early_end,
    "reset": StreamedAnswer._reset,
    "stall": StreamedAnswer._stall,
    "stream_error": StreamedAnswer._stream_error,
    "unknown": StreamedAnswer._unknown,
}
