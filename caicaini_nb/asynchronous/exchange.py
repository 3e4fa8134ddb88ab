"""A plain exchange awaited: the whole body in one piece, made into a reply, its ledger row completed."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from ..ending import ended
from ..errors import CaicainiError, UnreadableReplyError
from ..exchange import LARGEST_BODY, identity, whole_reply
from ..reply import Reply
from ..surfaces.surface import Surface
from .call import AsyncCall

__all__ = ["ask"]


async def ask(call: AsyncCall, surface: Surface) -> Reply:
    """Send, read the whole answer, and return it.

    A body that breaks off or cannot be read raises with `may_be_charged`: the service had said yes.
    """
    failure: BaseException
    try:
        response = await call.begin()
        call.first_event()
        body = await response.read(LARGEST_BODY)
        if len(body) > LARGEST_BODY:
            raise UnreadableReplyError(f"The answer is larger than {LARGEST_BODY:,} bytes")
        reply = whole_reply(surface.decode(body), call, cast(Any, response))
        response.close()
        await call.end("ok", status=response.status_code, **ended(reply))
        return reply
    except BaseException as error:
        failure = error
    raise _failed(call, failure)


def _failed(call: AsyncCall, failure: BaseException) -> BaseException:
    """What to raise, the row completed and the connection let go, wherever it broke off."""
    stopped = isinstance(failure, (asyncio.CancelledError, KeyboardInterrupt))
    response = call.response
    if response is not None:
        if isinstance(failure, CaicainiError):
            failure.may_be_charged = True
            failure.request_id = failure.request_id or identity(response.headers)
        outcome = "interrupted" if stopped else "unknown"
        call.finish(outcome, status=response.status_code, error=type(failure).__name__)
    call.release()
    return failure
