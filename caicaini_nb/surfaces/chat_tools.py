"""Tools and schemas in the words of the chat surface. Data comes as a JSON object, its schema told in the system."""

from __future__ import annotations

from typing import Any

import msgspec

from ..request import Request
from ..tools.tool import Tool

__all__ = ["schema_instruction", "tool_fields"]


def tool_fields(request: Request) -> dict[str, Any]:
    """`tools`, `tool_choice` and `response_format`."""
    fields: dict[str, Any] = {}
    if request.tools:
        fields = {"tools": [_tool(tool) for tool in request.tools], "tool_choice": _choice(request)}
    if request.schema is not None:
        # Documented, where a format that carries the schema is not. What comes back is checked against it here.
        fields["response_format"] = {"type": "json_object"}
    return fields


def schema_instruction(request: Request) -> str | None:
    """What the system says of the schema: the service asks for such an instruction beside `json_object`."""
    if request.schema is None:
        return None
    schema = msgspec.json.encode(request.schema).decode()
    return f"Answer with one JSON object that satisfies this JSON Schema, and with nothing else:\n{schema}"


def _tool(tool: Tool) -> dict[str, Any]:
    described = {"name": tool.name, "description": tool.description, "parameters": tool.schema}
    return {"type": "function", "function": described}


def _choice(request: Request) -> Any:
    """*any* has no documented word here: a sole tool is named, of several one is *required*, as common clients say."""
    choice = request.tool_choice
    if choice is None or choice in ("auto", "none"):
        return choice
    if choice == "any":
        if len(request.tools) > 1:
            return "required"
        choice = request.tools[0].name
    return {"type": "function", "function": {"name": choice}}
