"""An answer as it comes: iterate it for `Event`s, read `reply` at any time.

A stream that ends without its terminal event raises `TruncatedStreamError`, an `error` event raises the typed error;
both keep what had arrived. Leaving the loop early closes the connection, and the ledger says *interrupted*.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias, cast

from . import refused
from .call import Call
from .ending import ascribed, broken, cut_short, ended, known_usage, outcome
from .errors import CaicainiError, Interrupted
from .events import Event, Text
from .exchange import context
from .fold import Fold, unfold
from .interrupts import held
from .reply import Reply
from .sse import Decoder
from .surfaces.surface import StreamError, Surface

if TYPE_CHECKING:
    from .transport import Response

__all__ = ["Stream"]

Settle: TypeAlias = Callable[[Reply], Reply]
"""What is still done with a whole reply: its value read, the reply kept."""


class Stream:
    """One streamed answer. `text` and `reply` are what has arrived so far; iterate once, or take `next`."""

    _arrival: _Arrival | _Replayed

    def __init__(self, call: Call, surface: Surface, settle: Settle | None = None) -> None:
        try:
            self._arrival = _Arrival(call, call.open(), surface, settle)
            self._events = self._arrival.events()
            next(self._events)  # begun, it ends itself when nobody holds it: no finalizer to lose an interrupt in
        except BaseException:
            call.release()
            raise

    @classmethod
    def replay(cls, reply: Reply) -> Stream:
        """The stream of a reply that is here already: its events at once, nothing sent."""
        stream = cls.__new__(cls)
        stream._arrival = _Replayed(reply)
        stream._events = stream._arrival.events()
        next(stream._events)
        return stream

    @property
    def text(self) -> str:
        """The first answer's text so far."""
        return self._arrival.fold.text

    @property
    def reply(self) -> Reply:
        """The whole reply once the stream is done, what had arrived where it broke, what has arrived until then."""
        return self._arrival.reply or self._arrival.build()

    def then(self, keep: Callable[[Reply], object]) -> Stream:
        """Have the whole reply given to `keep` once it is here; one that breaks or is left early never is."""
        self._arrival.keep = keep
        return self

    def texts(self) -> Iterator[str]:
        """Only the text of the first answer, piece by piece: all that most loops want."""
        return (event.text for event in self if type(event) is Text and event.choice == 0)

    def close(self) -> None:
        """Stop here: nothing more is read. Harmless when the stream is done."""
        self._events.close()
        self._arrival.end("interrupted")

    def __iter__(self) -> Iterator[Event]:
        # A generator of its own: it ends with the loop, also with one that is left early, and keeps this object alive
        # until then, also where nobody else holds it.
        yield from self._events

    def __next__(self) -> Event:
        return next(self._events)

    def __enter__(self) -> Stream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Arrival:
    """The state of a stream. Apart from `Stream`, so that no cycle keeps an abandoned one from being closed at once."""

    def __init__(self, call: Call, response: Response, surface: Surface, settle: Settle | None) -> None:
        self.call = call
        self.settle = settle
        self.response = response
        self.decoder = surface.stream_decoder()
        self.fold = Fold()
        self.complete = False
        self.reply: Reply | None = None
        self.keep: Callable[[Reply], object] | None = None

    def events(self) -> Generator[Event]:
        failure: BaseException | None = None
        try:
            yield cast(Event, None)  # for the one who makes it
            yield from self._read()
            if not self.complete:
                failure = cut_short(self.response.headers, has_answered=self.call.has_answered)
        except StreamError as error:
            failure = refused.from_stream(error.payload)
        except CaicainiError as error:
            failure = broken(error)
        except KeyboardInterrupt:
            failure = Interrupted()
        except BaseException:
            self.end("interrupted")
            raise
        self.end(outcome(failure), failure)
        if failure is not None:
            raise failure
        if self.settle is not None and self.reply is not None:
            self.reply = self.settle(self.reply)
        if self.keep is not None and self.reply is not None:
            self.keep(self.reply)

    def _read(self) -> Iterator[Event]:
        """The loop everything is fast for: bytes, events, folded, out."""
        feed = Decoder().feed
        decode, add, call = self.decoder.decode, self.fold.add, self.call
        chunks = call.transport.chunks(self.response)
        timed = False
        for chunk in chunks:
            for wire_event in feed(chunk):
                for event in decode(wire_event):
                    if not timed:
                        timed = call.arrived(event)
                    add(event)
                    yield event
                if self.decoder.done:
                    self.complete = True
                    call.transport.drain(self.response, chunks)
                    return

    def end(self, said: str, failure: BaseException | None = None) -> None:
        """Close, fold, complete the ledger's row: once, and in one piece."""
        with held():
            if self.reply is not None:
                return
            self.response.close()
            if isinstance(failure, Interrupted):
                self.call.transport.renew()
            reply = self.reply = self.build()
            ascribed(failure, reply)
            self.call.finish(said, status=self.response.status_code, **ended(reply, failure))

    def build(self) -> Reply:
        """The reply as it stands."""
        usage = known_usage(self.fold.usage, complete=self.complete)
        return self.fold.reply(
            usage=usage, raw=self.decoder.raw, complete=self.complete, **context(self.call, self.response)
        )


class _Replayed:
    """A reply that is here already, in the place of one that arrives."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.fold = Fold()
        self.keep: Callable[[Reply], object] | None = None

    def events(self) -> Generator[Event]:
        yield cast(Event, None)
        for event in unfold(self.reply):
            self.fold.add(event)
            yield event
        if self.keep is not None:
            self.keep(self.reply)

    def build(self) -> Reply:
        return self.reply

    def end(self, said: str) -> None:
        """There is nothing to close."""
