"""Tools on offer and the choice among them, in both conventions' shapes."""

from __future__ import annotations

import json
import re
from typing import Any

from caicaini_nb.sandbox.engine import ToolSpec
from caicaini_nb.sandbox.validation.fields import Notes, bad, objects, text

__all__ = ["chat_choice", "chat_tools", "counted_tools", "messages_choice", "messages_tools"]

NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")


def messages_tools(value: object, notes: Notes) -> tuple[ToolSpec, ...]:
    """Read `tools` of a messages body."""
    if value is None:
        return ()
    tools = []
    for index, tool in enumerate(objects(value, "tools")):
        where = f"tools.{index}."
        notes.unknown(tool, ("name", "description", "input_schema"), where)
        tools.append(_tool(tool, "input_schema", where, required=True))
    return _distinct(tools, "tools.{}.name")


def chat_tools(value: object, notes: Notes, documented: bool) -> tuple[ToolSpec, ...]:
    """Read `tools` of a chat body: functions."""
    if value is None:
        return ()
    if not documented:
        notes.add("tools")
    tools = []
    for index, tool in enumerate(objects(value, "tools")):
        where = f"tools.{index}."
        notes.unknown(tool, ("type", "function"), where)
        if tool.get("type") != "function":
            raise bad(f"{where}type", 'must be "function"')
        function = tool.get("function")
        if not isinstance(function, dict):
            raise bad(f"{where}function", "must be an object")
        notes.unknown(function, ("name", "description", "parameters"), f"{where}function.")
        function = _typed(function, f"{where}function.", notes)
        tools.append(_tool(function, "parameters", f"{where}function.", required=False))
    return _distinct(tools, "tools.{}.function.name")


def messages_choice(value: object, tools: tuple[ToolSpec, ...], notes: Notes) -> tuple[str, bool]:
    """Read `tool_choice` of a messages body; returns the choice and whether several calls are allowed."""
    if value is None:
        return "auto", True
    if not isinstance(value, dict):
        raise bad("tool_choice", "must be an object")
    notes.unknown(value, ("type", "name"), "tool_choice.")
    kind = value.get("type")
    if kind in ("auto", "none"):
        notes.add(f"tool_choice.type {kind}")
    elif kind not in ("any", "tool"):
        raise bad("tool_choice.type", 'must be "any", or "tool" with the name of one')
    parallel = value.get("disable_parallel_tool_use") is not True
    if kind == "tool":
        return _named(value.get("name"), tools, "tool_choice.name"), parallel
    return _unless_empty(str(kind), tools), parallel


def chat_choice(value: object, tools: tuple[ToolSpec, ...], notes: Notes) -> str:
    """Read `tool_choice` of a chat body."""
    if value is None:
        return "auto"
    if isinstance(value, dict):
        notes.unknown(value, ("type", "function"), "tool_choice.")
        function = value.get("function")
        if value.get("type") != "function" or not isinstance(function, dict):
            raise bad("tool_choice", 'must be "none", "auto" or an object naming a function')
        return _named(function.get("name"), tools, "tool_choice.function.name")
    if value == "required":
        notes.add("tool_choice required")
        return _unless_empty("any", tools)
    if value not in ("none", "auto"):
        raise bad("tool_choice", 'must be "none", "auto" or an object naming a function')
    return str(value)


def counted_tools(tools: tuple[ToolSpec, ...]) -> tuple[str, ...]:
    """Return the texts of the tools that count as input."""
    return tuple(f"{tool.name} {tool.description} {json.dumps(tool.schema)}" for tool in tools)


def _tool(found: dict[str, Any], schema_field: str, where: str, required: bool) -> ToolSpec:
    name = text(found, "name", where, required=True) or ""
    if NAME.fullmatch(name) is None:
        raise bad(f"{where}name", "must be 1 to 128 letters, digits, _ or -")
    schema = found.get(schema_field)
    if schema is None and not required:
        schema = {"type": "object", "properties": {}}
    if not isinstance(schema, dict):
        raise bad(f"{where}{schema_field}", "is required and must be a JSON Schema object")
    if schema.get("type") != "object":
        raise bad(f"{where}{schema_field}.type", 'must be "object"')
    return ToolSpec(name, text(found, "description", where) or "", schema)


def _typed(function: dict[str, Any], where: str, notes: Notes) -> dict[str, Any]:
    """Read parameters without a type as those of an object: what clients send for a function without any."""
    parameters = function.get("parameters")
    if not isinstance(parameters, dict) or "type" in parameters:
        return function
    notes.add(f"{where}parameters without a type")
    return function | {"parameters": {"type": "object"} | parameters}


def _distinct(tools: list[ToolSpec], field: str) -> tuple[ToolSpec, ...]:
    names = set()
    for index, tool in enumerate(tools):
        if tool.name in names:
            raise bad(field.format(index), f"{tool.name} is offered twice")
        names.add(tool.name)
    return tuple(tools)


def _named(name: object, tools: tuple[ToolSpec, ...], field: str) -> str:
    if name not in [tool.name for tool in tools]:
        raise bad(field, "must name a tool in tools")
    return f"name:{name}"


def _unless_empty(choice: str, tools: tuple[ToolSpec, ...]) -> str:
    if choice == "any" and not tools:
        raise bad("tool_choice", "asks for a tool, but tools holds none")
    return choice
