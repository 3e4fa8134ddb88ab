"""One operation: its attempts, a ledger row for each, and the waits between them. The only layer that retries.

It hands out a response whose headers said yes, or raises. What is read from the response after that is never sent for
again: the answer has begun, and may have been charged.
"""

from __future__ import annotations

import itertools
import random
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from . import errors, refused
from .errors import CaicainiError, ConnectionFailedError, Interrupted, RedirectedError
from .events import Event, Started
from .interrupts import held
from .ledger import Ledger
from .models import catalogue, near
from .place import Place, here
from .reply import Timing
from .retry import Wait, asked_seconds, plan
from .surfaces.surface import read_json
from .transport import Response, Transport
from .usage import RateLimit, Usage

if TYPE_CHECKING:
    from .spending.budget import Reservation

__all__ = ["CHANCE", "ERROR_BODY", "ERROR_TIME", "TICK", "Call", "OnWait"]

OnWait: TypeAlias = Callable[[Wait, float], None]
"""Called about five times a second while waiting, with the seconds left; 0.0 ends it."""

ERROR_BODY = 1024 * 1024  # bytes, and seconds: an error's body may not trickle for ever
ERROR_TIME = 10.0
TICK = 0.2
CHANCE = random.SystemRandom()  # not the user's generator: a seed there would bring all clients back at once


