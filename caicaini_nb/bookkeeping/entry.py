"""One row of the ledger, and sums over rows. Values, and how SQL asks for them.

A row holds no prompt, no answer and no key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from ..usage import Usage

__all__ = ["COLUMNS", "MODEL_SURFACES", "SELECT", "TOTALS", "Entry", "Totals", "condition"]

MODEL_SURFACES = ("messages", "chat")
"""Where a model answers: only there can tokens and credits be unknown. The others are look-ups, which are free."""


class Entry(msgspec.Struct, frozen=True):
    """One request that went out. Times in ms; `None` is unknown.

    `outcome` is `ok`, `error`, `interrupted`, `unknown` (nobody can say whether it ran), or `None` while under way.
    `operation` groups the attempts of one call. `origin` is `hosted`, `sandbox`, or `imported` for a row that another
    program's log has told.
    """

    started_ms: int
    provider: str
    origin: str
    surface: str
    operation: str
    attempt: int = 1
    model: str | None = None
    model_answered: str | None = None
    status: int | None = None
    outcome: str | None = None
    error: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    credits: int | None = None
    first_event_ms: float | None = None
    total_ms: float | None = None
    request_id: str | None = None
    message_id: str | None = None
    notebook: str | None = None
    cell: str | None = None
    key_prefix: str | None = None
    process: str = ""

    @property
    def started(self) -> datetime:
        """When it went out, in UTC."""
        return datetime.fromtimestamp(self.started_ms / 1000, UTC)

    @property
    def usage(self) -> Usage:
        return Usage(
            self.input_tokens,
            self.output_tokens,
            self.cache_creation_input_tokens,
            self.cache_read_input_tokens,
            self.credits,
        )


class Totals(msgspec.Struct, frozen=True):
    """Sums over what is known, and for how many rows it is not."""

    calls: int
    input_tokens: int
    output_tokens: int
    credits: int
    unknown_tokens: int
    unknown_credits: int


COLUMNS = Entry.__struct_fields__
"""A row's fields in the order of the file's columns: rows are read by position."""

SELECT = f"SELECT {', '.join(COLUMNS)} FROM entries"
TOTALS = (
    "SELECT count(*), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), coalesce(sum(credits), 0),"
    " sum(input_tokens IS NULL OR output_tokens IS NULL), sum(credits IS NULL) FROM entries"
    " WHERE surface IN ('messages', 'chat')"
)


def condition(equal: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
    """How SQL picks the rows with these values, and the values. Raises `TypeError` for a field that no row has."""
    if unknown := sorted(set(equal) - set(COLUMNS)):
        raise TypeError(f"A ledger row has no {', '.join(unknown)}; it has {', '.join(COLUMNS)}")
    if not equal:
        return "", ()
    return " WHERE " + " AND ".join(f"{name} IS ?" for name in equal), tuple(equal.values())
