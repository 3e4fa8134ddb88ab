"""A chat-completions body, for both services, checked and turned into a `Call`. Each 400 names its field.

Common fields that the contract does not document are served and noted; the rest is ignored and noted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from caicaini_nb.sandbox.call import Call
from caicaini_nb.sandbox.catalogue import cailag_models
from caicaini_nb.sandbox.engine import Question
from caicaini_nb.sandbox.refusal import Refusal
from caicaini_nb.sandbox.schema_in_system import schema_in_system
from caicaini_nb.sandbox.validation.chat_turns import ChatTurns
from caicaini_nb.sandbox.validation.fields import Notes, bad, boolean, integer, number, stop_list, text
from caicaini_nb.sandbox.validation.messages import caicaini_model
from caicaini_nb.sandbox.validation.tools import chat_choice, chat_tools, counted_tools

__all__ = ["CAICAINI_CHAT", "CAILAG_CHAT", "ChatRules", "read_chat"]

CAILAG_LIMIT = 4_096  # when max_tokens is left out (assumed: cailag publishes no caps)


@dataclass(frozen=True)
class ChatRules:
    """What a service documents of the convention."""

    documented: frozenset[str]
    tools: bool
    cailag: bool


COMMON = ("model", "messages", "max_tokens", "temperature", "top_p", "stop", "stream", "user")
CAICAINI_CHAT = ChatRules(
    frozenset([*COMMON, "tools", "tool_choice", "response_format", "stream_options"]), tools=True, cailag=False
)
CAILAG_CHAT = ChatRules(frozenset([*COMMON, "presence_penalty", "frequency_penalty", "n"]), tools=False, cailag=True)


def read_chat(body: dict[str, Any], rules: ChatRules, notes: Notes, now: datetime) -> Call:
    """Read a chat body by a service's rules."""
    name, cap, sees = _model(body, rules)
    notes.unknown(body, rules.documented)
    limit = _limit(body, cap, notes)
    _check_sampling(body, rules)
    tools = chat_tools(body.get("tools"), notes, rules.tools)
    choice = chat_choice(body.get("tool_choice"), tools, notes)
    schema, json_object = _format(body.get("response_format"), notes)
    parallel = body.get("parallel_tool_calls") is not False
    turns = ChatTurns(notes, sees, rules.tools)
    turns.read(body.get("messages"))
    question = Question(
        system=turns.system,
        turns=tuple(turns.turns),
        tools=tools,
        tool_choice=choice,
        schema=schema_in_system(turns.system) if json_object else schema,
        json_object=json_object,
        parallel_tools=parallel,
        now=now,
        temperature=body.get("temperature"),
        top_p=body.get("top_p"),
    )
    return Call(
        asked_model=name,
        model=name,
        max_tokens=limit,
        question=question,
        counted=(turns.system, *turns.counted, *counted_tools(tools)),
        image_tokens=turns.image_tokens,
        stops=_stops(body.get("stop")),
        stream=boolean(body, "stream"),
        include_usage=_include_usage(body.get("stream_options"), notes),
        choices=(integer(body, "n", 1, 16) or 1) if rules.cailag else 1,
        undocumented=tuple(notes.undocumented),
    )


def _model(body: dict[str, Any], rules: ChatRules) -> tuple[str, int | None, bool]:
    """Return the model's id, its output cap (None: not published) and whether it takes pictures."""
    if not rules.cailag:
        model = caicaini_model(body)
        return model.id, model.max_output_tokens, True
    name = text(body, "model", required=True) or ""
    found = cailag_models().get(name)
    if found is None:
        message = f"model: there is no model {name[:80]!r}. GET /v1/models lists those there are."
        raise Refusal(404, message, code="model_not_found")
    return found.id, None, found.supports_vision


def _limit(body: dict[str, Any], cap: int | None, notes: Notes) -> int:
    given = {field: integer(body, field, 1, cap) for field in ("max_tokens", "max_completion_tokens")}
    return given["max_tokens"] or given["max_completion_tokens"] or cap or CAILAG_LIMIT


def _check_sampling(body: dict[str, Any], rules: ChatRules) -> None:
    number(body, "temperature", 0, 2)
    number(body, "top_p", 0, 1)
    text(body, "user")
    if rules.cailag:
        number(body, "presence_penalty", -2, 2)
        number(body, "frequency_penalty", -2, 2)


def _stops(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return stop_list([value], "stop")
    return stop_list(value, "stop")


def _include_usage(value: object, notes: Notes) -> bool:
    if value is None:
        return False
    if not isinstance(value, dict):
        raise bad("stream_options", "must be an object")
    notes.unknown(value, ("include_usage",), "stream_options.")
    return boolean(value, "include_usage", "stream_options.")


def _format(value: object, notes: Notes) -> tuple[dict[str, Any] | None, bool]:
    """Return the JSON Schema asked for, and whether any JSON object is."""
    if value is None:
        return None, False
    if not isinstance(value, dict):
        raise bad("response_format", "must be an object")
    kind = value.get("type")
    if kind == "json_object":
        notes.unknown(value, ("type",), "response_format.")
        return None, True
    if kind == "text":
        notes.add("response_format.type text")
        return None, False
    if kind != "json_schema":
        raise bad("response_format.type", 'must be "json_object"')
    notes.add("response_format.type json_schema")
    wrapper = value.get("json_schema")
    schema = wrapper.get("schema") if isinstance(wrapper, dict) else None
    if not isinstance(schema, dict):
        raise bad("response_format.json_schema.schema", "is required and must be an object")
    return schema, False
