"""A refusal: why a request is answered with an error, before it is put into either service's envelope.

The table of statuses and types is the contract's; a status it does not list gets the nearest type.
"""

from __future__ import annotations

from typing import Any

__all__ = ["Refusal", "caicaini_body", "cailag_body", "kind_of"]

KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}
CODES = {401: "invalid_api_key", 404: "not_found", 429: "too_many_requests", 502: "upstream_error"}


def kind_of(status: int) -> str:
    """Return the error type of a status."""
    return KINDS.get(status, "api_error" if status >= 500 else "invalid_request_error")


class Refusal(Exception):
    """An error answer: status, message, and for cailag a code; `retry_after` goes out as it is."""

    def __init__(self, status: int, message: str, *, code: str | None = None, retry_after: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.retry_after = retry_after


def caicaini_body(refusal: Refusal) -> dict[str, Any]:
    """Return Caicaini's error body, the same on both of its surfaces."""
    return {"type": "error", "error": {"type": kind_of(refusal.status), "message": refusal.message}}


def cailag_body(refusal: Refusal) -> dict[str, Any]:
    """Return cailag's error body."""
    kind = kind_of(refusal.status)
    code = refusal.code or CODES.get(refusal.status, kind)
    return {"error": {"message": refusal.message, "type": kind, "code": code}}
