"""The JSON Schema that a system prompt tells beside `response_format: json_object`, so that an answer can satisfy it.

Only a whole JSON object that is plainly the schema of an object counts: an example of an answer is none.
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ["schema_in_system"]

MOST_TRIED = 50
STRUCTURE = ("properties", "additionalProperties", "patternProperties", "$ref", "anyOf", "oneOf", "allOf")
KEYWORDS = {
    *STRUCTURE, "$schema", "$id", "$anchor", "$comment", "$defs", "definitions", "type", "title", "description",
    "default", "examples", "enum", "const", "required", "minProperties", "maxProperties", "propertyNames",
    "dependentRequired", "dependentSchemas", "unevaluatedProperties", "not", "if", "then", "else", "deprecated",
    "readOnly", "writeOnly",
}  # fmt: skip


def schema_in_system(system: str) -> dict[str, Any] | None:
    """The only schema in the text; `None` where there is none, or more than one to choose from."""
    found = []
    decoder = json.JSONDecoder()
    start = system.find("{")
    for _ in range(MOST_TRIED):
        if start < 0:
            break
        try:
            value, end = decoder.raw_decode(system, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            found += [value] if _is_schema(value) else []
        start = system.find("{", end)
    return found[0] if len(found) == 1 else None


def _is_schema(value: object) -> bool:
    """Whether every key is a keyword, and what they say is about an object."""
    if not isinstance(value, dict) or not value.keys() <= KEYWORDS or value.get("type", "object") != "object":
        return False
    named = value.get("properties", {})
    plain = isinstance(named, dict) and all(isinstance(part, dict | bool) for part in named.values())
    return plain and ("type" in value or any(keyword in value for keyword in STRUCTURE))
