"""What becomes of a model's words: text, calls that are valid, JSON that satisfies its schema, thinking it wrote."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from caicaini_nb.sandbox.engine import Piece, Question, Text, Thinking, ToolCall, ToolResult, ToolSpec, ToolUse, Turn
from caicaini_nb.sandbox.model.writer import LONGEST_CALL, Writer
from tests.sandbox.model.scripted_llama import ScriptedLlama

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = ToolSpec("get_weather", "Weather of a city", CITY)
SEARCH = ToolSpec(
    "search_docs", "Search the documentation", {"type": "object", "properties": {"q": {"type": "string"}}}
)
PARIS = ToolUse("get_weather", {"city": "Paris"})
CALL = '{"name": "get_weather", "arguments": {"city": "Paris"}}'


def asked(text: str = "How is the weather in Paris?", **changes: Any) -> Question:
    """A question of one turn."""
    return replace(Question("", (Turn("user", text),)), **changes)


def with_result(question: Question) -> Question:
    """The question after a first call was answered."""
    call = Turn("assistant", "", tool_calls=(ToolCall("c1", "get_weather", {"city": "Paris"}),))
    result = Turn("user", "", tool_results=(ToolResult("c1", "get_weather", "21 degrees"),))
    return replace(question, turns=(*question.turns, call, result))


def written(question: Question, llama: ScriptedLlama) -> list[Piece]:
    """The answer, neighbouring texts joined."""
    pieces: list[Piece] = []
    for piece in Writer(question, llama, threading.Event()).pieces():
        last = pieces[-1] if pieces else None
        if isinstance(piece, Text) and isinstance(last, Text):
            pieces[-1] = Text(last.text + piece.text)
        elif isinstance(piece, Thinking) and isinstance(last, Thinking):
            pieces[-1] = Thinking(last.text + piece.text)
        else:
            pieces.append(piece)
    return pieces


def test_text_is_what_the_model_wrote_and_sampling_what_was_asked() -> None:
    llama = ScriptedLlama("Hello there, ``` you {all}", "Again")
    assert written(asked(), llama) == [Text("Hello there, ``` you {all}")]
    assert written(asked(temperature=0.7, top_p=0.9, choice=2), llama) == [Text("Again")]
    assert llama.settings[0] == {"limit": None, "temperature": None, "top_p": None, "choice": 0}
    assert llama.settings[1] == {"limit": None, "temperature": 0.7, "top_p": 0.9, "choice": 2}


def test_a_native_thought_is_not_text() -> None:
    assert written(asked(), ScriptedLlama("<think>hm</think>\n\nYes")) == [Text("Yes")]


def test_thinking_is_a_plan_the_model_wrote_within_the_budget() -> None:
    llama = ScriptedLlama("1. Look. 2. Tell.", "It rains.", "one two three four five six seven", "Yes.")
    assert written(asked(thinking_budget=100), llama) == [Thinking("1. Look. 2. Tell."), Text("It rains.")]
    assert "Do not answer yet" in llama.prompts[0]
    assert "1. Look. 2. Tell." in llama.prompts[1]
    assert llama.settings[0]["limit"] == 100
    cut, answer = written(asked(thinking_budget=3), llama)
    assert isinstance(cut, Thinking)
    assert "one two three four".startswith(cut.text)
    assert answer == Text("Yes.")


@pytest.mark.parametrize("form", [CALL, f"```json\n{CALL}\n```", f"<tool_call>{CALL}</tool_call>", f"[{CALL}, {CALL}]"])
def test_a_call_is_a_call_once(form: str) -> None:
    assert written(asked(tools=(WEATHER, SEARCH)), ScriptedLlama(form)) == [PARIS]


def test_words_before_a_call_are_kept() -> None:
    llama = ScriptedLlama(f"I look.\n```json\n{CALL}\n```")
    assert written(asked(tools=(WEATHER,)), llama) == [Text("I look.\n"), PARIS]


def test_arguments_that_the_schema_refuses_are_written_anew_under_it() -> None:
    llama = ScriptedLlama('{"name": "get_weather", "arguments": {"town": 7}}', '{"city": "Paris"}')
    assert written(asked(tools=(WEATHER,)), llama) == [PARIS]
    assert llama.schemas[1] is not None
    assert llama.schemas[1]["required"] == ["city"]


def test_a_tool_that_is_not_on_offer_is_the_one_the_rules_pick_or_none() -> None:
    invented = '{"name": "delete_all", "arguments": {"x": 1}}'
    question = asked("Search the documentation for keys", tools=(WEATHER, SEARCH))
    assert written(question, ScriptedLlama(invented, '{"q": "keys"}')) == [ToolUse("search_docs", {"q": "keys"})]
    assert written(asked("Tell me a joke", tools=(WEATHER, SEARCH)), ScriptedLlama(invented, "A joke.")) == [
        Text("A joke.")
    ]


def test_without_parallel_tools_one_call_is_made() -> None:
    both = f'[{CALL}, {{"name": "search_docs", "arguments": {{}}}}]'
    question = asked(tools=(WEATHER, SEARCH))
    assert len(written(question, ScriptedLlama(both))) == 2
    assert written(replace(question, parallel_tools=False), ScriptedLlama(both)) == [PARIS]


@pytest.mark.parametrize(("choice", "tools"), [("name:get_weather", (SEARCH, WEATHER)), ("any", (WEATHER,))])
@pytest.mark.parametrize("native", [True, False])
def test_a_forced_call_is_decoded_under_its_schema(choice: str, tools: tuple[ToolSpec, ...], native: bool) -> None:
    llama = ScriptedLlama('{"city": "Paris"}', knows_tools=native)
    assert written(asked("Hello", tools=tools, tool_choice=choice), llama) == [PARIS]
    assert llama.prompts[-1].endswith('{"name": "get_weather", "arguments": ') is native
    assert llama.settings[0]["limit"] is not None


def test_any_of_several_tools_always_ends_in_a_call() -> None:
    question = asked(tools=(SEARCH, WEATHER), tool_choice="any")
    assert written(question, ScriptedLlama("I would rather not.", '{"city": "Paris"}')) == [PARIS]


def test_none_offers_nothing() -> None:
    llama = ScriptedLlama(CALL)
    assert written(asked(tools=(WEATHER,), tool_choice="none"), llama) == [Text(CALL)]
    assert '"tools": []' in llama.prompts[0]


def test_a_template_without_tools_has_them_picked_by_the_rules() -> None:
    llama = ScriptedLlama('{"city": "Paris"}', knows_tools=False)
    assert written(asked(tools=(SEARCH, WEATHER)), llama) == [PARIS]
    assert written(asked("Tell me a joke", tools=(WEATHER,)), ScriptedLlama("Ha.", knows_tools=False)) == [Text("Ha.")]


@pytest.mark.parametrize("choice", ["auto", "any", "name:get_weather"])
def test_results_are_told_and_the_call_is_not_made_again(choice: str) -> None:
    llama = ScriptedLlama("It is 21 degrees.")
    question = with_result(asked(tools=(WEATHER,), tool_choice=choice))
    assert written(question, llama) == [Text("It is 21 degrees.")]
    last = json.loads(llama.prompts[-1])["messages"][-1]
    assert last["role"] == "user"
    assert "get_weather returned: 21 degrees" in last["content"]


def test_a_larger_model_sees_results_natively_and_may_not_repeat_its_call() -> None:
    llama = ScriptedLlama(CALL, "It is 21 degrees.", chains=True)
    assert written(with_result(asked(tools=(WEATHER,))), llama) == [Text("It is 21 degrees.")]
    assert [one["role"] for one in json.loads(llama.prompts[0])["messages"]] == ["user", "assistant", "tool"]


def test_a_call_without_an_end_is_cut() -> None:
    endless = "```json\n" + '{"name": "search_docs", "arguments": {}}\n' * 500
    assert len(endless) > 2 * LONGEST_CALL
    assert written(asked(tools=(SEARCH,)), ScriptedLlama(endless)) == [ToolUse("search_docs", {})]


def test_json_is_held_to_its_schema_and_streams() -> None:
    llama = ScriptedLlama('{"city": "Paris"}')
    pieces = list(Writer(asked(schema=CITY), llama, threading.Event()).pieces())
    assert len(pieces) > 1
    assert llama.schemas[0] is not None
    assert llama.schemas[0]["additionalProperties"] is False
    assert "follows this schema" in llama.prompts[0]


UNIQUE = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "tags": {"type": "array", "uniqueItems": True, "items": {"enum": [1, 2]}},
    },
    "required": ["city", "tags"],
}


@pytest.mark.parametrize("line", ['{"city": "Oslo", "tags": [1, 1]}', '{"city": "Oslo"', "nonsense", "[1]"])
def test_json_that_could_not_be_held_is_checked_and_made_valid(line: str) -> None:
    (piece,) = written(asked("The city is Oslo", schema=UNIQUE), ScriptedLlama(line))
    assert isinstance(piece, Text)
    value = json.loads(piece.text)
    assert value["city"] == "Oslo"
    assert len(value["tags"]) == len(set(value["tags"]))


def test_any_object_will_do() -> None:
    llama = ScriptedLlama("{}")
    assert written(asked(json_object=True), llama) == [Text("{}")]
    assert llama.schemas[0] is not None
    assert llama.schemas[0]["type"] == "object"
