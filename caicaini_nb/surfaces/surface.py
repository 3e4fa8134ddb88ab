"""What both surfaces have in common: the shape of a surface, and reading what may be missing or of another type."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from ..errors import ConfigurationError, UnreadableReplyError
from ..events import Event
from ..reply import Choice
from ..request import Request
from ..sse import ServerSentEvent
from ..usage import Usage

__all__ = [
    "Answer",
    "StreamDecoder",
    "StreamError",
    "Surface",
    "count",
    "mapping",
    "merge_extra",
    "read_json",
    "read_object",
    "text",
]


class Answer(msgspec.Struct, frozen=True):
    """A plain answer's body, decoded. `raw` is all of it."""

    choices: tuple[Choice, ...]
    usage: Usage
    id: str | None
    model: str | None
    raw: Mapping[str, Any]


class StreamDecoder(Protocol):
    """One stream's wire events to `Event`s. `done` once the terminal event was seen; `raw` is what it has seen."""

    done: bool
    raw: dict[str, Any]

    def decode(self, event: ServerSentEvent) -> Sequence[Event]: ...


class Surface(Protocol):
    """A wire convention: where to post, how to write a request, how to read the answer."""

    name: str
    path: str

    def encode(self, request: Request, *, stream: bool) -> bytes: ...

    def decode(self, body: bytes) -> Answer: ...

    def stream_decoder(self) -> StreamDecoder: ...


LARGEST_COUNT = 2**63  # what a ledger can hold; nobody uses more tokens


# Half a surrogate pair, as a service writes it that cuts an answer within an emoji; the whole pair and any other escape
# are matched too, so that an escaped backslash before a "ud83d" is not taken for one.
ESCAPE = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL)


class StreamError(Exception):
    """An `error` event, for the client to raise as the typed error with what had arrived."""

    def __init__(self, payload: object) -> None:
        super().__init__("error event")
        self.payload = payload


def read_json(data: bytes | str) -> Any:
    """JSON of any depth and size as a value, or `UnreadableReplyError` with the start of what came instead."""
    try:
        return _decode(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeError, ValueError) as error:
        start = data[:60] if isinstance(data, str) else bytes(data[:60]).decode("utf-8", "replace")
        reason = "is nested too deeply" if isinstance(error, RecursionError) else "is not JSON"
        cause = f"The answer {reason}: it begins {start!r}"
    raise UnreadableReplyError(cause)


def _decode(data: bytes | str) -> Any:
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        text = data if isinstance(data, str) else bytes(data).decode("utf-8", "replace")
        mended = ESCAPE.sub(lambda found: r"\ufffd" if found[1] else found[0], text)
        if mended == text:
            raise
    return msgspec.json.decode(mended)


def read_object(data: bytes | str) -> dict[str, Any]:
    """The same, for an answer that must be a JSON object."""
    value = read_json(data)
    if not isinstance(value, dict):
        raise UnreadableReplyError(f"The answer is JSON, but a {type(value).__name__} and not an object")
    return value


def count(value: object) -> int | None:
    """A whole number as the wire gave it, or `None` for anything else: unknown is never 0."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and abs(value) < LARGEST_COUNT else None


def text(value: object) -> str | None:
    """A string as the wire gave it, or `None` for anything else."""
    return value if isinstance(value, str) else None


def mapping(value: object) -> Mapping[str, Any]:
    """An object as the wire gave it, or an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def merge_extra(body: dict[str, Any], request: Request) -> bytes:
    """The body's bytes: fields that are `None` left out, the request's extra fields put in."""
    present = {name: value for name, value in body.items() if value is not None}
    present.update(request.extra)
    try:
        return msgspec.json.encode(present)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        cause = f"The request cannot be written as JSON: {error}"
    raise ConfigurationError(cause, action="Pass text, numbers, lists and dicts only; half an emoji is no text.")
