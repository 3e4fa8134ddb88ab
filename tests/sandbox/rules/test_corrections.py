"""Turns that say what is wrong with the data before: the earlier text is read again, and what sets it right wins."""

from __future__ import annotations

import json

import pytest

from caicaini_nb.sandbox.engine import Question, Text, ToolCall, ToolResult, ToolSpec, Turn
from caicaini_nb.sandbox.rules import RulesEngine
from caicaini_nb.sandbox.rules.corrections import sets_right, spoken
from tests.sandbox.rules.shapes import NUMBER, TEXT, WHOLE, closed

ENGINE = RulesEngine()
PERSON = closed(name=TEXT, age=WHOLE, city=TEXT)
READING = closed(city=TEXT, celsius=NUMBER, sky=TEXT)
ANA = "Ana Silva is 34 and lives in Lisbon."
AGAIN = "That does not fit: $.age: must be 60 or more\nGive the whole answer again, corrected, as the schema says."
WRITTEN = Turn("assistant", "{}")


def data(*turns: Turn, schema: dict[str, object] = PERSON, **options: object) -> object:
    """The JSON of the answer."""
    question = Question("", turns, schema=schema, **options)  # type: ignore[arg-type]
    return json.loads("".join(piece.text for piece in ENGINE.answer(question) if isinstance(piece, Text)))


@pytest.mark.parametrize(
    "complaint",
    [
        AGAIN,
        "The JSON is invalid: Expecting ',' delimiter.",
        "Your answer did not match the schema: city is missing.",
        "Validation error: 1 validation error for Person\ncity\n  Field required",
        "Please try again.",
        "答案不符合要求，请重新回答。",
    ],
)
def test_a_program_that_says_no_is_given_the_earlier_text(complaint: str) -> None:
    first = data(Turn("user", ANA))
    assert first == {"name": "Ana Silva", "age": 34, "city": "Lisbon"}
    assert data(Turn("user", ANA), WRITTEN, Turn("user", complaint)) == first
    assert data(Turn("user", ANA), WRITTEN, Turn("user", complaint), WRITTEN, Turn("user", AGAIN)) == first


def test_a_person_who_sets_one_value_right_keeps_the_others() -> None:
    said = data(Turn("user", ANA), WRITTEN, Turn("user", "No, the city is Rome."))
    assert said == {"name": "Ana Silva", "age": 34, "city": "Rome"}


def test_a_new_text_stands_alone() -> None:
    said = data(Turn("user", ANA), WRITTEN, Turn("user", "Bo Berg is 51 and lives in Oslo."))
    assert said == {"name": "Bo Berg", "age": 51, "city": "Oslo"}


def test_a_complaint_after_results_leaves_them_in_force() -> None:
    call = Turn("assistant", "", tool_calls=(ToolCall("c1", "weather", {"city": "Lisbon"}),))
    result = Turn("user", "", tool_results=(ToolResult("c1", "weather", '{"sky": "sunny", "celsius": 24}'),))
    turns = (Turn("user", "What is the weather in Lisbon?"), call, result)
    tools = (ToolSpec("weather", "The weather in a city.", closed(city=TEXT)),)
    expected = {"city": "Lisbon", "celsius": 24, "sky": "sunny"}
    assert data(*turns, schema=READING, tools=tools) == expected
    assert data(*turns, WRITTEN, Turn("user", AGAIN), schema=READING, tools=tools, tool_choice="none") == expected


def test_a_complaint_is_a_text_like_any_where_no_data_is_asked_for() -> None:
    turns = (Turn("user", ANA), WRITTEN, Turn("user", AGAIN))
    assert [turn.text for turn in spoken(Question("", turns))] == [ANA, AGAIN]
    assert [turn.text for turn in spoken(Question("", turns, json_object=True))] == [ANA]
    assert [turn.text for turn in spoken(Question("", (Turn("user", AGAIN),), schema=PERSON))] == [AGAIN]
    assert not sets_right("Note: the meeting is off.")
