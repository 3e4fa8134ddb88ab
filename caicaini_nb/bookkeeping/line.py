"""A line of another program's log, and how its values are read: what is malformed or not told is unknown. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

__all__ = ["Line", "amount", "inner", "name", "seconds", "span_ms"]

LATEST = 253_402_300_800  # seconds: the year 10000, which no date can hold
LONGEST = 200  # characters of a name; longer is no name
LARGEST = 2**53


class Line(NamedTuple):
    """What a line told: fields of an `Entry`, and by what the same request is known again."""

    fields: dict[str, Any]
    identity: tuple[object, ...]

    @property
    def digest(self) -> bytes:
        return hashlib.blake2b(repr(self.identity).encode(), digest_size=16).digest()


def inner(value: object) -> Mapping[str, Any]:
    """An object within the line, empty where there is none."""
    return value if isinstance(value, dict) else {}


def name(value: object) -> str | None:
    """Text short enough to be a name."""
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST else None


def amount(value: object) -> int | None:
    """A whole number that counts something."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST else None


def seconds(value: object) -> float | None:
    """A time since 1970, told as seconds or as ISO 8601; in UTC where it says no zone."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        value = (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value < LATEST else None  # type: ignore[arg-type,operator]


def span_ms(start: float | None, end: float | None) -> float | None:
    """Milliseconds from one time to the other; a clock that went back leaves it unknown."""
    return None if start is None or end is None or end < start else round((end - start) * 1000, 1)
