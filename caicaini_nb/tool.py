"""A tool: what a model may ask to be run. The value alone; `tools` makes it from functions, `tool_loop` runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

__all__ = ["Tool"]


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
