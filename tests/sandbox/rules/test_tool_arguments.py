"""Arguments taken from a prompt: places with their region, quoted names, and a guess only where a call is demanded."""

from __future__ import annotations

import json

import pytest

from caicaini_nb.sandbox.engine import Question, Text, ToolSpec, ToolUse, Turn
from caicaini_nb.sandbox.rules import RulesEngine
from caicaini_nb.sandbox.rules.json_answers import named_keys

ENGINE = RulesEngine()


def text_tool(name: str, description: str, *parameters: str) -> ToolSpec:
    """A tool whose parameters are all required texts."""
    properties = {parameter: {"type": "string"} for parameter in parameters}
    return ToolSpec(name, description, {"type": "object", "properties": properties, "required": list(parameters)})


WEATHER = text_tool("get_weather", "Get weather at a location.", "location")
GREETING = text_tool("greeting_generator", "Generate a greeting in a particular style of speaking.", "answer_style")
CUSTOMER = text_tool("add_customer", "Add a customer by name.", "customer_name")


def calls(prompt: str, tool: ToolSpec, choice: str = "auto") -> list[dict[str, object]]:
    """The arguments of the calls that an answer makes."""
    question = Question("", (Turn("user", prompt),), tools=(tool,), tool_choice=choice)
    return [piece.arguments for piece in ENGINE.answer(question) if isinstance(piece, ToolUse)]


@pytest.mark.parametrize(
    ("prompt", "places"),
    [
        ("What is the weather in San Francisco, CA?", ["San Francisco, CA"]),
        ("What is the weather in Paris, France and Rome, Italy?", ["Paris, France", "Rome, Italy"]),
        ("What is the weather in Paris, Rome and Oslo?", ["Paris", "Rome", "Oslo"]),
        ("What is the weather in France, Italy and Spain?", ["France", "Italy", "Spain"]),
        ("What is the weather in Paris and France?", ["Paris", "France"]),
    ],
)
def test_a_region_belongs_to_its_place(prompt: str, places: list[str]) -> None:
    assert calls(prompt, WEATHER) == [{"location": place} for place in places]


@pytest.mark.parametrize("quotes", ["''", '""', "“”", "「」"])
@pytest.mark.parametrize("name", ["こんにちは株式会社", "你好啊集团", "Ünïcode & Söhne"])
def test_a_quoted_name_is_taken_as_written(name: str, quotes: str) -> None:
    prompt = f"Add a customer named {quotes[0]}{name}{quotes[1]} (Hello Group), please"
    assert calls(prompt, CUSTOMER, "any") == [{"customer_name": name}]


def test_a_demanded_call_guesses_from_what_is_said_beyond_the_tool() -> None:
    assert calls("Using the tool, generate a Pirate greeting.", GREETING, "any") == [{"answer_style": "Pirate"}]
    assert calls("Using the tool, generate a greeting.", GREETING, "any") == [{"answer_style": ""}]
    assert calls("Generate a Pirate greeting.", GREETING) == []


def test_a_place_is_never_guessed() -> None:
    assert calls("Hello there, stranger!", WEATHER, "any") == [{"location": ""}]


@pytest.mark.parametrize("broken", [{"properties": []}, {"properties": None}, {"required": None}, {"required": "x"}])
def test_a_schema_that_is_none_still_gets_an_answer(broken: dict[str, object]) -> None:
    tool = ToolSpec("find_way", "Find a way.", {"type": "object", "properties": {"way": {"type": "string"}}} | broken)
    assert len(calls("Find the blue way", tool, "any")) == 1


@pytest.mark.parametrize(
    ("prompt", "keys"),
    [
        ("Answer as JSON with 'setup' and 'punchline' keys. Nothing else.", ["setup", "punchline"]),
        ('Return JSON with the "a", "b", and "c" fields', ["a", "b", "c"]),
        ("Return JSON with the keys name and age", ["name", "age"]),
        ("Return JSON with keys.", []),
    ],
)
def test_keys_are_named_before_or_after_the_word(prompt: str, keys: list[str]) -> None:
    assert list(named_keys(prompt)) == keys


def test_prose_under_named_keys_is_the_honest_sentence_and_a_fact_is_null() -> None:
    joke = "Tell me a joke about cats. Return it as JSON with 'setup' and 'punchline' keys."
    fact = "What is the capital of France? Return it as JSON with a 'capital' key."
    for prompt, known in ((joke, True), (fact, False)):
        (piece,) = ENGINE.answer(Question("", (Turn("user", prompt),), json_object=True))
        assert isinstance(piece, Text)
        values = json.loads(piece.text).values()
        assert all("rules engine does not" in value if known else value is None for value in values)
