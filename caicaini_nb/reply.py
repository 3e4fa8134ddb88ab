"""What came back: blocks, choices, and the `Reply` that holds them.

A reply is the same whether it was streamed or not. What the service sent beyond the fields here is in `raw`; what it
did not send is `None`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from .errors import ConfigurationError
from .tools.tool import ToolRun
from .usage import RateLimit, Usage, sum_usage

__all__ = ["Block", "Choice", "OtherBlock", "Reply", "TextBlock", "ThinkingBlock", "Timing", "ToolUseBlock"]


class TextBlock(msgspec.Struct, frozen=True):
    text: str


class ThinkingBlock(msgspec.Struct, frozen=True):
    thinking: str
    signature: str | None = None


class ToolUseBlock(msgspec.Struct, frozen=True, eq=False):
    """A call the model asks for. `input` is `None` when its JSON is incomplete or wrong: such a call must not run."""

    id: str
    name: str
    input: Mapping[str, Any] | None
    # Not compared: a plain answer on the messages surface has the arguments, but not their text.
    partial_json: str = ""

    def __eq__(self, other: object) -> bool:
        """By what is asked for; a plain answer never had the JSON text."""
        if not isinstance(other, ToolUseBlock):
            return NotImplemented
        return (self.id, self.name, self.input) == (other.id, other.name, other.input)

    def __hash__(self) -> int:
        return hash((self.id, self.name))


class OtherBlock(msgspec.Struct, frozen=True):
    """A block of a type that was not documented when this was written, as it came."""

    raw: Mapping[str, Any]


Block: TypeAlias = TextBlock | ThinkingBlock | ToolUseBlock | OtherBlock


class Choice(msgspec.Struct, frozen=True):
    """One of the answers to a request with `n` > 1."""

    index: int
    blocks: tuple[Block, ...]
    stop_reason: str | None

    @property
    def text(self) -> str:
        return "".join(block.text for block in self.blocks if isinstance(block, TextBlock))


class Timing(msgspec.Struct, frozen=True):
    """Milliseconds from sending: to the first event (a plain call: to the headers), in all, to the first token.

    A plain call has no first token: its text comes in one piece.
    """

    first_event_ms: float | None = None
    total_ms: float | None = None
    first_token_ms: float | None = None


class Reply(msgspec.Struct, frozen=True):
    """One answer, or what had arrived of it.

    `stop_reason` is in the messages surface's words (`end_turn`, `tool_use`, `max_tokens`, `stop_sequence`) on both
    surfaces, `None` while unknown. `complete` is false for a stream that broke or was interrupted. `value` is what a
    schema asked for; `earlier` holds the rounds before this one (tool calls, a repair), `runs` what came of the tool
    calls of this one; a `cached` reply cost nothing; an `unbounded` one is the first of a model under a budget.
    """

    choices: tuple[Choice, ...] = ()
    usage: Usage = msgspec.field(default_factory=Usage)
    id: str | None = None
    model: str | None = None
    request_id: str | None = None
    rate_limit: RateLimit | None = None
    raw: Mapping[str, Any] = msgspec.field(default_factory=dict)
    complete: bool = True
    provider: str | None = None
    surface: str | None = None
    origin: str | None = None
    engine: str | None = None
    attempts: int = 1
    timing: Timing = msgspec.field(default_factory=Timing)
    value: Any = None
    earlier: tuple[Reply, ...] = ()
    runs: tuple[ToolRun, ...] = ()
    cached: bool = False
    unbounded: bool = False

    @property
    def total_usage(self) -> Usage:
        """What all rounds used together; unknown where one of them is."""
        return sum_usage([*(reply.usage for reply in self.earlier), self.usage]) if self.earlier else self.usage

    def frame(self) -> Any:
        """The value as a DataFrame, as `caicaini_nb.schemas.frames.frame` says: a list of objects row by row."""
        if self.value is None:
            raise ConfigurationError("This reply holds no data", action="Ask for it with schema=….")
        from .schemas.frames import frame  # only data needs it

        return frame(self.value)

    @property
    def text(self) -> str:
        return self.choices[0].text if self.choices else ""

    @property
    def blocks(self) -> tuple[Block, ...]:
        return self.choices[0].blocks if self.choices else ()

    @property
    def stop_reason(self) -> str | None:
        return self.choices[0].stop_reason if self.choices else None

    @property
    def thinking(self) -> str:
        return "".join(block.thinking for block in self.blocks if isinstance(block, ThinkingBlock))

    @property
    def tool_uses(self) -> tuple[ToolUseBlock, ...]:
        return tuple(block for block in self.blocks if isinstance(block, ToolUseBlock))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        text = self.text if len(self.text) <= 60 else f"{self.text[:59]}…"
        broken = "" if self.complete else ", incomplete"
        return f"Reply({text!r}, model={self.model!r}, {self.usage}{broken})"
