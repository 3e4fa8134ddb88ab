"""The engine protocol: what the sandbox asks of whatever writes its answers.

A `Question` is a request with the wire taken off; an `Engine` turns it into pieces. Engines know nothing of
HTTP, credits, token limits or stop sequences: the server cuts, meters and paces what they yield. Nothing here
validates a request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

__all__ = [
    "Engine",
    "Picture",
    "Piece",
    "Question",
    "Text",
    "Thinking",
    "ToolCall",
    "ToolResult",
    "ToolSpec",
    "ToolUse",
    "Turn",
]


@dataclass(frozen=True)
class ToolCall:
    """A call an earlier assistant turn made."""

    id: str
    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ToolResult:
    """What the caller's code answered to one earlier tool call."""

    id: str
    name: str
    text: str
    is_error: bool = False


@dataclass(frozen=True)
class ToolSpec:
    """A tool on offer; `schema` is the JSON Schema of its arguments."""

    name: str
    description: str = ""
    schema: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Picture:
    """A picture as it came: format (`PNG`, `JPEG`, `GIF` or `WebP`), size in pixels, and the checked bytes."""

    format: str
    width: int
    height: int
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Turn:
    """One message: text, the pictures that came with it, tool calls (assistant) or tool results (user)."""

    role: str
    text: str
    images: tuple[Picture, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()


@dataclass(frozen=True)
class Question:
    """Everything an engine may look at; `now` is the account's clock, so answers about dates are repeatable.

    `tool_choice` is `auto`, `any`, `none` or `name:<tool>`. `schema` asks for JSON that satisfies it,
    `json_object` for any JSON object. `thinking_budget` is in tokens; `None` means thinking is off. `temperature` and
    `top_p` are `None` when the request sets none; `choice` counts the answers to one request from 0.
    """

    system: str
    turns: tuple[Turn, ...]
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: str = "auto"
    schema: dict[str, Any] | None = None
    json_object: bool = False
    thinking_budget: int | None = None
    parallel_tools: bool = True
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    temperature: float | None = None
    top_p: float | None = None
    choice: int = 0


@dataclass(frozen=True)
class Thinking:
    """Text of the thinking block; at most one, before everything else."""

    text: str


@dataclass(frozen=True)
class Text:
    """Text of the answer; consecutive pieces belong to one block."""

    text: str


@dataclass(frozen=True)
class ToolUse:
    """A tool the engine asks the caller to run."""

    name: str
    arguments: dict[str, Any]


Piece = Thinking | Text | ToolUse


class Engine(Protocol):
    """What writes the sandbox's answers."""

    @property
    def name(self) -> str:
        """Short name shown in the sandbox's status, such as `rules`."""

    def answer(self, question: Question) -> Iterator[Piece]:
        """Yield the pieces of one answer, thinking first; the same question always gives the same pieces."""