@dataclass
class Call:
    """What is sent, where its rows go, and how far it got. `surface` and `model` are for the ledger."""

    transport: Transport
    ledger: Ledger
    method: str
    path: str
    body: bytes | None
    surface: str
    model: str | None = None
    stream: bool = False
    max_attempts: int | None = None
    on_wait: OnWait | None = None
    revive: Callable[[], None] | None = None
    reserve: Callable[[], Reservation] | None = None
    attempt: int = 0
    operation: str = field(default_factory=lambda: secrets.token_hex(8))
    response: Response | None = field(default=None, repr=False)
    _row: int | None = None
    _reservation: Reservation | None = None
    _sent: float = 0.0
    _first: float | None = None
    _first_token: float | None = None

    def open(self) -> Response:
        """The response, once one says yes. Raises the last attempt's error, or `Interrupted`."""
        for self.attempt in itertools.count(1):
            outcome = self._attempt()
            if not isinstance(outcome, CaicainiError):
                return outcome
            outcome.attempts = self.attempt
            wait = plan(
                outcome, self.attempt, max_attempts=self.max_attempts, chance=CHANCE.random, now=datetime.now(UTC)
            )
            if wait is None:
                raise outcome
            self._revive_if_gone(outcome)
            self._sleep(wait)
        raise AssertionError("unreachable")

    def first_event(self) -> None:
        """The first event is here: the time to it is known."""
        if self._first is None:
            self._first = time.perf_counter()

    def arrived(self, event: Event) -> bool:
        """Note the times of the first event and the first token; whether both are known now."""
        self.first_event()
        if type(event) is Started:
            return False
        self._first_token = time.perf_counter()
        return True

    @property
    def has_answered(self) -> bool:
        return self._first is not None

    def timing(self) -> Timing:
        return Timing(self._since(self._first), self._since(time.perf_counter()), self._since(self._first_token))

    @property
    def unbounded(self) -> bool:
        """Whether a budget let it pass without knowing what it can cost."""
        return self._reservation is not None and self._reservation.unbounded

    def finish(
        self,
        outcome: str,
        *,
        usage: Usage | None = None,
        timing: Timing | None = None,
        may_be_charged: bool = False,
        **end: Any,
    ) -> None:
        """Complete the attempt's row, once; an interrupt waits until it is written."""
        with held():
            row, self._row = self._row, None
            reservation, self._reservation = self._reservation, None
            spent = usage or Usage()
            try:
                if row is not None:
                    self.ledger.finish(row, **self._end(outcome, spent, timing or self.timing()), **end)
            finally:  # after the row: the next call is bounded by what the ledger has measured
                if reservation is not None:
                    reservation.settle("unknown" if may_be_charged else outcome, spent)

    def _end(self, outcome: str, spent: Usage, times: Timing) -> dict[str, Any]:
        """What the row is told at its end."""
        spans = {"first_event_ms": times.first_event_ms, "total_ms": times.total_ms}
        return {"outcome": outcome, **msgspec.structs.asdict(spent), **spans}

    def release(self, outcome: str = "interrupted") -> None:
        """Close the response; a row still open ends with `outcome`. Harmless when both are done."""
        with held():
            if self.response is not None:
                self.response.close()
            self.finish(outcome)

    def _attempt(self) -> Response | CaicainiError:
        failure: BaseException
        try:
            with held():
                self._reservation = self.reserve() if self.reserve is not None else None
                self._row = self.ledger.begin(**self._start())
            self._first, self._first_token, self._sent = None, None, time.perf_counter()
            self.response = self.transport.open(self.method, self.path, self.body, stream=self.stream)
            self._hear(self.response.headers)
            return self.response if self.response.status_code < 300 else self._refused(self.response)
        except CaicainiError as error:
            self.finish("unknown" if error.may_be_charged else "error", error=type(error).__name__)
            return error
        except KeyboardInterrupt:
            failure = Interrupted()
        except BaseException as error:
            # An alarm's or an exit handler's: it goes on without the HTTP client's frames, where the key stands.
            failure = error.with_traceback(None)
            failure.__context__ = None
        self.finish("interrupted" if isinstance(failure, Interrupted) else "unknown", error=type(failure).__name__)
        with held():
            self.transport.renew()  # whatever was cut into: no connection is left half used
        raise failure

    def _since(self, moment: float | None) -> float | None:
        return None if moment is None else round((moment - self._sent) * 1000, 1)

    def _hear(self, headers: Mapping[str, str]) -> None:
        """Whoever watches the ledger is told what is left of the minute's requests."""
        config = self.transport.config
        self.ledger.news.hear(config.provider.name, config.key.prefix, headers)

    def _place(self) -> Place:
        """Where the call is made."""
        return here()

    def _start(self) -> dict[str, Any]:
        """What the row says from its beginning."""
        place, config = self._place(), self.transport.config
        return {
            "provider": config.provider.name,
            "origin": config.origin,
            "surface": self.surface,
            "operation": self.operation,
            "attempt": self.attempt,
            "model": self.model,
            "notebook": place.notebook,
            "cell": place.cell,
            "key_prefix": config.key.prefix,
        }

    def _refused(self, response: Response) -> CaicainiError:
        """The error a response that does not say yes stands for; its row is completed here."""
        status, headers = response.status_code, response.headers
        self.first_event()
        identity = headers.get("request-id") or headers.get("x-request-id")
        if status < 400:
            error: CaicainiError = RedirectedError(f"{self.transport.config.base} answers with a redirect ({status})")
            error.status = status
        else:
            error = refused.from_status(status, self._error_payload(response), request_id=identity)
        response.close()
        self.response = None
        error.retry_after = asked_seconds(headers, datetime.now(UTC))
        error.rate_limit = RateLimit.read(headers)
        self._advise(error)
        kind = error.type or type(error).__name__
        self.finish("error", may_be_charged=error.may_be_charged, status=status, error=kind, request_id=identity)
        return error

    def _advise(self, error: CaicainiError) -> None:
        """A next action that fits this call better than the one for the status."""
        if error.status == 402 and self.transport.config.origin == "sandbox":
            error.action = "On the sandbox, client.sandbox.top_up(usd=10) adds credits; waiting does not help."
        if self.model and error.status in (400, 404) and self.model not in catalogue():
            names = near(self.model, self.transport.config.provider.name)
            error.action += f" Did you mean {' or '.join(names)}?" if names else ""

    def _error_payload(self, response: Response) -> object:
        """The body as JSON, or a sentence about what came in its place."""
        body, until = b"", time.monotonic() + ERROR_TIME
        with suppress(ConnectionFailedError):  # a body that breaks off does not hide the status
            for chunk in self.transport.chunks(response):
                body += chunk
                if len(body) > ERROR_BODY or time.monotonic() > until:
                    break
        text = self.transport.config.key.redacted(body.decode("utf-8", "replace"))  # some quote the key they refuse
        with suppress(errors.UnreadableReplyError):
            return read_json(text)
        kind = response.headers.get("content-type", "no content type").split(";")[0]
        return {"error": f"The answer was {response.status_code} with {kind}, not with the API's JSON"}

    def _revive_if_gone(self, error: CaicainiError) -> None:
        """A sandbox ends when it was idle for long; it comes back with the same account."""
        if self.revive is not None and isinstance(error, ConnectionFailedError) and not error.may_be_charged:
            self.revive()

    def _sleep(self, wait: Wait) -> None:
        until = time.monotonic() + wait.seconds
        try:
            while (left := until - time.monotonic()) > 0:
                if self.on_wait is not None:
                    self.on_wait(wait, left)
                time.sleep(min(left, TICK))
        finally:
            if self.on_wait is not None:
                self.on_wait(wait, 0.0)
