"""An answer as it comes: iterate it for `Event`s, read `reply` at any time.

A stream that ends without its terminal event raises `TruncatedStreamError`, an `error` event raises the typed error;
both keep what had arrived. Leaving the loop early closes the connection, and the ledger says *interrupted*.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import errors
from .call import Call
from .errors import CaicainiError, Interrupted, TruncatedStreamError
from .events import Event
from .exchange import context
from .fold import Fold
from .interrupts import held
from .reply import Reply
from .sse import Decoder
from .surface import StreamError, Surface
from .usage import Usage

if TYPE_CHECKING:
    from httpx import Response

__all__ = ["Stream"]


class Stream:
    """One streamed answer. `text` and `reply` are what has arrived so far; iterate once."""

    def __init__(self, call: Call, response: Response, surface: Surface) -> None:
        self._call = call
        self._response = response
        self._decoder = surface.stream_decoder()
        self._fold = Fold()
        self._complete = False
        self._reply: Reply | None = None
        self._events = self._iterate()

    @property
    def text(self) -> str:
        """The first answer's text so far."""
        return self._fold.text

    @property
    def reply(self) -> Reply:
        """The whole reply once the stream is done, what had arrived where it broke, what has arrived until then."""
        return self._reply or self._build()

    def close(self) -> None:
        """Stop here: nothing more is read. Harmless when the stream is done."""
        self._events.close()
        self._end("interrupted")

    def __iter__(self) -> Iterator[Event]:
        return self._events

    def __next__(self) -> Event:
        return next(self._events)

    def __enter__(self) -> Stream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_events"):
            self.close()

    def _iterate(self) -> Generator[Event]:
        failure: BaseException | None = None
        try:
            yield from self._read()
            if not self._complete:
                failure = TruncatedStreamError("The stream ended before its last event", may_be_charged=True)
        except StreamError as error:
            failure = errors.from_stream(error.payload, request_id=self._request_id())
        except CaicainiError as error:
            failure = self._broken(error)
        except KeyboardInterrupt:
            failure = Interrupted()
        except GeneratorExit:
            self._end("interrupted")
            raise
        self._end(OUTCOME.get(type(failure), "error"), failure)
        if failure is not None:
            raise failure

    def _read(self) -> Iterator[Event]:
        """The loop everything is fast for: bytes, events, folded, out."""
        feed = Decoder().feed
        decode, add, call = self._decoder.decode, self._fold.add, self._call
        for chunk in call.transport.chunks(self._response):
            for wire_event in feed(chunk):
                if self._complete:
                    break  # read on to the end of the body, or the connection cannot be used again
                for event in decode(wire_event):
                    call.first_event()
                    add(event)
                    yield event
                self._complete = self._decoder.done

    def _broken(self, error: CaicainiError) -> BaseException | None:
        """A connection that broke after the answer began. After the last event it does not matter."""
        if self._complete:
            return None
        if isinstance(error, errors.ConnectionFailedError):
            return TruncatedStreamError(f"The stream broke off: {error.cause}", may_be_charged=True)
        error.may_be_charged = True
        return error

    def _end(self, outcome: str, failure: BaseException | None = None) -> None:
        """Close, fold, complete the ledger's row: once, and in one piece."""
        with held():
            if self._reply is not None:
                return
            self._response.close()
            reply = self._reply = self._build()
            if isinstance(failure, CaicainiError | Interrupted):
                failure.reply = reply
            error: Any = getattr(failure, "type", None) or (type(failure).__name__ if failure else None)
            self._call.finish(
                outcome,
                usage=reply.usage,
                timing=reply.timing,
                status=self._response.status_code,
                error=error,
                model_answered=reply.model,
                request_id=reply.request_id,
                message_id=reply.id,
            )

    def _build(self) -> Reply:
        usage = self._fold.usage
        if not self._complete:
            # The opening event counts a token or none; what was really made, and charged, nobody has said.
            usage = Usage(usage.input_tokens, None, usage.cache_creation_input_tokens, usage.cache_read_input_tokens)
        return self._fold.reply(
            usage=usage,
            raw=self._decoder.raw,
            complete=self._complete,
            **context(self._call, self._response),
        )

    def _request_id(self) -> str | None:
        headers: Mapping[str, str] = self._response.headers
        return headers.get("request-id") or headers.get("x-request-id")


OUTCOME = {type(None): "ok", TruncatedStreamError: "unknown", Interrupted: "interrupted"}
