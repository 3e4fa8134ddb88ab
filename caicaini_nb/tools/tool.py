"""A tool: what a model may ask to be run, and one run of it. `tools` makes them of functions, `tool_loop` runs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

__all__ = ["ROUNDS", "Tool", "ToolRun"]

ROUNDS = 8
"""How many answers a model may give by default before it must be done with tools."""


class Tool(msgspec.Struct, frozen=True):
    """A tool on offer.

    `schema` is the JSON Schema of its arguments, an object. `function` is `None` for a tool that is only described;
    `asks` says that a person must agree before each run; `read` turns arguments that satisfy the schema into what the
    function takes (dataclasses, enums, models), and raises `ValueError` for what it cannot.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    function: Callable[..., Any] | None = None
    asks: bool = False
    read: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None


class ToolRun(msgspec.Struct, frozen=True):
    """One call the model asked for, and what it was told: `result` is text, an error's where `is_error` is set.

    `arguments` is `None` where they were no whole JSON object, `ms` `None` where nothing was run.
    """

    id: str
    name: str
    arguments: Mapping[str, Any] | None
    result: str
    is_error: bool = False
    ms: float | None = None
