"""Which data is complete, so that no model is asked: every required value stands in the text or was computed."""

from __future__ import annotations

from typing import Any

import pytest

from caicaini_nb.sandbox.engine import Question, Text, Thinking, ToolSpec, ToolUse, Turn
from caicaini_nb.sandbox.rules import RulesEngine
from caicaini_nb.sandbox.rules.schema_filling import filled
from tests.sandbox.rules.shapes import DAY, NUMBER, TEXT, WHOLE, YES, closed, one_of, several

ENGINE = RulesEngine()
PERSON = closed(name=TEXT, age=WHOLE, city=TEXT)
BOOK = closed(title=TEXT, author=TEXT)
ORDER = closed(order_number=WHOLE, topic=one_of("delivery", "refund"))
HOBBIES = closed(name=TEXT, hobbies=several(TEXT))
ADULT = closed(("phone",), name=TEXT, phone=TEXT)
SEATS = closed(name=TEXT, seats={**WHOLE, "default": 1})
STAY = closed(stay=closed(arrival=DAY, nights=WHOLE))
SHOP = closed(items=several(closed(name=TEXT, price=NUMBER, colour=TEXT)))

COMPLETE: dict[str, tuple[dict[str, Any], str, bool]] = {
    "all stands there": (PERSON, "Ana Silva is 34 and lives in Lisbon.", True),
    "one value is missing": (PERSON, "Ana Silva lives in Lisbon.", False),
    "knowledge": (PERSON, "Who wrote Don Quixote?", False),
    "knowledge that fits": (BOOK, "Who wrote Don Quixote?", False),
    "invention": (PERSON, "Invent a person.", False),
    "several inventions": (closed(value=several(PERSON)), "Invent two people.", False),
    "a question with its data": (ORDER, "Where is my parcel, order number 1042?", True),
    "computed": (closed(value=WHOLE), "What is 17 * 23?", True),
    "a number that answers nothing": (closed(value=WHOLE), "How many days has February in 2024?", False),
    "prose": (closed(value=TEXT), "Write a haiku about rain", False),
    "yes or no that nothing says": (closed(value=YES), "Is Paris in France?", False),
    "a label that nothing speaks for": (closed(value=one_of("red", "blue")), "It rained all day.", False),
    "a label": (closed(value=one_of("billing", "bug")), "I was charged twice.", True),
    "a list without items": (HOBBIES, "My name is Ana Silva.", False),
    "an optional value is missing": (ADULT, "My name is Ana Silva.", True),
    "a default": (SEATS, "My name is Ana Silva.", True),
    "within an object": (STAY, "arrival 2026-12-05, nights 4", True),
    "missing within an object": (STAY, "arrival 2026-12-05", False),
    "missing within rows": (SHOP, "tea 7.00, cake 4.50", False),
    "any keys": ({"type": "object", "additionalProperties": WHOLE}, "apples 3, pears 5", False),
}


def questions(schema: dict[str, Any], text: str) -> list[Question]:
    """The same asked for in both ways."""
    tool = ToolSpec("answer", "Give the answer as data.", schema)
    turns = (Turn("user", text),)
    return [Question("", turns, schema=schema), Question("", turns, tools=(tool,), tool_choice="name:answer")]


@pytest.mark.parametrize(("schema", "text", "complete"), COMPLETE.values(), ids=COMPLETE)
def test_data_is_complete_where_nothing_was_guessed(schema: dict[str, Any], text: str, complete: bool) -> None:
    for question in questions(schema, text):
        assert ENGINE.computes(question) is complete
        assert any(isinstance(piece, Text | ToolUse) for piece in ENGINE.answer(question))


def test_the_steps_say_what_nothing_gives() -> None:
    for question in questions(STAY, "arrival 2026-12-05"):
        thinking = next(iter(ENGINE.answer(Question(**{**vars(question), "thinking_budget": 1024}))))
        assert isinstance(thinking, Thinking)
        assert "stay.nights" in thinking.text


def test_paths_of_what_nothing_gives_lead_through_rows() -> None:
    offers = closed(offers=several(closed(name=TEXT, price=NUMBER, colour=TEXT)))
    lacking = (("offers", "0", "colour"), ("offers", "1", "colour"))
    assert filled(offers, "Tea: price 7.00\nCake: price 4.50").guessed == lacking
    assert filled(PERSON, "Ana Silva is 34 and lives in Lisbon.").guessed == ()


def test_a_place_is_no_person_and_a_person_no_place() -> None:
    assert filled(PERSON, "lives in Lisbon").value == {"name": "Lisbon", "age": 0, "city": ""}
    assert filled(PERSON, "Ana Silva, 34").value == {"name": "Ana Silva", "age": 34, "city": ""}


def test_a_tool_that_the_text_speaks_of_takes_its_arguments_from_a_question() -> None:
    weather = ToolSpec("weather", "The weather in a city.", closed(city=TEXT))
    question = Question(
        "", (Turn("user", "What is the weather in Oslo?"),), tools=(weather,), tool_choice="name:weather"
    )
    assert ENGINE.computes(question)
    assert list(ENGINE.answer(question)) == [ToolUse("weather", {"city": "Oslo"})]
