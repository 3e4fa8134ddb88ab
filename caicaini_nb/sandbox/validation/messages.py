"""A messages body, checked against the contract and turned into a `Call`. Each 400 names its field."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from caicaini_nb.sandbox.call import Call
from caicaini_nb.sandbox.catalogue import CAICAINI, Model
from caicaini_nb.sandbox.engine import Question, Turn
from caicaini_nb.sandbox.refusal import Refusal
from caicaini_nb.sandbox.validation.blocks import TurnReader, text_blocks
from caicaini_nb.sandbox.validation.fields import Notes, bad, boolean, integer, number, objects, stop_list, text
from caicaini_nb.sandbox.validation.tools import counted_tools, messages_choice, messages_tools

__all__ = ["caicaini_model", "check_window", "read_messages"]

DOCUMENTED = frozenset(
    {
        *("model", "max_tokens", "messages", "system", "temperature", "top_p", "stop_sequences", "stream"),
        *("tools", "tool_choice", "thinking", "metadata"),
    }
)


@dataclass(frozen=True)
class Conversation:
    """The turns of a body and what of them counts as input."""

    turns: tuple[Turn, ...]
    counted: tuple[str, ...]
    image_tokens: int


def read_messages(body: dict[str, Any], notes: Notes, now: datetime, counting: bool = False) -> Call:
    """Read a messages body; with `counting`, max_tokens may be missing."""
    model = caicaini_model(body)
    limit = integer(body, "max_tokens", 1)
    if limit is None and not counting:
        raise bad("max_tokens", "is required and must be a positive integer")
    if limit is not None and limit > model.max_output_tokens:
        raise bad("max_tokens", f"{model.id} writes at most {model.max_output_tokens} tokens")
    notes.unknown(body, DOCUMENTED)
    _check_sampling(body, notes)
    tools = messages_tools(body.get("tools"), notes)
    choice, parallel = messages_choice(body.get("tool_choice"), tools, notes)
    conversation = read_turns(body.get("messages"), notes)
    system = _system(body.get("system"), notes)
    question = Question(
        system=system,
        turns=conversation.turns,
        tools=tools,
        tool_choice=choice,
        schema=_format(body.get("output_config"), notes),
        thinking_budget=_thinking(body.get("thinking"), model, limit, notes),
        parallel_tools=parallel,
        now=now,
        temperature=body.get("temperature"),
        top_p=body.get("top_p"),
    )
    return Call(
        asked_model=model.id,
        model=model.id,
        max_tokens=limit or model.max_output_tokens,
        question=question,
        counted=(system, *conversation.counted, *counted_tools(tools)),
        image_tokens=conversation.image_tokens,
        stops=stop_list(body.get("stop_sequences"), "stop_sequences"),
        stream=boolean(body, "stream"),
        undocumented=tuple(notes.undocumented),
    )


def caicaini_model(body: dict[str, Any]) -> Model:
    """Return the model a body asks for."""
    name = text(body, "model", required=True) or ""
    model = CAICAINI.get(name)
    if model is None:
        raise bad("model", f"there is no model {name[:80]!r}; choose one of {', '.join(CAICAINI)}")
    return model


def read_turns(value: object, notes: Notes) -> Conversation:
    """Read the messages: alternating from user to user."""
    if value is None:
        raise bad("messages", "is required")
    messages = objects(value, "messages")
    if not messages:
        raise bad("messages", "must hold at least one message")
    turns: list[Turn] = []
    counted: list[str] = []
    image_tokens = 0
    for index, message in enumerate(messages):
        where = f"messages.{index}."
        role = _role(message, index, where)
        notes.unknown(message, ("role", "content"), where)
        before = turns[-1].tool_calls if turns else ()
        names = {call.id: call.name for call in before}
        reader = TurnReader(role, where, notes, frozenset(names))
        turn = reader.read(message.get("content"))
        results = tuple(replace(result, name=names[result.id]) for result in turn.tool_results)
        turns.append(replace(turn, tool_results=results))
        counted.extend(reader.counted)
        image_tokens += reader.image_tokens
    if turns[-1].role != "user":
        raise bad(f"messages.{len(turns) - 1}.role", "the last message must be the user's")
    return Conversation(tuple(turns), tuple(counted), image_tokens)


def _role(message: dict[str, Any], index: int, where: str) -> str:
    role = message.get("role")
    if role not in ("user", "assistant"):
        raise bad(f"{where}role", 'must be "user" or "assistant" (instructions go in system)')
    expected = "assistant" if index % 2 else "user"
    if role != expected:
        raise bad(f"{where}role", f"roles alternate from user on; {expected} is due here")
    return str(role)


def _check_sampling(body: dict[str, Any], notes: Notes) -> None:
    number(body, "temperature", 0, 1)
    number(body, "top_p", 0, 1)
    metadata = body.get("metadata")
    if metadata is None:
        return
    if not isinstance(metadata, dict):
        raise bad("metadata", "must be an object")
    notes.unknown(metadata, ("user_id",), "metadata.")
    text(metadata, "user_id", "metadata.")


def _system(value: object, notes: Notes) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        notes.add("system array")
    elif not isinstance(value, str):
        raise bad("system", "must be a string")
    return text_blocks(value, "system", notes)


def _format(value: object, notes: Notes) -> dict[str, Any] | None:
    """Return the JSON Schema that an answer must satisfy; the contract documents none, but clients' helpers send it."""
    if not isinstance(value, dict) or value.get("format") is None:
        return None
    wanted = value["format"]
    schema = wanted.get("schema") if isinstance(wanted, dict) and wanted.get("type") == "json_schema" else None
    if not isinstance(schema, dict):
        raise bad("output_config.format", 'must be of the type "json_schema" with a schema')
    notes.add("output_config.format json_schema")
    return schema


def _thinking(value: object, model: Model, limit: int | None, notes: Notes) -> int | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise bad("thinking", "must be an object")
    notes.unknown(value, ("type", "budget_tokens"), "thinking.")
    if value.get("type") == "disabled":
        notes.add("thinking.type disabled")
        return None
    adaptive = value.get("type") == "adaptive"
    if value.get("type") != "enabled" and not adaptive:
        raise bad("thinking.type", 'must be "enabled"')
    if not model.supports_thinking:
        raise bad("thinking", f"{model.id} does not think; choose another model or leave this out")
    if adaptive:  # as much as is needed: half of what may be written, so that the answer finds room
        notes.add("thinking.type adaptive")
        return max(1, (limit or model.max_output_tokens) // 2)
    budget = integer(value, "budget_tokens", 1, where="thinking.")
    if budget is None:
        raise bad("thinking.budget_tokens", "is required")
    if limit is not None and budget >= limit:
        raise bad("thinking.budget_tokens", f"must be smaller than max_tokens ({limit})")
    return budget


def check_window(model: Model, input_tokens: int, max_tokens: int) -> None:
    """Refuse what does not fit the model's context."""
    if input_tokens + max_tokens > model.context_window:
        raise Refusal(
            400,
            f"messages: {input_tokens} input tokens and max_tokens {max_tokens} do not fit the "
            f"{model.context_window} of {model.id}.",
        )
