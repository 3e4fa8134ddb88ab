"""A GGUF file written for tests: the header llama.cpp's models have, with one small tensor, and room to spoil it."""

from __future__ import annotations

import struct
from pathlib import Path

__all__ = ["gguf"]

TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"


def _text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def _pair(key: str, value: str | int | list[str]) -> bytes:
    if isinstance(value, str):
        return _text(key) + struct.pack("<I", 8) + _text(value)
    if isinstance(value, int):
        return _text(key) + struct.pack("<II", 4, value)
    return _text(key) + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(_text, value))


def gguf(path: Path, *, template: str | None = TEMPLATE, context: int | None = 2_048, version: int = 3) -> Path:
    """Write a file with 64 values of F32 in one tensor; `None` leaves a key out."""
    values: dict[str, str | int | list[str]] = {"general.architecture": "tiny", "tokenizer.ggml.tokens": ["a", "bc"]}
    if context is not None:
        values["tiny.context_length"] = context
    if template is not None:
        values["tokenizer.chat_template"] = template
    head = b"GGUF" + struct.pack("<IQQ", version, 1, len(values))
    head += b"".join(_pair(key, value) for key, value in values.items())
    head += _text("weight") + struct.pack("<IQIQ", 1, 64, 0, 0)
    head += b"\0" * (-len(head) % 32)
    path.write_bytes(head + b"\0" * 256)
    return path
