"""The chat-completions convention on the wire, for both services: plain bodies, and chunks ended by `[DONE]`.

Additions that the vendor SDK's types expect and the contract does not name: `logprobs` (always null).
"""

from __future__ import annotations

import secrets
import time
from typing import Any

from caicaini_nb.sandbox.composer import Block, Closed, Opened, Part
from caicaini_nb.sandbox.refusal import Refusal, caicaini_body, cailag_body
from caicaini_nb.sandbox.wire import Ending, Tokens, event

__all__ = ["ChatWire"]

FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
}


class ChatWire:
    """Encodes one answer of a `/chat/completions`."""

    def __init__(self, model: str, include_usage: bool, cailag: bool) -> None:
        self.id = f"chatcmpl_{secrets.token_hex(12)}"
        self._model = model
        self._include_usage = include_usage
        self._cailag = cailag
        self._created = int(time.time())
        self._started: set[int] = set()
        self._calls: dict[tuple[int, int], int] = {}  # (choice, block) → place among the choice's tool calls

    def whole(self, answers: list[tuple[list[Block], Ending]], used: Tokens) -> dict[str, Any]:
        """Return the body of a plain answer."""
        choices = [
            {
                "index": index,
                "message": _message(blocks),
                "logprobs": None,
                "finish_reason": FINISH_REASONS[ending.stop_reason],
            }
            for index, (blocks, ending) in enumerate(answers)
        ]
        return self._object("chat.completion") | {"choices": choices, "usage": _usage(used)}

    def begin(self, input_tokens: int) -> bytes:
        """Return the first chunk, which names the role."""
        return self._first(0)

    def part(self, choice: int, part: Part) -> bytes:
        """Return the chunk of one part; thinking has none in this convention."""
        first = b"" if choice in self._started else self._first(choice)
        if isinstance(part, Closed):
            return first
        if isinstance(part, Opened):
            return first + (self._call(choice, part) if part.kind == "tool_use" else b"")
        if part.kind == "tool_use":
            place = self._calls[choice, part.index]
            return first + self._tool_chunk(choice, {"index": place, "function": {"arguments": part.text}})
        return first + (self._chunk(choice, {"content": part.text}) if part.kind == "text" else b"")

    def choice_end(self, choice: int, ending: Ending) -> bytes:
        """Return the chunk that ends a choice."""
        first = b"" if choice in self._started else self._first(choice)
        return first + self._chunk(choice, {}, FINISH_REASONS[ending.stop_reason])

    def ending(self, ending: Ending, used: Tokens) -> bytes:
        """Return the chunk with empty choices that carries the usage, when it was asked for."""
        if not self._include_usage:
            return b""
        return event(self._object("chat.completion.chunk") | {"choices": [], "usage": _usage(used)})

    def terminal(self) -> bytes:
        """Return `[DONE]`."""
        return b"data: [DONE]\n\n"

    def ping(self) -> bytes:
        """Return a comment: this convention has no ping event."""
        return b": ping\n\n"

    def failure(self, refusal: Refusal) -> bytes:
        """Return the service's error body as a frame."""
        return event(cailag_body(refusal) if self._cailag else caicaini_body(refusal))

    def unknown(self) -> bytes:
        """Return a comment, an event without data, a chunk of an unknown kind and one with unknown fields."""
        note = self._object("chat.completion.note") | {"choices": [], "note": {"unknown": [1, None, "é"]}}
        odd = self._chunk(0, {"sparkle": "✨"})
        return b": a comment\nid: 7\nretry: 3000\n\n" + event(note) + odd

    def _first(self, choice: int) -> bytes:
        self._started.add(choice)
        return self._chunk(choice, {"role": "assistant", "content": ""})

    def _call(self, choice: int, part: Opened) -> bytes:
        place = sum(1 for known, _ in self._calls if known == choice)
        self._calls[choice, part.index] = place
        function = {"name": part.name, "arguments": ""}
        return self._tool_chunk(choice, {"index": place, "id": part.id, "type": "function", "function": function})

    def _tool_chunk(self, choice: int, call: dict[str, Any]) -> bytes:
        return self._chunk(choice, {"tool_calls": [call]})

    def _chunk(self, choice: int, delta: dict[str, Any], finish: str | None = None) -> bytes:
        change = {"index": choice, "delta": delta, "logprobs": None, "finish_reason": finish}
        return event(self._object("chat.completion.chunk") | {"choices": [change]})

    def _object(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self._created, "model": self._model}


def _usage(used: Tokens) -> dict[str, Any]:
    usage = {
        "prompt_tokens": used.input,
        "completion_tokens": used.output,
        "total_tokens": used.input + used.output,
    }
    return usage if used.credits is None else usage | {"credits_consumed": used.credits}


def _message(blocks: list[Block]) -> dict[str, Any]:
    said = "".join(block.text for block in blocks if block.kind == "text")
    calls = [
        {"id": block.id, "type": "function", "function": {"name": block.name, "arguments": block.text}}
        for block in blocks
        if block.kind == "tool_use"
    ]
    message: dict[str, Any] = {"role": "assistant", "content": said if said or not calls else None}
    return message | {"tool_calls": calls} if calls else message
