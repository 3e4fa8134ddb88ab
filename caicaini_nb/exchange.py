"""A plain exchange: the whole body in one piece, made into a value, its ledger row completed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from .call import Call
from .ending import ended
from .errors import CaicainiError, DeadlineError, Interrupted, UnreadableReplyError
from .interrupts import held
from .reply import Reply
from .usage import RateLimit

if TYPE_CHECKING:
    from .surfaces.surface import Answer
    from .transport import Response

__all__ = ["LARGEST_BODY", "context", "exchange", "identity", "whole_reply"]

T = TypeVar("T")

LARGEST_BODY = 64 * 1024 * 1024


def exchange(call: Call, read: Callable[[bytes, Response], T]) -> T:
    """Send, read the whole body, and return what `read` makes of it.

    A body that breaks off or cannot be read raises with `may_be_charged`: the service had said yes.
    """
    failure: BaseException
    try:
        response = call.open()
        call.first_event()
        answer = read(_body(call, response), response)
        told = ended(answer) if isinstance(answer, Reply) else {}
        call.finish("ok", status=response.status_code, **told)
        return answer
    except BaseException as error:
        failure = error
    raise _failed(call, failure)


def context(call: Call, response: Response) -> dict[str, Any]:
    """The fields of a `Reply` that are not in the answer's body: whose it is, and what its headers said."""
    config = call.transport.config
    headers = response.headers
    return {
        "request_id": identity(headers),
        "rate_limit": RateLimit.read(headers),
        "provider": config.provider.name,
        "surface": call.surface,
        "origin": config.origin,
        "engine": headers.get("x-sandbox-engine"),
        "attempts": call.attempt,
        "timing": call.timing(),
        "unbounded": call.unbounded,
    }


def whole_reply(answer: Answer, call: Call, response: Response) -> Reply:
    """The reply to a plain call, of its decoded body."""
    return Reply(
        choices=answer.choices,
        usage=answer.usage,
        id=answer.id,
        model=answer.model,
        raw=answer.raw,
        **context(call, response),
    )


def identity(headers: Mapping[str, str]) -> str | None:
    """The service's id for the call, to quote to its support."""
    return headers.get("request-id") or headers.get("x-request-id")


def _failed(call: Call, failure: BaseException) -> BaseException:
    """What to raise, the row completed and the connection let go, wherever it broke off."""
    interrupted = isinstance(failure, KeyboardInterrupt)
    raised = Interrupted() if interrupted else failure
    response = call.response
    if response is not None:
        if isinstance(raised, CaicainiError):
            raised.may_be_charged = True
            raised.request_id = raised.request_id or identity(response.headers)
        outcome = "interrupted" if interrupted else "unknown"
        call.finish(outcome, status=response.status_code, error=type(raised).__name__)
    call.release()
    if interrupted:
        with held():
            call.transport.renew()  # no connection is left half used
    return raised


def _body(call: Call, response: Response) -> bytes:
    """All of it, within the time for a plain call: a server may not trickle for ever."""
    limit = call.transport.timeouts.plain
    until = time.monotonic() + limit
    pieces, size = [], 0
    for chunk in call.transport.chunks(response):
        pieces.append(chunk)
        size += len(chunk)
        if size > LARGEST_BODY:
            raise UnreadableReplyError(f"The answer is larger than {LARGEST_BODY:,} bytes")
        if time.monotonic() > until:
            raise DeadlineError(f"{call.transport.config.base} was still answering after {limit:g} s")
    return b"".join(pieces)
