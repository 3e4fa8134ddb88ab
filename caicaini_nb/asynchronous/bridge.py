"""What is written for a plain client, run beside the loop: the tool rounds, whose functions may block in any case.

The rounds run in a thread of their own; each answer they ask for is awaited on the loop.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from ..plan import Plan
from ..reply import Reply
from .stream import AsyncStream

if TYPE_CHECKING:
    from ..events import Event

__all__ = ["Bridge", "beside"]

T = TypeVar("T")
Send = Callable[[Plan], Coroutine[Any, Any, Reply]]
Open = Callable[[Plan], Coroutine[Any, Any, AsyncStream]]


class Bridge:
    """The part of a plain client that the tool rounds use."""

    def __init__(self, plan: Callable[..., Plan], send: Send, stream: Open) -> None:
        self._plan = plan
        self._send = send
        self._stream = stream
        self._loop = asyncio.get_running_loop()

    def send_planned(self, plan: Plan) -> Reply:
        return self.wait(self._send(plan))

    def stream_planned(self, plan: Plan) -> _Bridged:
        return _Bridged(self, self.wait(self._stream(plan)))

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Have the loop do it, and wait for it in this thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class _Bridged:
    """A stream of the loop's, read in a thread."""

    def __init__(self, bridge: Bridge, stream: AsyncStream) -> None:
        self._bridge = bridge
        self._stream = stream

    @property
    def reply(self) -> Reply:
        return self._stream.reply

    def close(self) -> None:
        self._bridge.wait(self._stream.close())

    def __iter__(self) -> Iterator[Event]:
        while (event := self._bridge.wait(self._next())) is not None:
            yield event

    async def _next(self) -> Event | None:
        return await anext(self._stream, None)

    def __enter__(self) -> _Bridged:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


async def beside(work: Callable[[], T]) -> T:
    """Run `work` in a thread of its own, a daemon: the loop's own threads are few, and a tool may hang."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[T] = loop.create_future()

    def tell(done: Callable[[], None]) -> None:
        if not over.done():
            done()

    def run() -> None:
        try:
            value = work()
        except BaseException as error:
            raised = error
            _quietly(loop, lambda: tell(lambda: over.set_exception(raised)))
        else:
            _quietly(loop, lambda: tell(lambda: over.set_result(value)))

    threading.Thread(target=run, name="caicaini rounds", daemon=True).start()
    return await over


def _quietly(loop: asyncio.AbstractEventLoop, done: Callable[[], None]) -> None:
    """A loop that has ended meanwhile has nobody left to tell."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(done)
