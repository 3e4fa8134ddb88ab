"""One request to either API on its way through: who asks, what is logged, and the headers that go back."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from caicaini_nb.sandbox import body
from caicaini_nb.sandbox.access import authenticate, check_source
from caicaini_nb.sandbox.account import Account
from caicaini_nb.sandbox.limits import Window, headers_without_key
from caicaini_nb.sandbox.refusal import Refusal, caicaini_body, cailag_body
from caicaini_nb.sandbox.request_log import Entry
from caicaini_nb.sandbox.services import Services
from caicaini_nb.sandbox.wire import dump

__all__ = ["Exchange", "Handler", "json_response", "serve"]


@dataclass
class Exchange:
    """A request, and what was found out about it so far."""

    request: Request
    services: Services
    cailag: bool
    request_id: str = field(default_factory=lambda: f"req_{secrets.token_hex(12)}")
    known: tuple[Account, str] | None = None
    entry: Entry | None = None
    engine: str = ""  # of this answer, once it is known

    @property
    def account(self) -> Account:
        """The account that asks."""
        assert self.known is not None
        return self.known[0]

    @property
    def window(self) -> Window:
        """The rate window of the key in use."""
        assert self.known is not None
        return self.account.window(self.known[1])

    @property
    def log(self) -> Entry:
        """The request's log entry."""
        assert self.entry is not None
        return self.entry

    async def body(self) -> dict[str, Any]:
        """Read and parse the body."""
        raw = await body.read(self.request.headers.get("content-length"), self.request.stream())
        return body.parse(raw)

    def admit(self) -> None:
        """Check source, key, planned status faults and the minute's requests, in this order."""
        check_source(self.request.headers, self.services.port)
        self.known = authenticate(self.request.headers, self.services.accounts)
        self.entry = Entry(self.request.method, self.request.url.path, self.request_id)
        self.account.log.add(self.entry)
        if not self.cailag:
            self.window.count_request(self.account.tier)
        fault = self.account.faults.take_status()
        if fault is not None and fault.status is not None:
            after = "1" if fault.status == 429 and fault.retry_after is None else fault.retry_after
            message = f"A fault you planned: status {fault.status}."
            raise Refusal(fault.status, message, retry_after=after or None)

    def headers(self) -> dict[str, str]:
        """Return the headers of every answer; cailag documents no rate headers, so it sends none."""
        identity = {
            "x-request-id": self.request_id,
            "request-id": self.request_id,
            "x-sandbox-engine": self.engine or self.services.engine_name,  # whatever is not the hosted service says so
        }
        if self.cailag:
            return identity
        rates = self.window.headers(self.account.tier) if self.known else headers_without_key()
        return identity | rates


Handler = Callable[[Exchange], Awaitable[Response]]


def json_response(value: Any, status: int = 200) -> Response:
    """Return a JSON answer."""
    return Response(dump(value), status, media_type="application/json")


async def serve(exchange: Exchange, handler: Handler) -> Response:
    """Admit a request, let `handler` answer it, and give every answer its headers."""
    try:
        exchange.admit()
        response = await handler(exchange)
    except Refusal as refusal:
        response = _refuse(exchange, refusal)
    except RecursionError:
        response = _refuse(exchange, Refusal(400, "body: is nested too deeply."))
    except Exception as error:
        exchange.services.report(error)
        response = _refuse(exchange, Refusal(500, "The sandbox failed: this is a bug in it, please report it."))
    entry = exchange.entry
    if entry is not None:
        entry.status = response.status_code
        if entry.outcome == "open" and not entry.streamed:
            entry.outcome = "ok" if response.status_code < 400 else "refused"
    response.headers.update(exchange.headers())
    return response


def _refuse(exchange: Exchange, refusal: Refusal) -> Response:
    shape = cailag_body if exchange.cailag else caicaini_body
    response = json_response(shape(refusal), refusal.status)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = refusal.retry_after
    return response
