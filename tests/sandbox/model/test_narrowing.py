"""Schemas narrowed for decoding: what fits the narrowed one fits the given one, and nothing is endless."""

from __future__ import annotations

from typing import Any

import pytest

from caicaini_nb.sandbox.model.narrowing import LARGEST, LONGEST_TEXT, MOST_ITEMS, narrow

BOUNDED_NUMBER = {"minimum": -LARGEST, "maximum": LARGEST}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "annotations go": (
        {"$schema": "x", "title": "T", "type": "boolean", "default": True, "examples": [True]},
        {"type": "boolean"},
        True,
    ),
    "objects are closed": (
        {"type": "object", "properties": {"a": {"type": "boolean"}}, "required": ["a"]},
        {"type": "object", "properties": {"a": {"type": "boolean"}}, "required": ["a"], "additionalProperties": False},
        True,
    ),
    "a required key without a property stays possible": (
        {"type": "object", "properties": {"a": {"type": "null"}}, "required": ["b"]},
        {"type": "object", "properties": {"a": {"type": "null"}}, "required": ["b"]},
        True,
    ),
    "arrays end": (
        {"type": "array", "items": {"type": "boolean"}},
        {"type": "array", "items": {"type": "boolean"}, "maxItems": MOST_ITEMS},
        True,
    ),
    "a least number of items stays": (
        {"type": "array", "minItems": 99},
        {"type": "array", "minItems": 99, "maxItems": 99},
        True,
    ),
    "texts end": ({"type": ["string", "null"]}, {"type": ["string", "null"], "maxLength": LONGEST_TEXT}, True),
    "integers end": ({"type": "integer", "minimum": 1}, {"type": "integer", "minimum": 1, "maximum": LARGEST}, True),
    "large bounds stay": (
        {"type": "integer", "minimum": 10**15},
        {"type": "integer", "minimum": 10**15},
        True,
    ),
    "numbers end": ({"type": "number"}, {"type": "number", **BOUNDED_NUMBER, "multipleOf": 0.0001}, True),
    "dates stay": ({"type": "string", "format": "date"}, {"type": "string", "format": "date"}, True),
    "unknown formats go": (
        {"type": "string", "format": "uri"},
        {"type": "string", "maxLength": LONGEST_TEXT},
        False,
    ),
    "lookaheads go": (
        {"type": "string", "pattern": "^(?=a)b$"},
        {"type": "string", "maxLength": LONGEST_TEXT},
        False,
    ),
    "unique items go": (
        {"type": "array", "uniqueItems": True, "maxItems": 2},
        {"type": "array", "maxItems": 2},
        False,
    ),
    "conditions go": ({"type": "null", "if": {}, "not": {}}, {"type": "null"}, False),
    "remote references go": ({"$ref": "https://example.com/x"}, {}, False),
    "local references stay": (
        {"$ref": "#/$defs/a", "$defs": {"a": {"type": "string", "format": "weird"}}},
        {"$ref": "#/$defs/a", "$defs": {"a": {"type": "string", "maxLength": LONGEST_TEXT}}},
        False,
    ),
    "nothing is closed under allOf": (
        {"allOf": [{"type": "object", "properties": {"a": {"type": "null"}}}, {"required": ["b"]}]},
        {"allOf": [{"type": "object", "properties": {"a": {"type": "null"}}}, {"required": ["b"]}]},
        True,
    ),
}


@pytest.mark.parametrize(("given", "expected", "exact"), CASES.values(), ids=CASES)
def test_a_schema_is_narrowed(given: dict[str, Any], expected: dict[str, Any], exact: bool) -> None:
    narrowed = narrow(given)
    guidance = narrowed.schema.pop("x-guidance")
    assert guidance["whitespace_flexible"] is False
    assert (narrowed.schema, narrowed.exact) == (expected, exact)


def test_the_given_schema_is_left_alone() -> None:
    given: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "array"}}}
    narrow(given)
    assert given == {"type": "object", "properties": {"a": {"type": "array"}}}


def test_endless_nesting_ends() -> None:
    deep: dict[str, Any] = {}
    for _ in range(500):
        deep = {"items": deep, "type": "array"}
    assert not narrow(deep).exact
