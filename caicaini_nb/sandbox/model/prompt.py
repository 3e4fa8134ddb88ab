"""A question as chat messages for a model's own template.

Pictures become what the sandbox's eyes see in them, as the models here have none. Without `native` tools, calls and
results since the user spoke become sentences under what the user said: small models answer those, and only repeat the
call when they see it in their template's own form (measured on two).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from caicaini_nb.sandbox.engine import Question, ToolSpec, Turn
from caicaini_nb.sandbox.vision import seen_text

__all__ = ["Prompt", "messages", "offered"]

Message = dict[str, Any]
STEPS = "Do not answer yet. First write a short plan of two to four numbered steps for finding the answer."
ANSWER = "Now give the answer itself."
RESULTS = "Answer with these results."
REPEATED_CHARACTERS = 400  # a question up to this length is put again after the plan
SCHEMA_CHARACTERS = 4_000


@dataclass(frozen=True)
class Prompt:
    """What is added to a question: a plan to ask for or the `notes` of one, a `schema` to follow, a `call` to write."""

    notes: str = ""
    schema: dict[str, Any] | None = None
    call: ToolSpec | None = None
    steps: bool = False


def messages(question: Question, native: bool, prompt: Prompt) -> list[Message]:
    """Return the messages of a question with what `prompt` adds; `native` leaves calls and results to the template."""
    system = "\n\n".join(part for part in (question.system, *_instructions(prompt)) if part)
    found: list[Message] = [{"role": "system", "content": system}] if system else []
    turns = question.turns if native else told(question.turns)
    for turn in turns:
        found += _turn(turn)
    asked = str(found[-1]["content"])
    if prompt.steps or prompt.notes:
        found[-1] = {**found[-1], "content": f"{asked}\n\n{STEPS}"}
    if prompt.notes:
        again = f"{ANSWER} {asked}" if len(asked) <= REPEATED_CHARACTERS else ANSWER
        found += [{"role": "assistant", "content": prompt.notes}, {"role": "user", "content": again}]
    return found


def told(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Return the turns with calls and results put in words under the user's text before them."""
    kept: list[Turn] = []
    for turn in turns:
        if turn.tool_calls and not turn.text:
            continue
        if not turn.tool_results or not kept:
            kept.append(turn)
            continue
        while kept[-1].role != "user" and len(kept) > 1:
            kept.pop()
        lines = [f"{one.name} {'failed' if one.is_error else 'returned'}: {one.text}" for one in turn.tool_results]
        text = kept[-1].text.removesuffix(f"\n{RESULTS}")
        ending = turn.text or RESULTS
        kept[-1] = replace(kept[-1], text="\n".join([text, "", *lines, ending]))
    return tuple(kept)


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
    if prompt.schema is not None:
        yield f"Answer with JSON that follows this schema: {json.dumps(prompt.schema)[:SCHEMA_CHARACTERS]}"
    if prompt.call is not None:
        schema = json.dumps(prompt.call.schema)[:SCHEMA_CHARACTERS]
        about = f" for: {prompt.call.description}" if prompt.call.description else ""
        yield f"Copy values from the user's text into JSON{about}. It follows this schema: {schema}"


def _turn(turn: Turn) -> Iterator[Message]:
    if turn.role == "assistant":
        yield _said(turn)
        return
    text = "\n\n".join(part for part in (seen_text(turn.images) if turn.images else "", turn.text) if part)
    for result in turn.tool_results:
        shown = f"Error: {result.text}" if result.is_error else result.text
        yield {"role": "tool", "tool_call_id": result.id, "name": result.name, "content": shown}
    if text or not turn.tool_results:
        yield {"role": "user", "content": text}


def _said(turn: Turn) -> Message:
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": json.dumps(call.arguments)}}
        for call in turn.tool_calls
    ]
    return {"role": "assistant", "content": turn.text} | ({"tool_calls": calls} if calls else {})
