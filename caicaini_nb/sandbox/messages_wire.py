"""The messages convention on the wire: plain bodies and named server-sent events.

Additions that the vendor SDK's strict types require and the contract does not name: `stop_sequence` in answers,
`signature` in thinking blocks (always empty: the sandbox signs nothing).
"""

from __future__ import annotations

import json
import secrets
from typing import Any

from caicaini_nb.sandbox.composer import Block, Closed, Delta, Opened, Part
from caicaini_nb.sandbox.refusal import Refusal, caicaini_body
from caicaini_nb.sandbox.wire import Ending, Tokens, event

__all__ = ["MessagesWire"]

DELTAS = {
    "text": ("text_delta", "text"),
    "thinking": ("thinking_delta", "thinking"),
    "tool_use": ("input_json_delta", "partial_json"),
}


class MessagesWire:
    """Encodes one answer of `/v1/messages`."""

    def __init__(self, model: str) -> None:
        self.id = f"msg_{secrets.token_hex(12)}"
        self._model = model

    def whole(self, answers: list[tuple[list[Block], Ending]], used: Tokens) -> dict[str, Any]:
        """Return the body of a plain answer."""
        blocks, ending = answers[0]
        message = self._message([_whole_block(block) for block in blocks], _usage(used))
        return message | {"stop_reason": ending.stop_reason, "stop_sequence": ending.stop_sequence}

    def begin(self, input_tokens: int) -> bytes:
        """Return `message_start`."""
        usage = _usage(Tokens(input_tokens, 0, None))
        return event({"type": "message_start", "message": self._message([], usage)}, "message_start")

    def part(self, choice: int, part: Part) -> bytes:
        """Return the event of one part."""
        if isinstance(part, Opened):
            started = {"type": "content_block_start", "index": part.index, "content_block": _empty_block(part)}
            return event(started, "content_block_start")
        if isinstance(part, Closed):
            return event({"type": "content_block_stop", "index": part.index}, "content_block_stop")
        return _delta(part)

    def choice_end(self, choice: int, ending: Ending) -> bytes:
        """Return nothing: this convention has one answer."""
        return b""

    def ending(self, ending: Ending, used: Tokens) -> bytes:
        """Return `message_delta` with the authoritative usage."""
        outcome = {"stop_reason": ending.stop_reason, "stop_sequence": ending.stop_sequence}
        return event({"type": "message_delta", "delta": outcome, "usage": _usage(used)}, "message_delta")

    def terminal(self) -> bytes:
        """Return `message_stop`."""
        return event({"type": "message_stop"}, "message_stop")

    def ping(self) -> bytes:
        """Return `ping`."""
        return event({"type": "ping"}, "ping")

    def failure(self, refusal: Refusal) -> bytes:
        """Return `error`."""
        return event(caicaini_body(refusal), "error")

    def unknown(self) -> bytes:
        """Return a comment, an event without data, an unknown event and an unknown delta."""
        note = event({"type": "sandbox_note", "note": {"unknown": [1, None, "é"]}}, "sandbox_note")
        delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "sandbox_delta", "sparkle": "✨"}}
        return b": a comment\nid: 7\nretry: 3000\n\n" + note + event(delta, "content_block_delta")

    def _message(self, content: list[dict[str, Any]], usage: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "content": content,
            "model": self._model,
            "stop_reason": None,
            "stop_sequence": None,
            "usage": usage,
        }


def _usage(used: Tokens) -> dict[str, Any]:
    usage: dict[str, Any] = {
        "input_tokens": used.input,
        "output_tokens": used.output,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
    }
    return usage if used.credits is None else usage | {"credits_consumed": used.credits}


def _empty_block(part: Opened) -> dict[str, Any]:
    empty: dict[str, dict[str, Any]] = {
        "text": {"type": "text", "text": ""},
        "thinking": {"type": "thinking", "thinking": "", "signature": ""},
        "tool_use": {"type": "tool_use", "id": part.id, "name": part.name, "input": {}},
    }
    return empty[part.kind]


def _whole_block(block: Block) -> dict[str, Any]:
    """A tool call that max_tokens cut has no whole input: it is shown empty, as stop_reason tells."""
    found = _empty_block(Opened(0, block.kind, block.id, block.name))
    if block.kind != "tool_use":
        return found | {block.kind: block.text}
    try:
        return found | {"input": json.loads(block.text)}
    except ValueError:
        return found


def _delta(part: Delta) -> bytes:
    kind, field = DELTAS[part.kind]
    delta = {"type": kind, field: part.text}
    changed = {"type": "content_block_delta", "index": part.index, "delta": delta}
    return event(changed, "content_block_delta")
