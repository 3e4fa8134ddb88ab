"""A JSON Schema narrowed to what a model can be held to while it writes.

llama.cpp silently drops a whole schema with one keyword it does not know, and a small model fills an endless list,
number or string until its tokens run out. So unknown keywords go, with a note that the answer must be checked, and
what has no bound gets one. Whatever satisfies the narrowed schema in full (`exact`) satisfies the given one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Narrowed", "narrow"]

DEEPEST = 40
MOST_ITEMS, LONGEST_TEXT, LARGEST = 24, 1_200, 10**12
FORMATS = frozenset({"date", "time", "date-time", "email", "uuid"})
# say nothing about which values are valid
ANNOTATIONS = frozenset(
    "$schema $id $comment title description default examples deprecated readOnly writeOnly nullable discriminator"
    " x-order strict".split()
)
KEPT = frozenset(
    "type enum const required minItems maxItems minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum"
    " multipleOf".split()
)
SCHEMAS = frozenset({"items", "additionalProperties"})
LISTS = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
TABLES = frozenset({"properties", "$defs", "definitions", "patternProperties"})
BESIDE = re.compile(r'"allOf":|"properties": \{.*"(?:anyOf|oneOf)": \[\{"(?:properties|required)"')
RISKY_PATTERN = re.compile(r"\(\?[=!<]|\\[1-9bBAZ]")
COMPACT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


@dataclass(frozen=True)
class Narrowed:
    """The schema to decode under; not `exact` when some of the given one was left out."""

    schema: dict[str, Any]
    exact: bool


@dataclass
class _Narrowing:
    """One walk through a schema; `dropped` are the keywords left out, `open` leaves further keys allowed."""

    open: bool
    longest_text: int
    dropped: list[str] = field(default_factory=list)

    def part(self, given: Any, depth: int = 0) -> Any:
        """Narrow one schema."""
        if not isinstance(given, dict):
            if given is False:
                self.dropped.append("false")
            return given
        if depth > DEEPEST:
            self.dropped.append("depth")
            return {}
        result: dict[str, Any] = {}
        for key, value in given.items():
            self._keyword(key, value, result, depth)
        kind = _kind(result)
        for bound in BOUNDS.get("" if self.open and kind == "object" else kind, ()):
            bound(result, self)
        return result

    def _keyword(self, key: str, value: Any, result: dict[str, Any], depth: int) -> None:
        if key in ANNOTATIONS:
            return
        if key in KEPT or (key == "additionalProperties" and value is False) or (key == "items" and value is False):
            result[key] = value
        elif key in SCHEMAS:
            result[key] = self.part(value, depth + 1)
        elif key in LISTS and isinstance(value, list):
            result[key] = [self.part(one, depth + 1) for one in value]
        elif key in TABLES and isinstance(value, dict):
            result[key] = {name: self.part(one, depth + 1) for name, one in value.items()}
        elif self._is_decodable(key, value):
            result[key] = value
        else:
            self.dropped.append(key)

    def _is_decodable(self, key: str, value: Any) -> bool:
        if key == "$ref":
            return isinstance(value, str) and value.startswith("#")
        if key == "pattern":
            return isinstance(value, str) and len(value) < 200 and not RISKY_PATTERN.search(value)
        return key == "format" and value in FORMATS


def _kind(schema: dict[str, Any]) -> str:
    """The one type whose bounds are set; parts that are combined, listed or referred to keep their own."""
    if any(key in schema for key in ("enum", "const", "$ref", "anyOf", "oneOf", "allOf")):
        return ""
    kinds = schema.get("type")
    if isinstance(kinds, list):
        kinds = next((kind for kind in kinds if kind != "null"), "")
    return kinds if isinstance(kinds, str) else "object" if "properties" in schema else ""


def _no_other_keys(schema: dict[str, Any], narrowing: _Narrowing) -> None:
    if schema.get("properties") and not set(schema.get("required", ())) - set(schema["properties"]):
        schema.setdefault("additionalProperties", False)


def _few_items(schema: dict[str, Any], narrowing: _Narrowing) -> None:
    schema.setdefault("maxItems", max(MOST_ITEMS, schema.get("minItems", 0)))


def _short_text(schema: dict[str, Any], narrowing: _Narrowing) -> None:
    if "pattern" not in schema and "format" not in schema:
        schema.setdefault("maxLength", max(narrowing.longest_text, schema.get("minLength", 0)))


def _short_number(schema: dict[str, Any], narrowing: _Narrowing) -> None:
    if "exclusiveMinimum" not in schema and schema.get("maximum", 0) >= -LARGEST:
        schema.setdefault("minimum", -LARGEST)
    if "exclusiveMaximum" not in schema and schema.get("minimum", 0) <= LARGEST:
        schema.setdefault("maximum", LARGEST)


def _few_decimals(schema: dict[str, Any], narrowing: _Narrowing) -> None:
    schema.setdefault("multipleOf", 0.0001)


BOUNDS: dict[str, tuple[Callable[[dict[str, Any], _Narrowing], None], ...]] = {
    "array": (_few_items,),
    "integer": (_short_number,),
    "number": (_short_number, _few_decimals),
    "object": (_no_other_keys,),
    "string": (_short_text,),
}


def narrow(schema: dict[str, Any], longest_text: int = LONGEST_TEXT) -> Narrowed:
    """Narrow a schema for decoding, written compactly; texts without a bound get `longest_text` characters."""
    # In what is combined with allOf, or stands beside alternatives, no part may forbid the keys of the others.
    narrowing = _Narrowing(bool(BESIDE.search(json.dumps(schema))), longest_text)
    found = narrowing.part(schema)
    return Narrowed({**found, "x-guidance": COMPACT}, exact=not narrowing.dropped)
