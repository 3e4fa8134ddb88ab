"""A JSON Schema as a tree: its subschemas changed one by one, its references put where they point.

It knows where a schema stands and where mere data does: a property called `title` is no title. Nothing here is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

__all__ = ["DEFINITIONS", "Schema", "changed", "inlined", "parts", "referred", "under"]

Schema: TypeAlias = Mapping[str, Any]

DEFINITIONS = "#/$defs/"

NAMED = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
LISTED = ("anyOf", "oneOf", "allOf", "prefixItems")
SINGLE = (
    "items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames", "unevaluatedItems",
    "unevaluatedProperties", "contentSchema",
)  # fmt: skip
# What may stand beside a reference without changing what fits.
ANNOTATIONS = {"description", "title", "default", "examples", "deprecated", "readOnly", "writeOnly"}
MOST_INLINED = 400


def changed(schema: Any, change: Callable[[dict[str, Any]], Any]) -> Any:
    """The schema with `change` made to each subschema, those inside first. `True` and `False` stay."""
    if not isinstance(schema, Mapping):
        return schema
    result = dict(schema)
    for keyword, value in schema.items():
        if keyword in NAMED and isinstance(value, Mapping):
            result[keyword] = {name: changed(part, change) for name, part in value.items()}
        elif keyword in LISTED and isinstance(value, (list, tuple)):
            result[keyword] = [changed(part, change) for part in value]
        elif keyword in SINGLE:
            result[keyword] = changed(value, change)
    return change(result)


def parts(schema: Any) -> Iterator[Schema]:
    """The schema and every schema in it."""
    found: list[Schema] = []

    def note(part: dict[str, Any]) -> dict[str, Any]:
        found.append(part)
        return part

    changed(schema, note)
    return iter(found)


def referred(schema: Any) -> Iterator[str]:
    """The targets of the references in it."""
    return (part["$ref"] for part in parts(schema) if isinstance(part.get("$ref"), str))


def under(schema: Schema, place: str) -> Schema:
    """The schema as it reads at `place`, such as `#/properties/value`, of another: its own references still hold."""
    if "$id" in schema:
        return schema  # a resource of its own: its references start from itself wherever it stands

    def moved(part: dict[str, Any]) -> dict[str, Any]:
        target = part.get("$ref")
        return {**part, "$ref": place + target[1:]} if isinstance(target, str) and target.startswith("#") else part

    result: Schema = changed(schema, moved)
    return result


def inlined(schema: Schema, definitions: Mapping[str, Schema]) -> dict[str, Any]:
    """The schema with each definition where it is referred to; those that come back to themselves stay in `$defs`.

    So do all where writing them out would make the schema very large.
    """
    kept = _recursive(definitions)
    result = _written_out(schema, definitions, kept, Count())
    if result is None:
        kept = set(definitions)
        result = dict(schema)
    target = str(result.get("$ref", ""))
    if target.startswith(DEFINITIONS):  # an object says at its top that it is one
        beside = {key: value for key, value in result.items() if key != "$ref"}
        root = definitions[target.removeprefix(DEFINITIONS)]
        result = {**(_written_out(root, definitions, kept, Count()) or root), **beside}
    needed = _needed(result, definitions, kept)
    if needed:
        result["$defs"] = needed
    return result


class Count:
    """How many references have been written out."""

    def __init__(self) -> None:
        self.made = 0


class TooLargeError(Exception):
    """Writing every reference out makes the schema larger than it is worth."""


def _written_out(
    schema: Schema, definitions: Mapping[str, Schema], kept: set[str], count: Count
) -> dict[str, Any] | None:
    def write(part: dict[str, Any]) -> dict[str, Any]:
        target = part.get("$ref")
        name = target.removeprefix(DEFINITIONS) if isinstance(target, str) else ""
        if name in kept or name not in definitions:
            return part
        count.made += 1
        if count.made > MOST_INLINED:
            raise TooLargeError
        whole = changed(definitions[name], write)
        beside = {key: value for key, value in part.items() if key != "$ref"}
        return {**whole, **beside} if beside.keys() <= ANNOTATIONS else {"allOf": [whole], **beside}

    try:
        result: dict[str, Any] = changed(schema, write)
    except TooLargeError:
        return None
    return result


def _recursive(definitions: Mapping[str, Schema]) -> set[str]:
    """The definitions that refer to themselves, if only by way of others."""
    direct = {
        name: {target.removeprefix(DEFINITIONS) for target in referred(schema)} & definitions.keys()
        for name, schema in definitions.items()
    }
    return {name for name in direct if name in _reached(direct[name], direct)}


def _reached(start: set[str], direct: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += direct[name]
    return found


def _needed(schema: Schema, definitions: Mapping[str, Schema], kept: set[str]) -> dict[str, Schema]:
    needed: dict[str, Schema] = {}
    waiting = [target.removeprefix(DEFINITIONS) for target in referred(schema)]
    while waiting:
        name = waiting.pop(0)
        if name in definitions and name not in needed:
            needed[name] = _written_out(definitions[name], definitions, kept, Count()) or definitions[name]
            waiting += [target.removeprefix(DEFINITIONS) for target in referred(needed[name])]
    return needed
