"""Data out of prompts whose words vary: a forced tool and chat JSON fill their schema alike, and rightly."""

from __future__ import annotations

import json
from typing import Any

import pytest

from caicaini_nb.sandbox.engine import Question, Text, ToolSpec, ToolUse, Turn
from caicaini_nb.sandbox.rules import RulesEngine
from tests.sandbox.rules.chinese_cases import CHINESE
from tests.sandbox.rules.extraction_cases import CASES
from tests.sandbox.rules.further_cases import FURTHER

ENGINE = RulesEngine()
PROMPTS = CASES | CHINESE | FURTHER


def forced(schema: dict[str, Any], prompt: str) -> Any:
    """The arguments of the one call that a forced tool makes, the way the messages surface asks for data."""
    tool = ToolSpec("answer", "Give the answer as data.", schema)
    question = Question("", (Turn("user", prompt),), tools=(tool,), tool_choice="name:answer")
    return [piece.arguments for piece in ENGINE.answer(question) if isinstance(piece, ToolUse)]


def written(schema: dict[str, Any], prompt: str) -> Any:
    """The JSON that `response_format` asks for, the way the chat surface asks for data."""
    question = Question("", (Turn("user", prompt),), schema=schema)
    return json.loads("".join(piece.text for piece in ENGINE.answer(question) if isinstance(piece, Text)))


def named(value: Any, expected: Any) -> Any:
    """The value without the properties that `expected` leaves open."""
    return {key: value.get(key) for key in expected} if isinstance(expected, dict) else value


@pytest.mark.parametrize(("schema", "prompt", "expected"), PROMPTS.values(), ids=PROMPTS)
def test_both_surfaces_give_what_stands_in_the_text(schema: dict[str, Any], prompt: str, expected: Any) -> None:
    [value] = forced(schema, prompt)
    assert named(value, expected) == expected
    assert written(schema, prompt) == value
