"""How an answer ends, whichever client read it: which error, what is known of its cost, what the ledger's row says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import CaicainiError, ConnectionFailedError, Interrupted, TruncatedStreamError, UnreadableReplyError
from .reply import Reply
from .usage import Usage

__all__ = ["ascribed", "broken", "cut_short", "ended", "known_usage", "outcome"]

OUTCOME: Mapping[type, str] = {type(None): "ok", TruncatedStreamError: "unknown", Interrupted: "interrupted"}


def cut_short(headers: Mapping[str, str], *, has_answered: bool) -> CaicainiError:
    """The error for a body that ended too early, or was no event stream at all."""
    kind = headers.get("content-type", "text/event-stream").partition(";")[0].strip()
    if has_answered or kind == "text/event-stream":
        return TruncatedStreamError("The stream ended before its last event", may_be_charged=True)
    return UnreadableReplyError(f"The answer is {kind}, not a stream of events", may_be_charged=True)


def broken(error: CaicainiError) -> CaicainiError:
    """The error for a connection that broke, or an event that cannot be read, after the answer began."""
    if isinstance(error, ConnectionFailedError):
        return TruncatedStreamError(f"The stream broke off: {error.cause}", may_be_charged=True)
    error.may_be_charged = True
    return error


def outcome(failure: BaseException | None) -> str:
    """What the row of a stream says that ended with this, or with nothing."""
    return OUTCOME.get(type(failure), "error")


def known_usage(usage: Usage, *, complete: bool) -> Usage:
    """What is known of a stream's cost.

    The opening event counts a token or none; what was really made of one that broke, and charged, nobody has said.
    """
    if complete:
        return usage
    return Usage(usage.input_tokens, None, usage.cache_creation_input_tokens, usage.cache_read_input_tokens)


def ascribed(failure: BaseException | None, reply: Reply) -> None:
    """Have the error keep what had arrived, and say whose call it was."""
    if isinstance(failure, CaicainiError | Interrupted):
        failure.reply = reply
    if isinstance(failure, CaicainiError):
        failure.request_id, failure.rate_limit = reply.request_id, reply.rate_limit
        failure.attempts = reply.attempts


def ended(reply: Reply, failure: BaseException | None = None) -> dict[str, Any]:
    """What `Call.finish` is told of an answer, beside its outcome and status."""
    told = {
        "usage": reply.usage,
        "timing": reply.timing,
        "model_answered": reply.model,
        "request_id": reply.request_id,
        "message_id": reply.id,
    }
    if failure is None:
        return told
    charged = isinstance(failure, CaicainiError) and failure.may_be_charged
    return {**told, "may_be_charged": charged, "error": getattr(failure, "type", None) or type(failure).__name__}
