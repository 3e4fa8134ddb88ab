"""What a stream means, whichever surface it came over: started, text, thinking, tool, finished.

Events are frozen msgspec structs, not dataclasses: a frozen dataclass takes five times as long to make, and a stream
makes one for each token.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from .usage import Usage

__all__ = ["Event", "Finished", "Started", "Text", "Thinking", "ToolInput", "ToolUse"]


class Started(msgspec.Struct, frozen=True, gc=False):
    """The answer began: its id, the model that answers, the usage known so far."""

    id: str | None
    model: str | None
    usage: Usage = Usage()


class Text(msgspec.Struct, frozen=True, gc=False):
    """More text of block `index` of answer `choice`."""

    text: str
    index: int = 0
    choice: int = 0


class Thinking(msgspec.Struct, frozen=True, gc=False):
    """More of the model's thinking; `signature` comes once, at its end, where the service signs it."""

    text: str
    index: int = 0
    choice: int = 0
    signature: str | None = None


class ToolUse(msgspec.Struct, frozen=True, gc=False):
    """The model begins to call a tool; its arguments follow as `ToolInput`."""

    id: str
    name: str
    index: int = 0
    choice: int = 0


class ToolInput(msgspec.Struct, frozen=True, gc=False):
    """More of a tool call's arguments, as JSON text."""

    partial_json: str
    index: int = 0
    choice: int = 0


class Finished(msgspec.Struct, frozen=True, gc=False):
    """One answer is complete. `usage` is final; on the chat surface a last `Finished` may bring it alone."""

    stop_reason: str | None
    usage: Usage = Usage()
    choice: int = 0


Event: TypeAlias = Started | Text | Thinking | ToolUse | ToolInput | Finished
