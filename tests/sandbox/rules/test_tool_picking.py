"""Which tools are called, how often, and when the results are told instead."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from caicaini_nb.sandbox.engine import Engine, Piece, Question, Text, ToolCall, ToolResult, ToolSpec, ToolUse, Turn
from caicaini_nb.sandbox.rules import RulesEngine

ENGINE: Engine = RulesEngine()
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
PLACE = {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]}
WEATHER = ToolSpec("get_weather", "Get the current weather in a given location", PLACE)
EXPRESSION = {"type": "object", "properties": {"expression": {"type": "string"}}, "required": ["expression"]}
CALCULATOR = ToolSpec("calculator", "Evaluate an arithmetic expression", EXPRESSION)
PAIR = {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}, "required": ["a", "b"]}
ADD = ToolSpec("add", "Add two numbers", PAIR)


def ask(*texts: str, system: str = "", **options: object) -> list[Piece]:
    turns = tuple(Turn("user", text) for text in texts)
    return list(ENGINE.answer(Question(system, turns, now=NOW, **options)))  # type: ignore[arg-type]


def said(*texts: str, system: str = "", **options: object) -> str:
    return "".join(piece.text for piece in ask(*texts, system=system, **options) if isinstance(piece, Text))


def test_a_fitting_tool_is_called_with_arguments_from_the_text() -> None:
    assert ask("What is the weather in Paris?", tools=(WEATHER, CALCULATOR)) == [
        ToolUse("get_weather", {"location": "Paris"})
    ]
    assert ask("What is 17 * 23?", tools=(WEATHER, CALCULATOR)) == [ToolUse("calculator", {"expression": "17 * 23"})]
    assert ask("Add 3 and 4", tools=(ADD,)) == [ToolUse("add", {"a": 3, "b": 4})]
    assert ask("今天北京的天气怎么样？", tools=(WEATHER,)) == [ToolUse("get_weather", {"location": "北京"})]
    assert not any(isinstance(piece, ToolUse) for piece in ask("Hello", tools=(WEATHER, CALCULATOR)))


def test_several_calls_only_where_parallel_is_allowed() -> None:
    both = [ToolUse("get_weather", {"location": place}) for place in ("Paris", "Tokyo")]
    assert ask("What's the weather in Paris and Tokyo?", tools=(WEATHER,)) == both
    assert ask("What's the weather in Paris and Tokyo?", tools=(WEATHER,), parallel_tools=False) == both[:1]


def test_tool_choice_is_obeyed() -> None:
    offered = (WEATHER, CALCULATOR)
    assert not any(isinstance(piece, ToolUse) for piece in ask("Weather in Paris?", tools=offered, tool_choice="none"))
    assert isinstance(ask("Hello", tools=offered, tool_choice="any")[0], ToolUse)
    named = ask("What is the weather in Paris?", tools=offered, tool_choice="name:calculator")[0]
    assert isinstance(named, ToolUse)
    assert named.name == "calculator"


def test_a_call_that_the_request_names_is_made_again_where_it_failed() -> None:
    """So an answer as data can be asked for once more; a result that is no error is told."""
    call = ToolCall("t1", "get_weather", {"city": "Paris"})
    for is_error, choice, called in (
        (True, "name:get_weather", True),
        (True, "any", False),
        (False, "name:get_weather", False),
    ):
        told = Turn("user", "", tool_results=(ToolResult("t1", "get_weather", "That does not fit.", is_error),))
        turns = (Turn("user", "Weather in Paris?"), Turn("assistant", "", tool_calls=(call,)), told)
        pieces = ENGINE.answer(Question("", turns, tools=(WEATHER,), tool_choice=choice))
        assert any(isinstance(piece, ToolUse) for piece in pieces) is called


def test_a_missing_argument_is_asked_for() -> None:
    assert said("What is the weather?", tools=(WEATHER,)) == (
        "To call a tool more is needed: get_weather needs `location`; your message does not give it."
    )


@pytest.mark.parametrize("choice", ["auto", "any", "name:get_weather"])
def test_results_end_the_loop(choice: str) -> None:
    call = ToolCall("1", "get_weather", {"location": "Paris"})
    result = ToolResult("1", "get_weather", '{"temperature": 21}')
    turns = (
        Turn("user", "Weather in Paris?"),
        Turn("assistant", "", tool_calls=(call,)),
        Turn("user", "", tool_results=(result,)),
    )
    pieces = list(ENGINE.answer(Question("", turns, tools=(WEATHER,), tool_choice=choice)))
    assert pieces == [Text("get_weather answered: temperature 21.")]


def test_the_next_call_follows_where_calls_come_one_by_one() -> None:
    call = ToolCall("1", "get_weather", {"location": "Paris"})
    result = ToolResult("1", "get_weather", "sunny")
    turns = (
        Turn("user", "Weather in Paris and Rome?"),
        Turn("assistant", "", tool_calls=(call,)),
        Turn("user", "", tool_results=(result,)),
    )
    pieces = list(ENGINE.answer(Question("", turns, tools=(WEATHER,), parallel_tools=False)))
    assert pieces == [ToolUse("get_weather", {"location": "Rome"})]


def test_what_a_tool_answered_is_no_reason_to_call_it_again() -> None:
    turns = (
        Turn("user", "Add 3 and 4"),
        Turn("assistant", "", tool_calls=(ToolCall("c1", "add", {"a": 3, "b": 4}),)),
        Turn("user", "", tool_results=(ToolResult("c1", "add", "7"),)),
    )
    pieces = ENGINE.answer(Question("", turns, tools=(ADD,), now=NOW))
    assert [piece.text for piece in pieces if isinstance(piece, Text)] == ["add answered: 7."]
