"""The header of a GGUF file, read before llama.cpp sees the file: what a damaged one does there is not an exception.

It refuses files that are not GGUF, are cut short, or hold no chat template. Values that nobody asks for are skipped.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caicaini_nb.sandbox.model.trouble import ModelError

__all__ = ["Header", "read_header"]

MAGIC = b"GGUF"
VERSIONS = (2, 3)
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9
MOST_KEYS, MOST_TENSORS, LONGEST_TEXT, MOST_DIMENSIONS = 10_000, 100_000, 1 << 24, 8
# by tensor type: values a block, bytes a block; a type that is not here is checked by its offset alone
BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 30: (1, 2),
}  # fmt: skip


@dataclass(frozen=True)
class Header:
    """What the sandbox wants to know of a model; `context_length` is in tokens, `size` in bytes."""

    architecture: str
    context_length: int
    chat_template: str
    size: int


class _Damaged(Exception):
    """The file does not hold what its header says."""


class _Reader:
    """Reads the header's values one after the other."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self._data = data
        self.at = 0

    def scalar(self, code: str) -> Any:
        size = struct.calcsize("<" + code)
        try:
            (value,) = struct.unpack_from("<" + code, self._data, self.at)
        except struct.error:
            raise _Damaged("it ends inside its header") from None
        self.at += size
        return value

    def text(self) -> str:
        length = self.scalar("Q")
        if length > LONGEST_TEXT:
            raise _Damaged("a text in its header is too long")
        raw = self._data[self.at : self.at + length]
        self._skip(length)
        return bytes(raw).decode("utf-8", "replace")

    def value(self) -> Any:
        """Return a scalar or text; of an array, which nobody needs here, None."""
        kind = self.scalar("I")
        if kind == STRING:
            return self.text()
        if kind == ARRAY:
            self._skip_array()
            return None
        return self.scalar(_code(kind))

    def _skip_array(self) -> None:
        kind, count = self.scalar("I"), self.scalar("Q")
        if kind != STRING:
            self._skip(struct.calcsize("<" + _code(kind)) * count)
            return
        for _ in range(count):
            self._skip(self.scalar("Q"))

    def _skip(self, size: int) -> None:
        self.at += size
        if self.at > len(self._data):
            raise _Damaged("it ends inside its header")


def _code(kind: int) -> str:
    if kind not in SCALARS:
        raise _Damaged("its header holds a value of an unknown type")
    return SCALARS[kind]


def read_header(path: Path) -> Header:
    """Read and check a model's header; raises `ModelError`."""
    try:
        with open(path, "rb") as file:
            if file.read(4) != MAGIC:
                raise ModelError(f"{path.name} is not a GGUF file: name a chat model in GGUF format.")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                found, size = _walk(data), len(data)
    except _Damaged as reason:
        raise ModelError(f"{path.name} is damaged: {reason}. Download it again.") from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): name a GGUF file that you may read.") from None
    template = found.get("tokenizer.chat_template")
    if not isinstance(template, str) or not template.strip():
        raise ModelError(f"{path.name} is not a chat model, it has no chat template: name an instruct or chat model.")
    architecture = str(found.get("general.architecture", ""))
    context = found.get(f"{architecture}.context_length")
    if not isinstance(context, int) or context < 1:
        raise ModelError(f"{path.name} does not say how long its context is: name another GGUF chat model.")
    return Header(architecture, context, template, size)


def _walk(data: mmap.mmap) -> dict[str, Any]:
    """Return the header's single values, once all tensors are known to lie inside the file."""
    reader = _Reader(data)
    reader.at = len(MAGIC)
    version, tensors, keys = reader.scalar("I"), reader.scalar("Q"), reader.scalar("Q")
    if version not in VERSIONS:
        raise _Damaged(f"its GGUF version is {version}, not one of {VERSIONS}")
    if not 0 < tensors <= MOST_TENSORS or keys > MOST_KEYS:
        raise _Damaged("its header counts no tensors, or too many things")
    found = {}
    for _ in range(keys):
        key = reader.text()
        found[key] = reader.value()
    end = max(_tensor_end(reader) for _ in range(tensors))
    alignment = found.get("general.alignment") or 32
    start = -(-reader.at // alignment) * alignment
    if start + end > len(data):
        raise _Damaged(f"it is {start + end - len(data):,} bytes short")
    return found


def _tensor_end(reader: _Reader) -> int:
    """Read one tensor's entry; returns where its data end, from where all data begin."""
    reader.text()
    dimensions = reader.scalar("I")
    if dimensions > MOST_DIMENSIONS:
        raise _Damaged("a tensor has too many dimensions")
    values = 1
    for _ in range(dimensions):
        values *= reader.scalar("Q")
    kind, offset = reader.scalar("I"), int(reader.scalar("Q"))
    values_a_block, bytes_a_block = BLOCKS.get(kind, (values or 1, 1))
    return offset + -(-values // values_a_block) * bytes_a_block
