"""Which tools a turn may still call, and which it must: from `tool_choice` and what was called since the user spoke.

As in the rules engine, a forced choice is kept once: when its results are there, the answer is text. So a loop ends.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from caicaini_nb.sandbox.engine import Question, ToolSpec
from caicaini_nb.sandbox.rules.asked import Asked
from caicaini_nb.sandbox.rules.tool_picking import pick_tools

__all__ = ["ToolTurn", "emulated", "tool_turn"]


@dataclass(frozen=True)
class ToolTurn:
    """The tools on offer in this turn; with `forced` one of them must be called, `answered` when results are there."""

    tools: tuple[ToolSpec, ...]
    forced: bool
    called: frozenset[str]
    answered: bool

    def is_repeated(self, name: str, arguments: dict[str, Any]) -> bool:
        """Whether this very call was made since the user last spoke."""
        return _key(name, arguments) in self.called

    def spec(self, name: str) -> ToolSpec:
        """The tool of a name on offer."""
        return next(tool for tool in self.tools if tool.name == name)


def tool_turn(question: Question) -> ToolTurn:
    """Read a question's tools, choice and history."""
    called: set[str] = set()
    has_results = False
    for turn in reversed(question.turns):
        if turn.role == "user" and turn.text.strip() and not turn.tool_results:
            break
        called |= {_key(call.name, call.arguments) for call in turn.tool_calls}
        has_results = has_results or bool(turn.tool_results)
    forced = question.tool_choice not in ("auto", "none")
    tools = question.tools
    if question.tool_choice.startswith("name:"):
        tools = tuple(tool for tool in tools if tool.name == question.tool_choice.removeprefix("name:"))
    if question.tool_choice == "none" or (forced and has_results):
        return ToolTurn((), False, frozenset(called), has_results)
    return ToolTurn(tools, forced, frozenset(called), has_results)


def emulated(question: Question) -> list[tuple[str, dict[str, Any]]]:
    """The calls the rules engine would make: names and arguments."""
    picked = pick_tools(Asked(question))
    return [(use.name, use.arguments) for use in picked.uses] if picked else []


def _key(name: str, arguments: dict[str, Any]) -> str:
    return f"{name} {json.dumps(arguments, sort_keys=True, default=str)}"
