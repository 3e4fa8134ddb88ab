"""Every error a call can raise, and what to do next.

CaicainiError                        the one root
├── ConfigurationError               a key, a base or an argument that cannot work; nothing was sent
│   ├── ProviderConflictError        the model belongs to the other provider
│   ├── NotOfferedError              the provider or surface has no such thing
│   └── BudgetExceededError          the call could cost more than the budget leaves
├── StatusError                      the service answered with an error
│   ├── InvalidRequestError          400  fix the input
│   ├── AuthenticationError          401  the key is wrong
│   ├── InsufficientQuotaError       402  top up
│   ├── PermissionDeniedError        403  this key may not
│   ├── NotFoundError                404  wrong path or id
│   ├── RequestTooLargeError         413  split the request
│   ├── RateLimitError               429  wait
│   ├── ApiError                     500, 502, 503, 504 and any status nobody documented
│   └── OverloadedError              529  try again in seconds
├── ConnectionFailedError            no answer came: refused, reset, or not an API at all
│   └── DeadlineError                no answer in time
├── UnreadableReplyError             an answer came that cannot be read
│   └── EventTooLongError            one stream event is longer than the cap
├── SchemaMismatchError              the answer is not the data the schema asks for; its text is kept
├── ToolRoundsError                  the model still asks for tools after the last round; its answer is kept
├── JobStoppedError                  a bulk job stopped before its end; what is done is kept
├── TruncatedStreamError             the stream ended before its last event; the text is kept
├── RedirectedError                  the base points elsewhere; nothing was followed
└── VerificationError                a recipe's tool did not do what the recipe promises

Interrupted (a KeyboardInterrupt)    you stopped the call; the text is kept
└── JobPaused                        you stopped a bulk job; the rows that are done are kept

A message is the cause, then the next action. `request_id` is kept, a key never is. An error shows as one line in a
notebook and still fails the cell.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "ApiError",
    "AuthenticationError",
    "BudgetExceededError",
    "CaicainiError",
    "ConfigurationError",
    "ConnectionFailedError",
    "DeadlineError",
    "EventTooLongError",
    "InsufficientQuotaError",
    "Interrupted",
    "InvalidRequestError",
    "JobPaused",
    "JobStoppedError",
    "NotFoundError",
    "NotOfferedError",
    "OverloadedError",
    "PermissionDeniedError",
    "ProviderConflictError",
    "RateLimitError",
    "RedirectedError",
    "RequestTooLargeError",
    "SchemaMismatchError",
    "StatusError",
    "ToolRoundsError",
    "TruncatedStreamError",
    "UnreadableReplyError",
    "VerificationError",
]


class CaicainiError(Exception):
    """The root: `cause`, `action`, and what is known of the call.

    `status` is the HTTP status, `type` and `code` the service's own words, `request_id` its id for the call,
    `retry_after` seconds, `attempts` how many requests went out, `may_be_charged` whether a call that failed here may
    still have run there, `reply` what had arrived (a `Reply`, or `None`), `rate_limit` what the answer's headers said.
    """

    next_action = ""

    def __init__(
        self,
        cause: str,
        *,
        action: str | None = None,
        status: int | None = None,
        type: str | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        may_be_charged: bool = False,
        reply: Any = None,
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.action = self.next_action if action is None else action
        self.status = status
        self.type = type
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        self.attempts = 0
        self.may_be_charged = may_be_charged
        self.reply = reply
        self.rate_limit: Any = None

    def __str__(self) -> str:
        parts = [_sentence(self.cause)]
        if self.action:
            parts.append(_sentence(self.action))
        if self.may_be_charged:
            parts.append("The call may have been charged.")
        notes = [f"{self.attempts} attempts"] if self.attempts > 1 else []
        if self.request_id:
            notes.append(f"request id {self.request_id}")
        if notes:
            parts.append(f"({', '.join(notes)})")
        return " ".join(parts)

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows instead of a traceback: the reader can fix this, the stack would not help."""
        status = f" {self.status}" if self.status else ""
        return [f"\x1b[31m{type(self).__name__}\x1b[39m{status}: {self}"]


