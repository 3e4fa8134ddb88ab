"""A question as chat messages for a model's own template.

Pictures become what the sandbox's eyes see in them, as the models here have none. A template that knows no tools gets
earlier calls and results as plain sentences.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from caicaini_nb.sandbox.engine import Question, ToolSpec, Turn
from caicaini_nb.sandbox.vision import seen_text

__all__ = ["Prompt", "messages", "offered"]

Message = dict[str, Any]
STEPS = (
    "Before the answer, think: write two to five short steps that lead to it, one a line. Write only the steps,"
    " not the answer."
)
SCHEMA_CHARACTERS = 4_000


@dataclass(frozen=True)
class Prompt:
    """What is added to a question: `notes` the model made before, a `schema` to follow, a `call` to write."""

    notes: str = ""
    schema: dict[str, Any] | None = None
    call: ToolSpec | None = None
    steps: bool = False


def messages(question: Question, knows_tools: bool, prompt: Prompt | None = None) -> list[Message]:
    """Return the messages of a question with what `prompt` adds."""
    prompt = prompt or Prompt()
    system = "\n\n".join(part for part in (question.system, *_instructions(prompt)) if part)
    found: list[Message] = [{"role": "system", "content": system}] if system else []
    for turn in question.turns:
        found += _turn(turn, knows_tools)
    if prompt.notes:
        found[-1] = {**found[-1], "content": f"{found[-1]['content']}\n\nYour notes so far:\n{prompt.notes}"}
    return found


def offered(tools: tuple[ToolSpec, ...]) -> list[Message]:
    """Return tools as a template wants them."""
    return [
        {
            "type": "function",
            "function": {"name": tool.name, "description": tool.description, "parameters": tool.schema},
        }
        for tool in tools
    ]


def _instructions(prompt: Prompt) -> Iterator[str]:
    if prompt.steps:
        yield STEPS
    if prompt.schema is not None:
        yield f"Answer with JSON that follows this schema: {json.dumps(prompt.schema)[:SCHEMA_CHARACTERS]}"
    if prompt.call is not None:
        schema = json.dumps(prompt.call.schema)[:SCHEMA_CHARACTERS]
        about = f" ({prompt.call.description})" if prompt.call.description else ""
        yield (
            f"You call the function {prompt.call.name}{about}. Take its arguments from what the user says and write"
            f" them as JSON that follows this schema: {schema}"
        )


def _turn(turn: Turn, knows_tools: bool) -> Iterator[Message]:
    if turn.role == "assistant":
        yield _said(turn, knows_tools)
        return
    text = "\n\n".join(part for part in (seen_text(turn.images) if turn.images else "", turn.text) if part)
    if knows_tools:
        for result in turn.tool_results:
            shown = f"Error: {result.text}" if result.is_error else result.text
            yield {"role": "tool", "tool_call_id": result.id, "name": result.name, "content": shown}
        if text or not turn.tool_results:
            yield {"role": "user", "content": text}
        return
    told = [
        f"{result.name} {'failed' if result.is_error else 'returned'}: {result.text}" for result in turn.tool_results
    ]
    yield {"role": "user", "content": "\n".join([*told, text] if text else told)}


def _said(turn: Turn, knows_tools: bool) -> Message:
    if not knows_tools:
        told = [f"I call {call.name} with {json.dumps(call.arguments)}." for call in turn.tool_calls]
        return {"role": "assistant", "content": "\n".join([turn.text, *told] if turn.text else told)}
    message: Message = {"role": "assistant", "content": turn.text}
    if turn.tool_calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
            }
            for call in turn.tool_calls
        ]
    return message
