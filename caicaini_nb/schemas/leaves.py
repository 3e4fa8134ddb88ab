"""Types that hold no others, as JSON: text, numbers, dates and the like, `Literal`; and what a misfit says."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

__all__ = ["LEAVES", "Kind", "MisfitError", "Read", "constraints", "leaf", "literal", "made", "short"]

Read: TypeAlias = Callable[[Any, str], Any]
"""Reads a JSON value that stands at a path such as `$.items[2]`; raises `MisfitError`."""

AMOUNT = r"^-?[0-9]+(\.[0-9]+)?$"
LEAVES: Mapping[Any, Mapping[str, Any]] = {
    Any: {},
    object: {},
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    # A number is how it is written most; text keeps every digit of a long one.
    Decimal: {"anyOf": [{"type": "number"}, {"type": "string", "pattern": AMOUNT}]},
    datetime.date: {"type": "string", "format": "date"},
    datetime.datetime: {"type": "string", "format": "date-time"},
    datetime.time: {"type": "string", "format": "time"},
    datetime.timedelta: {"type": "string", "format": "duration"},
    UUID: {"type": "string", "format": "uuid"},
    bytes: {"type": "string", "contentEncoding": "base64"},
    Path: {"type": "string"},
}
OWN_READERS: Mapping[Any, Callable[[Any], Any]] = {
    Any: lambda value: value,
    object: lambda value: value,
    int: lambda value: int(value) if isinstance(value, float) and value.is_integer() else msgspec.convert(value, int),
    Path: lambda value: Path(msgspec.convert(value, str)),
}
BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
LENGTHS = {"string": "Length", "array": "Items", "object": "Properties"}


class MisfitError(ValueError):
    """A value is not of its type: the path, then what is wrong there."""


class Kind(msgspec.Struct, frozen=True):
    """A type: the schema of its values, with references to the definitions, and how one is read."""

    schema: Mapping[str, Any]
    read: Read


def leaf(kind: Any) -> Kind:
    convert = OWN_READERS.get(kind) or (lambda value: msgspec.convert(value, kind))
    return Kind(LEAVES[kind], lambda value, path: made(lambda: convert(value), path))


def literal(values: tuple[Any, ...]) -> Kind:
    allowed = [value.value if isinstance(value, enum.Enum) else value for value in values]
    for value in allowed:
        if not isinstance(value, (str, int, float, bool, type(None))):
            raise TypeError(f"{value!r} is not a value that JSON has")
    text = {"type": "string"} if all(isinstance(value, str) for value in allowed) else {}

    def read(value: Any, path: str) -> Any:
        for item, given in zip(allowed, values, strict=True):
            if item == value and isinstance(item, bool) == isinstance(value, bool):
                return given
        raise MisfitError(f"{path}: {short(value)} is not one of {allowed!r}")

    return Kind({**text, "enum": allowed}, read)


def constraints(note: msgspec.Meta, schema: Mapping[str, Any]) -> dict[str, Any]:
    """A `Meta` in the words of JSON Schema."""
    found = {word: getattr(note, name) for name, word in BOUNDS.items()}
    found |= {"multipleOf": note.multiple_of, "pattern": note.pattern, "description": note.description}
    found |= {"examples": note.examples}
    sized = LENGTHS.get(str(schema.get("type")))
    if sized is not None:
        found |= {f"min{sized}": note.min_length, f"max{sized}": note.max_length}
    return {key: value for key, value in found.items() if value is not None} | (note.extra_json_schema or {})


def made(make: Callable[[], Any], path: str) -> Any:
    try:
        return make()
    except MisfitError:
        raise
    except (ValueError, TypeError, ArithmeticError) as error:
        raise MisfitError(f"{path}: {error}") from None


def short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
