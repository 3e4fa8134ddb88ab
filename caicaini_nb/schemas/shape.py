"""The form that a reply's value must have, and its way over the wire, where the outermost value is always an object.

A root that is none (a list, text, a number, one of several classes) travels as `{"value": …}` and is taken out again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ..errors import ConfigurationError
from .schema import check_schema, describe, first_problem
from .tree import DEFINITIONS, Schema, referred, under

__all__ = ["WRAPPER", "Shape", "as_shape"]

WRAPPER = "value"
# One of these must stand in a dict that is meant as a schema: `{"name": "str"}` would allow anything.
SAYS_SOMETHING = {
    "type", "properties", "$ref", "enum", "const", "anyOf", "oneOf", "allOf", "items", "prefixItems", "required",
    "additionalProperties", "patternProperties", "format", "pattern", "not", "if",
}  # fmt: skip


class Shape(msgspec.Struct, frozen=True):
    """`schema` is that of the object on the wire; `name` what was asked for; `wrapped` says that the value is in it.

    `read` makes the value (unwrapped) what the type is.
    """

    schema: Schema
    name: str
    read: Callable[[Any], Any]
    wrapped: bool = False

    def value(self, data: Any) -> Any:
        """The value in an answer's data. Raises `ValueError` with the path where it does not fit."""
        problem = first_problem(data, self.schema)
        if problem is not None:
            raise ValueError(problem)
        if not self.wrapped:
            return self.read(data)
        try:
            return self.read(data[WRAPPER])
        except ValueError as error:
            raise ValueError(str(error).replace("$", f"$.{WRAPPER}", 1)) from None


def as_shape(schema: Any) -> Shape:
    """From a type or a JSON Schema. Raises `ConfigurationError` for what is neither, before anything is sent."""
    described = describe(schema)
    if isinstance(schema, Mapping) and not SAYS_SOMETHING & schema.keys():
        raise ConfigurationError(
            f"A dict with the keys {', '.join(map(repr, list(schema)[:5])) or '(none)'} is no JSON Schema",
            action="Write {'type': 'object', 'properties': {…}}, or pass a class.",
        )
    check_schema(described.schema)
    name = _name(schema)
    if _is_object(described.schema):
        return Shape({"type": "object", **described.schema}, name, described.read)
    return Shape(_wrapped(described.schema), name, described.read, wrapped=True)


def _wrapped(schema: Schema) -> dict[str, Any]:
    """An object with the value as its only property; the dialect and the definitions stay at the top."""
    kept = ["$schema"]
    if "$id" not in schema and all(target.startswith(DEFINITIONS) for target in referred(schema)):
        kept.append("$defs")
    inner = {key: item for key, item in schema.items() if key not in kept}
    if "$defs" not in kept:
        inner = dict(under(inner, f"#/properties/{WRAPPER}"))
    return {
        "type": "object",
        "properties": {WRAPPER: inner},
        "required": [WRAPPER],
        "additionalProperties": False,
        **{key: schema[key] for key in kept if key in schema},
    }


def _is_object(schema: Schema) -> bool:
    """Whether only an object fits, or the schema speaks of objects alone."""
    target = str(schema.get("$ref", ""))
    definition = schema.get("$defs", {}).get(target.removeprefix(DEFINITIONS))
    if isinstance(definition, Mapping) and "type" not in schema:
        return definition.get("type") == "object"
    return schema.get("type") == "object" or ("type" not in schema and "properties" in schema)


def _name(schema: Any) -> str:
    if isinstance(schema, Mapping):
        return str(schema.get("title", "data"))
    return schema.__name__ if isinstance(schema, type) else str(schema).replace("typing.", "").replace("__main__.", "")
