"""Request bodies the sandbox's tests start from, and a reader of its streams written for the tests alone."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["QUESTION", "chat_body", "events", "messages_body", "text_of"]

QUESTION = "Count to 40"


def messages_body(**changes: Any) -> dict[str, Any]:
    """Return a valid messages body with changes; a change to None removes the field."""
    body = {
        "model": "caicaini/haiku",
        "max_tokens": 200,
        "messages": [{"role": "user", "content": QUESTION}],
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


def chat_body(**changes: Any) -> dict[str, Any]:
    """Return a valid chat body with changes; a change to None removes the field."""
    return messages_body(**changes)


def events(raw: bytes) -> list[tuple[str | None, Any]]:
    """Split a stream into (event name, data): JSON where it is JSON, else the text."""
    found = []
    for frame in raw.decode().split("\n\n"):
        lines = [line.partition(": ") for line in frame.split("\n") if line and not line.startswith(":")]
        fields = {name: value for name, _, value in lines}
        if "data" in fields:
            data = fields["data"]
            found.append((fields.get("event"), data if data == "[DONE]" else json.loads(data)))
    return found


def text_of(stream: list[tuple[str | None, Any]]) -> str:
    """Join the text deltas of a messages stream or the content of chat chunks."""
    joined = ""
    for name, data in stream:
        if name == "content_block_delta":
            joined += data["delta"].get("text", "")
        elif name is None and data != "[DONE]" and data.get("choices"):
            joined += data["choices"][0]["delta"].get("content") or ""
    return joined
