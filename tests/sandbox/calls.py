"""Request bodies the sandbox's tests start from, and a reader of its streams written for the tests alone."""

from __future__ import annotations

import json
import ssl
from functools import partial
from typing import Any

import httpx

__all__ = ["NO_TLS", "QUESTION", "chat_body", "events", "get", "messages_body", "post", "text_of"]

# Loading the certificate store takes longer than a test, and loopback needs none.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
get = partial(httpx.get, verify=NO_TLS, timeout=20)
post = partial(httpx.post, verify=NO_TLS, timeout=20)

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
