"""What the two conventions' encoders have in common: the shape of an encoder, JSON and server-sent events."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

from caicaini_nb.sandbox.composer import Block, Part
from caicaini_nb.sandbox.refusal import Refusal

__all__ = ["Ending", "Tokens", "Wire", "dump", "event"]

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def dump(value: Any) -> bytes:
    """Encode JSON, characters as they are."""
    return _ENCODER.encode(value).encode("utf-8", "replace")


def event(value: Any, name: str | None = None) -> bytes:
    """Encode one server-sent event, named or not."""
    head = b"" if name is None else b"event: " + name.encode() + b"\n"
    return head + b"data: " + dump(value) + b"\n\n"


@dataclass(frozen=True)
class Tokens:
    """What a call used; `credits` is None where the service has none."""

    input: int
    output: int
    credits: int | None


@dataclass(frozen=True)
class Ending:
    """How one answer ended: `end_turn`, `max_tokens`, `stop_sequence` or `tool_use`."""

    stop_reason: str
    stop_sequence: str | None = None


class Wire(Protocol):
    """An encoder of one answer."""

    @property
    def id(self) -> str:
        """The answer's id."""

    def whole(self, answers: list[tuple[list[Block], Ending]], used: Tokens) -> dict[str, Any]:
        """Return the body of a plain answer."""

    def begin(self, input_tokens: int) -> bytes:
        """Return the events before any content."""

    def part(self, choice: int, part: Part) -> bytes:
        """Return the events of one part; empty when the convention has none for it."""

    def choice_end(self, choice: int, ending: Ending) -> bytes:
        """Return the events that end one of several choices."""

    def ending(self, ending: Ending, used: Tokens) -> bytes:
        """Return the events that carry the outcome and what was used."""

    def terminal(self) -> bytes:
        """Return the event after which nothing comes."""

    def ping(self) -> bytes:
        """Return an event that keeps the connection alive and means nothing."""

    def failure(self, refusal: Refusal) -> bytes:
        """Return an error inside a stream."""

    def unknown(self) -> bytes:
        """Return events of types and with fields that no contract knows."""
