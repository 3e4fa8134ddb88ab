"""A schema told in a system prompt, and what only looks like one."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from caicaini_nb.sandbox.call import Call
from caicaini_nb.sandbox.schema_in_system import schema_in_system
from caicaini_nb.sandbox.validation.chat import CAICAINI_CHAT, read_chat
from caicaini_nb.sandbox.validation.fields import Notes

TURN = {"role": "user", "content": "Ada"}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string", "enum": ["{", "}"]}}, "required": ["a"]}

TOLD: dict[str, tuple[str, dict[str, Any]]] = {
    "alone": (json.dumps(SCHEMA), SCHEMA),
    "after words": (f"Be kind. Answer with {{}} as this says:\n{json.dumps(SCHEMA)}\nThank you.", SCHEMA),
    "a map": ('{"type": "object", "additionalProperties": {"type": "integer"}}', {}),
    "any object": ('{"type": "object"}', {"type": "object"}),
    "with definitions": ('{"$ref": "#/$defs/a", "$defs": {"a": {"type": "object"}}}', {}),
    "beside an example": (f'Such as {{"a": "}}"}}: {json.dumps(SCHEMA)}', SCHEMA),
}


@pytest.mark.parametrize(("system", "schema"), TOLD.values(), ids=TOLD)
def test_a_whole_schema_counts(system: str, schema: dict[str, Any]) -> None:
    found = schema_in_system(system)
    assert found is not None
    assert found == schema or not schema


NONE = {
    "nothing": "",
    "words": "Answer in JSON.",
    "an example": 'Answer like {"type": "refund", "amount": 3}',
    "an example of an object": 'Answer like {"type": "object", "colour": "red"}',
    "an example with properties": '{"properties": {"rooms": 3}}',
    "half a schema": json.dumps(SCHEMA)[:-3],
    "a schema of no object": '{"type": "string", "enum": ["a"]}',
    "only words about one": '{"title": "Invoice", "description": "…"}',
    "two schemas": json.dumps(SCHEMA) * 2,
    "an empty object": "{}",
}


@pytest.mark.parametrize("system", NONE.values(), ids=NONE)
def test_nothing_else_counts(system: str) -> None:
    assert schema_in_system(system) is None


def question(**changes: Any) -> Call:
    notes = Notes()
    messages = [{"role": "system", "content": f"Answer as this says:\n{json.dumps(SCHEMA)}"}, TURN]
    body = {"model": "caicaini/auto", "messages": messages, "response_format": {"type": "json_object"}, **changes}
    return read_chat(body, CAICAINI_CHAT, notes, datetime.now(UTC))


def test_both_engines_see_it_and_the_log_does_not() -> None:
    call = question()
    assert call.question.schema == SCHEMA
    assert call.undocumented == ()


def test_it_counts_beside_json_object_only_and_a_schema_in_the_format_goes_first() -> None:
    assert question(response_format=None).question.schema is None
    own = {"type": "object"}
    told = question(response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": own}})
    assert told.question.schema == own
    assert question(messages=[TURN]).question.schema is None


@pytest.mark.parametrize("system", ["{" * 500_000, '{"a":' * 50_000, "{} " * 100_000])
def test_a_long_system_prompt_takes_no_long_time(system: str) -> None:
    started = time.process_time()
    assert schema_in_system(system) is None
    assert time.process_time() - started < 2
