"""An answer as it comes, awaited: `async for` it for `Event`s, read `reply` at any time.

It fails as the plain stream does: one that ends without its terminal event raises, and what had arrived is kept.
Leaving the loop early leaves the connection open until `close()`, so take it in an `async with`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Any, TypeAlias, cast

from .. import refused
from ..ending import ascribed, broken, cut_short, ended, known_usage, outcome
from ..errors import CaicainiError
from ..events import Event, Text
from ..exchange import context
from ..fold import Fold, unfold
from ..reply import Reply
from ..sse import Decoder
from ..surfaces.surface import StreamError, Surface
from .call import AsyncCall
from .transport import Response

__all__ = ["AsyncStream"]

LINGER = 1.0  # seconds for the end of a body whose last event is here
Settle: TypeAlias = Callable[[Reply], Awaitable[Reply]]


class AsyncStream:
    """One streamed answer. `text` and `reply` are what has arrived so far; iterate once."""

    _reply: Reply | None
    _keep: Callable[[Reply], object] | None
    _events: AsyncGenerator[Event]

    def __init__(self, call: AsyncCall, response: Response, surface: Surface, settle: Settle | None = None) -> None:
        self._call = call
        self._response = response
        self._decoder = surface.stream_decoder()
        self._fold = Fold()
        self._settle = settle
        self._complete = False
        self._reply = None
        self._keep = None
        self._events = self._run()

    @classmethod
    def replay(cls, reply: Reply) -> AsyncStream:
        """The stream of a reply that is here already: its events at once, nothing sent."""
        stream = cls.__new__(cls)
        stream._fold, stream._reply, stream._keep = Fold(), reply, None
        stream._events = stream._again(reply)
        return stream

    @property
    def text(self) -> str:
        """The first answer's text so far."""
        return self._fold.text

    @property
    def reply(self) -> Reply:
        """The whole reply once the stream is done, what had arrived where it broke, what has arrived until then."""
        return self._reply or self._build()

    def then(self, keep: Callable[[Reply], object]) -> AsyncStream:
        """Have the whole reply given to `keep` once it is here."""
        self._keep = keep
        return self

    async def texts(self) -> AsyncIterator[str]:
        """Only the text of the first answer, piece by piece."""
        async for event in self:
            if type(event) is Text and event.choice == 0:
                yield event.text

    async def close(self) -> None:
        """Stop here: nothing more is read. Harmless when the stream is done."""
        await self._events.aclose()
        if self._reply is None:
            self._end("interrupted")

    def __aiter__(self) -> AsyncIterator[Event]:
        return self._events

    async def __anext__(self) -> Event:
        return await anext(self._events)

    async def __aenter__(self) -> AsyncStream:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _run(self) -> AsyncGenerator[Event]:
        failure: BaseException | None = None
        try:
            async for event in self._read():
                yield event
            if not self._complete:
                failure = cut_short(self._response.headers, has_answered=self._call.has_answered)
        except StreamError as error:
            failure = refused.from_stream(error.payload)
        except CaicainiError as error:
            failure = broken(error)
        except BaseException:
            self._end("interrupted")
            raise
        self._end(outcome(failure), failure)
        if failure is not None:
            raise failure
        if self._settle is not None and self._reply is not None:
            self._reply = await self._settle(self._reply)
        if self._keep is not None and self._reply is not None:
            self._keep(self._reply)

    async def _again(self, reply: Reply) -> AsyncGenerator[Event]:
        for event in unfold(reply):
            self._fold.add(event)
            yield event
        if self._keep is not None:
            self._keep(reply)

    async def _read(self) -> AsyncIterator[Event]:
        feed, decode, add, call = Decoder().feed, self._decoder.decode, self._fold.add, self._call
        chunks = self._response.chunks()
        timed = False
        async for chunk in chunks:
            for wire_event in feed(chunk):
                for event in decode(wire_event):
                    if not timed:
                        timed = call.arrived(event)
                    add(event)
                    yield event
                if self._decoder.done:
                    self._complete = True
                    await _drain(chunks)
                    return

    def _end(self, said: str, failure: BaseException | None = None) -> None:
        """Close, fold, complete the ledger's row: once."""
        if self._reply is not None:
            return
        self._response.close()
        reply = self._reply = self._build()
        ascribed(failure, reply)
        self._call.finish(said, status=self._response.status_code, **ended(reply, failure))

    def _build(self) -> Reply:
        """The reply as it stands."""
        usage = known_usage(self._fold.usage, complete=self._complete)
        details = context(self._call, cast(Any, self._response))
        return self._fold.reply(usage=usage, raw=self._decoder.raw, complete=self._complete, **details)


async def _drain(chunks: AsyncIterator[bytes]) -> None:
    """Read on to the end, so that the connection can be used again; a service that keeps it open is not waited for."""
    try:
        async with asyncio.timeout(LINGER):
            async for _ in chunks:
                pass
    except (CaicainiError, TimeoutError):
        pass
