"""The most tokens a call can have, from the very bytes that are posted. Pure; nothing is counted by a service here.

Input: a token of a byte-level vocabulary, as the models behind these services have, stands for at least one byte of
UTF-8 text, so a body has no more tokens than bytes; the JSON around the texts covers the marks that a service sets
around them. Two things are not in the bytes: what a service writes into a prompt on its own, allowed for by a fixed
number, and pictures, whose base64 says nothing about their tokens: each counts as the most that makers of such models
publish for one picture. Both are assumptions, because these services publish neither.

Output: `max_tokens` for each of the `n` answers, thinking included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

__all__ = ["Bound"]

PICTURE = 4_800  # tokens: 4,784 is the highest published for one picture, after scaling
ALLOWANCE = 64  # tokens that no byte of the body stands for
TOOLS_ALLOWANCE = 1_024  # the instructions that a service adds where there are tools
PICTURES = ("image", "image_url")


class Bound(msgspec.Struct, frozen=True):
    """Whose tokens, and how many at most. `output_tokens` is `None` where the body does not bound them."""

    model: str
    input_tokens: int
    output_tokens: int | None

    @classmethod
    def of(cls, body: bytes) -> Bound:
        """From a body as it is posted, on either surface, with whatever `extra` fields have put into it."""
        fields = msgspec.json.decode(body)
        pictures = list(_pictures(fields.get("messages")))
        size = len(body) - sum(len(msgspec.json.encode(picture)) for picture in pictures)
        size += PICTURE * len(pictures) + ALLOWANCE + (TOOLS_ALLOWANCE if fields.get("tools") else 0)
        return cls(str(fields.get("model")), size, _output(fields))

    @property
    def tokens(self) -> int | None:
        return None if self.output_tokens is None else self.input_tokens + self.output_tokens


def _output(fields: Mapping[str, Any]) -> int | None:
    """Where two fields bound it, nobody says which one holds: the larger is taken."""
    given = [fields[name] for name in ("max_tokens", "max_completion_tokens") if fields.get(name) is not None]
    answers = fields.get("n", 1)
    if not given or not all(type(number) is int and number > 0 for number in (*given, answers)):
        return None
    return int(max(given) * answers)


def _pictures(value: Any) -> Iterator[Any]:
    """Every picture among the blocks of messages, also those inside a tool's result."""
    if isinstance(value, list):
        for item in value:
            yield from _pictures(item)
    elif isinstance(value, dict):
        if value.get("type") in PICTURES:
            yield value
        else:
            yield from _pictures(value.get("content"))