class ConfigurationError(CaicainiError):
    """A key, a base or an argument that cannot work; nothing was sent."""


class ProviderConflictError(ConfigurationError):
    """The model belongs to the other provider."""


class NotOfferedError(ConfigurationError):
    """The provider or the surface has no such thing."""


class BudgetExceededError(ConfigurationError):
    """The call could cost more than the budget leaves; nothing was sent."""


class StatusError(CaicainiError):
    """The service answered with an error status, or with an `error` event in a stream."""


class InvalidRequestError(StatusError):
    next_action = "Change the field the message names and send again; the same request fails again."


class AuthenticationError(StatusError):
    next_action = "Check the key: it goes in the Authorization header as 'Bearer', one space, the key."


class InsufficientQuotaError(StatusError):
    next_action = "Top up on the billing page; waiting does not help."


class PermissionDeniedError(StatusError):
    next_action = "Use a key that is allowed to make this call."


class NotFoundError(StatusError):
    next_action = "Check the base (it ends in /v1), the path and the model id."


class RequestTooLargeError(StatusError):
    next_action = "Keep the body under 16 MB: split the request or scale its images down."


class RateLimitError(StatusError):
    next_action = "Wait for the minute window to reset, or send less at once."


class ApiError(StatusError):
    next_action = "Try again later; quote the request id to support if it lasts."


class OverloadedError(StatusError):
    next_action = "Try again in a few seconds: the service is busy, your key and your balance are fine."


class ConnectionFailedError(CaicainiError):
    """No answer came: refused, reset, or something at that address that is not the API."""

    next_action = "Check the base and your network."


class DeadlineError(ConnectionFailedError):
    """No answer came in time."""

    next_action = "Try again, or raise the timeout with connect(timeout=…)."


class UnreadableReplyError(CaicainiError):
    """An answer came that cannot be read."""

    next_action = "Check that the base is an API base ending in /v1."


class EventTooLongError(UnreadableReplyError):
    """One event of a stream is longer than the decoder's cap."""

    next_action = "Ask for a shorter answer."


class SchemaMismatchError(CaicainiError):
    """The answer is not the data the schema asks for, also after being told so; `reply` has its text."""


class ToolRoundsError(CaicainiError):
    """The model still asks for tools after the last round; `reply` is its last answer."""


class JobStoppedError(CaicainiError):
    """A bulk job stopped before its end. What is done is kept, and `job.resume()` goes on."""

    next_action = "Mend the cause, then job.resume() goes on where it stopped."


class TruncatedStreamError(CaicainiError):
    """The stream ended before its last event. `reply` keeps what had arrived; credits are unknown."""

    next_action = "Send the call again if you need the whole answer; what arrived is in the error's reply."


class RedirectedError(CaicainiError):
    """The base answers with a redirect. It is not followed: that would post your prompt to another address."""

    next_action = "Set the base to the address of the API itself."


class VerificationError(CaicainiError):
    """A recipe's tool did not do what the recipe promises, or a mistake made on purpose did not show as it should."""


class Interrupted(KeyboardInterrupt):
    """You stopped the call. `reply` keeps what had arrived.

    Raised in place of the plain `KeyboardInterrupt`, so that no frame of the HTTP client, where the key stands in a
    header, can reach a traceback.
    """

    def __init__(self, reply: Any = None) -> None:
        super().__init__("Interrupted")
        self.reply = reply

    def _render_traceback_(self) -> list[str]:
        kept = len(self.reply.text) if self.reply is not None else 0
        return [f"\x1b[31mInterrupted\x1b[39m: you stopped the call; {kept:,} characters of the answer are kept."]


class JobPaused(Interrupted):
    """You stopped a bulk job: `done` of `rows` rows are done and kept, and `resume()` goes on."""

    def __init__(self, done: int, rows: int) -> None:
        super().__init__()
        self.done = done
        self.rows = rows

    def _render_traceback_(self) -> list[str]:
        kept = f"{self.done:,} of {self.rows:,} rows are done and kept"
        return [f"\x1b[31mJobPaused\x1b[39m: {kept}; resume() goes on with the others."]


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
