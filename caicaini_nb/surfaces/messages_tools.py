"""Tools and schemas in the words of the messages surface, which gives data by calling one forced tool."""

from __future__ import annotations

from typing import Any

from ..errors import ConfigurationError
from ..request import Request
from ..tools.tool import Tool

__all__ = ["ANSWER", "tool_fields"]

ANSWER = "answer"
"""The tool that a request with a schema forces: its arguments are the value."""


def tool_fields(request: Request) -> dict[str, Any]:
    """`tools` and `tool_choice`. *auto* is this surface's default, *none* has no word here: no tools are sent."""
    if request.schema is not None:
        if request.tools:
            raise ConfigurationError(
                "The messages surface gives data through a tool, so a schema and tools exclude each other",
                action="Run the tools first and ask for the data in a second call, or use surface='chat'.",
            )
        described = Tool(ANSWER, "Give the answer as data.", request.schema)
        return {"tools": [_tool(described)], "tool_choice": {"type": "tool", "name": ANSWER}}
    if not request.tools or request.tool_choice == "none":
        return {}
    return {"tools": [_tool(tool) for tool in request.tools], "tool_choice": _choice(request.tool_choice)}


def _tool(tool: Tool) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "input_schema": tool.schema}


def _choice(choice: str | None) -> dict[str, Any] | None:
    if choice in (None, "auto"):
        return None
    return {"type": "any"} if choice == "any" else {"type": "tool", "name": choice}
