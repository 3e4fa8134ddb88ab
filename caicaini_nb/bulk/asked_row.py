"""How one row was asked, and what is written down of it in the end."""

from __future__ import annotations

from typing import Any

from ..errors import CaicainiError
from ..reply import Reply
from .outcome import Answered

__all__ = ["AskedRow", "answered", "failed"]


class AskedRow:
    """How often one row was asked, and whether an earlier request for it may have been charged."""

    def __init__(self, key: str, doubt: bool) -> None:
        self.key = key
        self.doubt = doubt
        self.attempts = 0


def answered(
    asked: AskedRow, reply: Reply, *, data: Any, error: str | None = None, message: str | None = None
) -> Answered:
    used = reply.total_usage
    return Answered(
        asked.key, data, reply.text or None, error, message, used.input_tokens, used.output_tokens, used.credits,
        asked.attempts, reply.id, reply.model, asked.doubt,
    )  # fmt: skip


def failed(asked: AskedRow, error: CaicainiError) -> Answered:
    """What had arrived was paid for: its cost is the row's, too."""
    kind = type(error).__name__
    if isinstance(error.reply, Reply):
        return answered(asked, error.reply, data=None, error=kind, message=error.cause)
    return Answered(asked.key, error=kind, message=error.cause, attempts=asked.attempts, doubt=asked.doubt)
