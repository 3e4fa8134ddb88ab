"""What data must be: a Python type or a JSON Schema described, and a value checked against it.

A schema's references stay inside it: nothing is ever fetched. Checking needs the package jsonschema.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import ConfigurationError
from .kinds import Kinds
from .tree import Schema, inlined, parts, referred

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, FormatChecker

__all__ = ["Described", "check_schema", "describe", "first_problem"]

INSTALL = "pip install 'caicaini-nb[tools]'."
# What jsonschema checks by itself; with other packages present it would check more, and one answer would fit here only.
FORMATS = ("date", "email", "idn-email", "ipv4", "ipv6", "regex", "uuid")
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
LONGEST = 300


class Described(msgspec.Struct, frozen=True):
    """A type as JSON: the schema of its values, and `read`, which makes one of a JSON value that fits.

    `read` gives what the type is (a dataclass's instance, a dict for a `TypedDict`), and raises `ValueError` with the
    path for what is none. For a JSON Schema it gives the value as it is.
    """

    schema: Schema
    read: Callable[[Any], Any]


def describe(kind: Any) -> Described:
    """A type or a JSON Schema, described: definitions stand where they are used, unless they come back to themselves.

    Raises `ConfigurationError` for what is neither, or is a type that JSON has no word for.
    """
    if isinstance(kind, Mapping):
        return Described(kind, lambda value: value)
    if isinstance(kind, (str, bool, int, float)):
        raise ConfigurationError(f"{kind!r} is no type", action="Pass a class, a type such as list[str], or a schema.")
    kinds = Kinds()
    try:
        found = kinds.of(kind)
    except (TypeError, NameError, ValueError) as error:
        cause = f"This type cannot be said in JSON: {error}"
    else:
        return Described(inlined(found.schema, kinds.definitions), lambda value: found.read(value, "$"))
    raise ConfigurationError(cause, action="Use types that JSON has: str, int, float, bool, lists, dicts, dataclasses.")


def first_problem(value: Any, schema: Schema) -> str | None:
    """What is wrong with the value and where, `$.items[2].price: 'x' is not of type 'number'`; `None` if it fits.

    Raises `ConfigurationError` where it is the schema that is wrong.
    """
    check_schema(schema)
    from jsonschema.exceptions import best_match
    from referencing.exceptions import Unresolvable

    try:
        error = best_match(_validator(schema).iter_errors(value))
    except Unresolvable as unresolvable:
        cause = f"The schema refers to {unresolvable.ref!r}, which is not in it, and nothing is fetched"
    except RecursionError:
        return "$: is nested too deeply"
    else:
        return None if error is None else f"{error.json_path}: {_short(error.message)}"
    raise ConfigurationError(cause, action="Put the definition into the schema's $defs.")


def check_schema(schema: Schema) -> None:
    """Raise `ConfigurationError` for what is no JSON Schema of draft 2020-12, or refers outside itself."""
    try:
        with _quick_import():
            from jsonschema import Draft202012Validator
            from jsonschema.exceptions import SchemaError
    except ImportError:
        raise ConfigurationError("Data and tools need a JSON Schema library", action=INSTALL) from None

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        cause = f"The schema is wrong at {error.json_path}: {_short(error.message)}"
    except RecursionError:
        cause = "The schema is nested too deeply"
    else:
        lost = None if any("$id" in part for part in parts(schema)) else _first_lost(schema)
        if lost is None:
            return
        cause = f"The schema refers to {lost!r}, which is not in it, and nothing is fetched"
    raise ConfigurationError(cause, action="Change the schema: it follows JSON Schema, draft 2020-12.")


@contextmanager
def _quick_import() -> Iterator[None]:
    """Keep the first import of jsonschema quick: a parser Jupyter brings takes it seconds, and nothing here uses it."""
    spared = {"jsonschema", "rfc3987_syntax"}.isdisjoint(sys.modules)
    if spared:
        sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # an import of it fails, as where it is missing
    try:
        yield
    finally:
        if spared:
            del sys.modules["rfc3987_syntax"]


def _first_lost(schema: Schema) -> str | None:
    """The first reference that leads nowhere in the schema."""
    from referencing import Registry, Resource
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    resource: Resource[Any] = DRAFT202012.create_resource(schema)
    resolver = Registry().with_resource("", resource).resolver()
    for target in referred(schema):
        try:
            resolver.lookup(target)
        except Unresolvable:
            return target
    return None


def _validator(schema: Schema) -> Draft202012Validator:
    from jsonschema import Draft202012Validator
    from referencing import Registry

    # A registry of our own: the default one fetches what it does not know.
    return Draft202012Validator(schema, registry=Registry(), format_checker=_formats())


def _formats() -> FormatChecker:
    from jsonschema import FormatChecker

    formats = FormatChecker(FORMATS)
    formats.checks("date-time", raises=ValueError)(lambda value: _is_read_as(datetime, value))
    formats.checks("time", raises=ValueError)(lambda value: _is_read_as(time, value))
    formats.checks("uri")(lambda value: not isinstance(value, str) or ADDRESS.fullmatch(value) is not None)
    return formats


def _is_read_as(kind: type, value: object) -> bool:
    """Without a time zone as well: "tomorrow at ten" has none."""
    return not isinstance(value, str) or msgspec.convert(value, kind) is not None


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"
