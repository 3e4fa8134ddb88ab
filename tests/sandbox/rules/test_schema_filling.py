"""JSON to a schema: always valid by an independent validator, true to the text where it speaks, never stuck."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from caicaini_nb.sandbox.rules.schema_filling import Impossible, fill
from caicaini_nb.sandbox.rules.validity import valid

STRING, INTEGER, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}
TEXT = "Invoice number: INV-17. Dated 3 March 2025, total $1,250.00, contact ada@example.com."


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


CASES: list[tuple[dict[str, Any], str, Any]] = [
    (
        closed(name=STRING, age=INTEGER, city=STRING),
        "Ada Lovelace is 36 years old and lives in London.",
        {"name": "Ada Lovelace", "age": 36, "city": "London"},
    ),
    (
        closed(
            invoice_number=STRING,
            date={"type": "string", "format": "date"},
            total=NUMBER,
            email={"type": "string", "format": "email"},
        ),
        TEXT,
        {"invoice_number": "INV-17", "date": "2025-03-03", "total": 1250, "email": "ada@example.com"},
    ),
    (closed(sentiment={"enum": ["positive", "negative"]}), "I love it, works great", {"sentiment": "positive"}),
    (closed(emails={"type": "array", "items": STRING}), "a@b.com, c@d.org", {"emails": ["a@b.com", "c@d.org"]}),
    (
        closed(participants={"type": "array", "items": STRING}, date=STRING),
        "Alice and Bob are going to a science fair on Friday.",
        {"participants": ["Alice", "Bob"], "date": "Friday"},
    ),
    ({"type": "array", "items": INTEGER, "minItems": 3, "uniqueItems": True}, "x", [0, 1, 2]),
    ({"type": ["string", "null"]}, "x", None),
    (closed(code={"type": "string", "pattern": "^[A-Z]{2}[0-9]{4}$"}), "the code of it: AB1234", {"code": "AB1234"}),
]


@pytest.mark.parametrize(("schema", "text", "expected"), CASES)
def test_values_come_from_the_text(schema: dict[str, Any], text: str, expected: Any) -> None:
    value, _ = fill(schema, text)
    assert value == expected


def test_a_schema_that_refers_to_itself_ends() -> None:
    node = closed(v=INTEGER, next={"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]})
    schema = {"$ref": "#/$defs/node", "$defs": {"node": node}}
    value, _ = fill(schema, "7")
    Draft202012Validator(schema).validate(value)


def test_deep_schemas_end_without_a_recursion_error() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(5_000):
        schema = {"type": "array", "items": schema, "minItems": 1}
    with pytest.raises(Impossible):
        fill(schema, "x")


@pytest.mark.parametrize("schema", [{"type": "string", "minLength": 2, "maxLength": 1}, {"enum": []}, {"not": {}}])
def test_what_nothing_satisfies_is_impossible(schema: dict[str, Any]) -> None:
    with pytest.raises(Impossible):
        fill(schema, "x")


def test_a_pattern_that_takes_for_ever_elsewhere_does_not_here() -> None:
    value, _ = fill(closed(word={"type": "string", "pattern": "^(a+)+$"}), "a" * 5_000 + "b")
    assert value == {"word": "a"}


def leaves() -> st.SearchStrategy[dict[str, Any]]:
    bounds = st.integers(-50, 50)
    lengths = st.integers(0, 8)
    return st.one_of(
        st.builds(lambda low, span: {"type": "integer", "minimum": low, "maximum": low + span}, bounds, lengths),
        st.builds(lambda low: {"type": "number", "exclusiveMinimum": low, "exclusiveMaximum": low + 1}, bounds),
        st.builds(lambda step, low: {"type": "integer", "multipleOf": step, "minimum": low}, st.integers(1, 9), bounds),
        st.builds(lambda low, span: {"type": "string", "minLength": low, "maxLength": low + span}, lengths, lengths),
        st.sampled_from(
            [
                {"type": "boolean"},
                {"type": "null"},
                {"const": {"a": [1, None]}},
                {"enum": ["red", 3, None]},
                {"type": "string", "format": "date"},
                {"type": "string", "format": "email"},
                {"type": "string", "format": "uri"},
                {"type": "string", "pattern": "^[a-z]+-[0-9]{2,4}$"},
                {"type": ["integer", "null"]},
                {"not": {"type": "string"}, "type": ["string", "integer"]},
            ]
        ),
    )


def nested(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from(["name", "age", "date", "total", "tags", "x"])
    properties = st.dictionaries(names, inner, max_size=4)
    return st.one_of(
        st.builds(lambda parts: closed(**parts), properties),
        st.builds(
            lambda parts, names: {"type": "object", "properties": parts, "required": names},
            properties,
            st.lists(names, max_size=2, unique=True),
        ),
        st.builds(lambda item, least: {"type": "array", "items": item, "minItems": least}, inner, st.integers(0, 3)),
        st.builds(
            lambda items: {"type": "array", "prefixItems": items, "minItems": len(items), "items": False},
            st.lists(inner, max_size=3),
        ),
        st.builds(lambda ones: {"anyOf": ones}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda one: {"oneOf": [one, {"type": "object", "required": ["kind"]}]}, inner),
        st.builds(lambda one: {"allOf": [one, {"description": "the same"}]}, inner),
    )


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.recursive(leaves(), nested, max_leaves=8), st.booleans())
def test_every_filled_value_satisfies_the_schema(schema: dict[str, Any], referred: bool) -> None:
    schema = {"$ref": "#/$defs/part", "$defs": {"part": schema}} if referred else schema
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    value, _ = fill(schema, TEXT)
    validator.validate(value)
    assert valid(value, schema, schema)
