"""One ledger row for one request of somebody else's client: begun before it goes out, completed when its answer ends.

It reads along and never fails a call: what it cannot read it leaves unknown. It stops reading an answer that is larger
than any is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec

from .. import refused
from ..exchange import LARGEST_BODY, identity
from ..fold import Fold
from ..interrupts import held
from ..ledger import Ledger
from ..place import here
from ..sse import Decoder
from ..surfaces.chat import ChatSurface
from ..surfaces.messages import MessagesSurface
from ..surfaces.surface import StreamError, Surface, read_json
from ..usage import Usage
from .passing import Passing

__all__ = ["Witness"]

SURFACES: Mapping[str, Surface] = {surface.name: surface for surface in (MessagesSurface(), ChatSurface())}


class Witness:
    """Told what happens: `answered`, `heard` for each piece of the body, then `ended` or `broke`, whichever comes."""

    def __init__(self, ledger: Ledger, passing: Passing, operation: str) -> None:
        place = here()
        self._ledger, self._passing = ledger, passing
        self._row: int | None = ledger.begin(
            provider=passing.provider,
            origin=passing.origin,
            surface=passing.surface,
            operation=operation,
            attempt=passing.attempt,
            model=passing.model,
            notebook=place.notebook,
            cell=place.cell,
            key_prefix=passing.key.prefix,
        )
        self._sent = time.perf_counter()
        self._status: int | None = None
        self._headers: Mapping[str, str] = {}
        self._first: float | None = None
        self._pieces: list[bytes] = []
        self._size = 0
        self._reading: _Stream | None = None

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """The headers are here."""
        self._status, self._headers = status, headers
        surface = SURFACES.get(self._passing.surface)
        if surface is not None and status < 300 and "event-stream" in headers.get("content-type", ""):
            self._reading = _Stream(surface)
        with suppress(Exception):
            self._ledger.news.hear(self._passing.provider, self._passing.key.prefix, headers)

    def heard(self, piece: bytes) -> None:
        """More of the body, as it came over the wire."""
        if self._first is None:
            self._first = time.perf_counter()
        self._size += len(piece)
        if self._reading is not None:
            self._reading.feed(piece)
        elif self._size <= LARGEST_BODY:
            self._pieces.append(piece)

    def broke(self, failure: BaseException) -> None:
        """No answer, or none to its end: whether it ran nobody can say, unless nothing could be sent."""
        stopped = isinstance(failure, KeyboardInterrupt | GeneratorExit) or type(failure).__name__ == "CancelledError"
        unsent = self._status is None and type(failure).__name__ in ("ConnectError", "ConnectTimeout", "PoolTimeout")
        outcome = "interrupted" if stopped else "error" if unsent else "unknown"
        self._finish(outcome, error=type(failure).__name__, **self._found())

    def ended(self, *, whole: bool) -> None:
        """The body is at its end, or was closed before."""
        failed = self._status is not None and self._status >= 300
        if self._reading is not None and self._reading.error is not None:
            self._finish("error", error=self._reading.error, **self._found())
        elif failed:
            self._finish("error", error=self._refusal())
        elif self._reading is not None and self._reading.done:
            self._finish("ok", **self._found())
        elif not whole:
            self._finish("interrupted", **self._found())
        elif self._reading is not None:
            cut = "TruncatedStreamError" if self._reading.is_readable else "UnreadableReplyError"
            self._finish("unknown", error=cut, **self._found())
        else:
            self._finish("ok", **self._found())

    def _found(self) -> dict[str, Any]:
        """What the answer told of itself, as far as it came."""
        if self._reading is not None:
            return self._reading.found()
        surface = SURFACES.get(self._passing.surface)
        if surface is None or not self._pieces or self._size > LARGEST_BODY:
            return {}
        with suppress(Exception):
            answer = surface.decode(b"".join(self._pieces))
            return {"usage": answer.usage, "model_answered": answer.model, "message_id": answer.id}
        return {}

    def _refusal(self) -> str:
        payload: object = None
        with suppress(Exception):
            payload = read_json(b"".join(self._pieces))
        error = refused.from_status(self._status or 0, payload)
        return error.type or type(error).__name__

    def _finish(self, outcome: str, *, usage: Usage | None = None, **end: Any) -> None:
        """Complete the row, once."""
        with held():
            row, self._row = self._row, None
            if row is None:
                return
            spent, now = usage or Usage(), time.perf_counter()
            self._ledger.finish(
                row,
                outcome,
                status=self._status,
                **msgspec.structs.asdict(spent),
                first_event_ms=None if self._first is None else round((self._first - self._sent) * 1000, 1),
                total_ms=round((now - self._sent) * 1000, 1),
                request_id=identity(self._headers),
                **end,
            )


class _Stream:
    """A stream read along: its usage, model and id, and whether its last event came."""

    def __init__(self, surface: Surface) -> None:
        self.error: str | None = None
        self._feed = Decoder().feed
        self._decoder = surface.stream_decoder()
        self._fold = Fold()
        self.is_readable = True

    @property
    def done(self) -> bool:
        return self._decoder.done

    def feed(self, piece: bytes) -> None:
        if not self.is_readable or self.done:
            return
        try:
            for wire_event in self._feed(piece):
                for event in self._decoder.decode(wire_event):
                    self._fold.add(event)
        except StreamError as error:
            failure = refused.from_stream(error.payload)
            self.error, self.is_readable = failure.type or type(failure).__name__, False
        except Exception:
            self.is_readable = False  # the call goes on; what it used stays unknown

    def found(self) -> dict[str, Any]:
        usage = self._fold.usage
        if not self.done:  # what was made until it broke off nobody has said
            usage = Usage(usage.input_tokens, None, usage.cache_creation_input_tokens, usage.cache_read_input_tokens)
        return {"usage": usage, "model_answered": self._fold.model, "message_id": self._fold.id}
