"""What became of a row, as a line of a job's file: JSON arrays, one a line, that a person can read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import msgspec

__all__ = ["Answered", "Free", "Line", "Sent", "read_lines", "write_line"]


class Answered(msgspec.Struct, frozen=True, array_like=True, tag="answered"):
    """A row is done. `data` is what the schema's value is read from; `error` the class of what went wrong.

    `attempts` counts the requests that went out; `doubt` says that an earlier one may have been charged as well.
    """

    key: str
    data: Any = None
    text: str | None = None
    error: str | None = None
    message: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    credits: int | None = None
    attempts: int = 0
    id: str | None = None
    model: str | None = None
    doubt: bool = False


class Sent(msgspec.Struct, frozen=True, array_like=True, tag="sent"):
    """A request for this row is about to go out; nobody knows yet what comes of it."""

    key: str


class Free(msgspec.Struct, frozen=True, array_like=True, tag="free"):
    """The request for this row was turned away: nothing ran, nothing was charged."""

    key: str


Line: TypeAlias = Answered | Sent | Free

DECODE = msgspec.json.Decoder(Line).decode
ENCODE = msgspec.json.Encoder().encode


def write_line(line: Line) -> bytes:
    return ENCODE(line) + b"\n"


def read_lines(raw: Iterable[bytes]) -> Iterator[Line]:
    """The lines that are whole; one that a crash cut short says nothing."""
    for line in raw:
        try:
            yield DECODE(line)
        except msgspec.MsgspecError:
            continue
