"""The engine `auto`: rules where they compute the whole answer, else the model; rules alone when it does not load."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from caicaini_nb.sandbox.answering import UnfitError
from caicaini_nb.sandbox.engine import Engine, Question, ToolCall, ToolResult, ToolSpec, Turn
from caicaini_nb.sandbox.model.auto_engine import AutoEngine
from caicaini_nb.sandbox.model.model_engine import ModelEngine
from caicaini_nb.sandbox.model.weights import Weights
from caicaini_nb.sandbox.rules import RulesEngine

SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}
WHOLE = {**SCHEMA, "required": ["age"]}
WEATHER = ToolSpec(
    "get_weather",
    "Weather of a city",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
OTHERS = {"type": "object", "properties": {"mood": {"type": "string"}, "reason": {"type": "string"}}}


def asked(text: str, **changes: Any) -> Question:
    """A question of one turn."""
    return replace(Question("", (Turn("user", text),)), **changes)


COMPUTED = {
    "arithmetic": (asked("What is 12 * 12?"), True),
    "counting": (asked("Count to 10"), True),
    "prose": (asked("Write a haiku about rain"), False),
    "knowledge": (asked("Why is the sky blue?"), False),
    "one of two": (asked("What is 2 + 2? Why is the sky blue?"), False),
    "a tool that fits": (asked("Weather in Paris", tools=(WEATHER,)), True),
    "a tool without its city": (asked("How is the weather?", tools=(WEATHER,)), False),
    "no tool fits": (asked("Tell me a joke", tools=(WEATHER,)), False),
    "a schema the text fills": (asked("Ada is 36 years old, age: 36", schema=WHOLE), True),
    "a schema it does not": (asked("It went badly.", schema={**OTHERS, "required": ["mood", "reason"]}), False),
    "any object": (asked("Describe Paris as JSON", json_object=True), False),
}


@pytest.mark.parametrize(("question", "computed"), COMPUTED.values(), ids=COMPUTED)
def test_rules_know_what_they_compute(question: Question, computed: bool) -> None:
    assert RulesEngine().computes(question) is computed


def test_results_are_told_by_the_rules_unless_they_are_to_become_prose() -> None:
    call = Turn("assistant", "", tool_calls=(ToolCall("c1", "get_weather", {"city": "Paris"}),))
    result = Turn("user", "", tool_results=(ToolResult("c1", "get_weather", "21"),))
    for text, computed in (("Weather in Paris", True), ("Write a poem about the weather in Paris", False)):
        question = asked(text, tools=(WEATHER,))
        assert RulesEngine().computes(replace(question, turns=(*question.turns, call, result))) is computed


def test_a_model_that_does_not_load_leaves_the_rules(tmp_path: Path) -> None:
    engine = AutoEngine(Weights("gone", tmp_path / "gone.gguf", "0" * 64))
    assert engine.name == "rules, else gone"
    assert engine.choose(asked("What is 2 + 2?")).name == "rules"
    assert engine.trouble() == ""
    (tmp_path / "gone.gguf").write_bytes(b"other")
    assert engine.choose(asked("Write a haiku")).name == "rules"
    assert engine.trouble()
    assert "haiku" not in engine.trouble()
    with pytest.raises(ValueError, match=r"."):
        engine.ready()
    engine.close()


def test_what_is_too_long_for_the_model_is_for_the_rules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unfit(engine: ModelEngine, question: Question) -> Engine:
        raise UnfitError("messages: too long.")

    monkeypatch.setattr(ModelEngine, "choose", unfit)
    engine = AutoEngine(Weights("small", tmp_path / "small.gguf", "0" * 64))
    assert engine.choose(asked("Write a haiku")).name == "rules"
    assert engine.trouble() == ""
