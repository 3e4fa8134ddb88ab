"""Which error a service's refusal is: from an HTTP status and its body, or from an `error` event inside a stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import (
    ApiError,
    AuthenticationError,
    InsufficientQuotaError,
    InvalidRequestError,
    NotFoundError,
    OverloadedError,
    PermissionDeniedError,
    RateLimitError,
    RequestTooLargeError,
    StatusError,
)

__all__ = ["from_status", "from_stream"]

BY_STATUS: Mapping[int, type[StatusError]] = {
    400: InvalidRequestError,
    401: AuthenticationError,
    402: InsufficientQuotaError,
    403: PermissionDeniedError,
    404: NotFoundError,
    413: RequestTooLargeError,
    429: RateLimitError,
    529: OverloadedError,
}

TURNED_AWAY = (503, 529)  # refused for lack of room: nothing ran; the other 5xx may have broken half-way

BY_TYPE: Mapping[str, tuple[type[StatusError], int]] = {
    "invalid_request_error": (InvalidRequestError, 400),
    "authentication_error": (AuthenticationError, 401),
    "insufficient_quota": (InsufficientQuotaError, 402),
    "permission_error": (PermissionDeniedError, 403),
    "not_found_error": (NotFoundError, 404),
    "request_too_large": (RequestTooLargeError, 413),
    "rate_limit_error": (RateLimitError, 429),
    "api_error": (ApiError, 500),
    "overloaded_error": (OverloadedError, 529),
}


def from_status(status: int, payload: object, *, request_id: str | None = None) -> StatusError:
    """The error for an HTTP status and its decoded body (either envelope, or anything at all)."""
    detail = _detail(payload)
    cause = detail.get("message") or f"The service answered {status} without a message"
    return BY_STATUS.get(status, ApiError)(
        cause,
        status=status,
        type=detail.get("type"),
        code=detail.get("code"),
        request_id=request_id,
        may_be_charged=status >= 500 and status not in TURNED_AWAY,
    )


def from_stream(payload: object, *, request_id: str | None = None, reply: Any = None) -> StatusError:
    """The error for an `error` event inside a stream that began with HTTP 200."""
    detail = _detail(payload)
    kind = detail.get("type")
    error, status = BY_TYPE.get(kind or "", (ApiError, 500))
    cause = detail.get("message") or "The service ended the stream with an error"
    return error(
        f"In the stream: {cause}",
        status=status,
        type=kind,
        code=detail.get("code"),
        request_id=request_id,
        may_be_charged=True,
        reply=reply,
    )


def _detail(payload: object) -> dict[str, str]:
    """The strings of `{"error": {…}}`; both providers wrap theirs so, whatever else they add."""
    error = payload.get("error") if isinstance(payload, Mapping) else None
    if isinstance(error, str):
        return {"message": error}
    if not isinstance(error, Mapping):
        return {}
    return {name: str(value) for name, value in error.items() if isinstance(value, (str, int)) and value != ""}
