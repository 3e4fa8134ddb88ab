"""What a frame of the ledger holds: each column's dtype, its unit and what it means. Unknown is NA, never 0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["AMOUNTS", "COLUMNS", "DAY", "STARTED", "Column"]


class Column(NamedTuple):
    """A column's pandas dtype, its unit (empty where it has none), and what it says."""

    dtype: str
    unit: str
    meaning: str


STARTED = "datetime64[ms, UTC]"
DAY = "datetime64[ms]"  # a date has no time zone; which zone's days these are, UTC, is said beside them

COLUMNS: Mapping[str, Column] = {
    "started": Column(STARTED, "UTC", "when the request went out"),
    "provider": Column("category", "", "caicaini or cailag; another name for a row of an imported log"),
    "origin": Column("category", "", "hosted, sandbox, or imported"),
    "surface": Column("category", "", "messages or chat; models, account, usage, count_tokens are free look-ups"),
    "operation": Column("string", "", "groups the attempts of one call"),
    "attempt": Column("Int64", "", "1 for the first request of a call, 2 for the first retry"),
    "model": Column("category", "", "the model that was asked"),
    "model_answered": Column("category", "", "the model that answered, by its own word"),
    "status": Column("Int64", "", "the HTTP status"),
    "outcome": Column("category", "", "ok, error, interrupted, or unknown: nobody can say whether it ran"),
    "error": Column("category", "", "the service's or the client's word for what went wrong"),
    "input_tokens": Column("Int64", "tokens", "what was read"),
    "output_tokens": Column("Int64", "tokens", "what was written"),
    "cache_creation_input_tokens": Column("Int64", "tokens", "what the provider's prompt cache took in"),
    "cache_read_input_tokens": Column("Int64", "tokens", "what the provider's prompt cache gave back"),
    "credits": Column("Int64", "credits", "what was deducted, by the service's word; cailag has none"),
    "first_event_ms": Column("Float64", "ms", "from sending to the first event; a plain call: to the headers"),
    "total_ms": Column("Float64", "ms", "from sending to the end"),
    "request_id": Column("string", "", "the service's id for the request"),
    "message_id": Column("string", "", "the answer's id, to quote to support"),
    "notebook": Column("category", "", "the notebook's file name"),
    "cell": Column("string", "", "the id of the cell"),
    "key_prefix": Column("category", "", "the characters of the key that may be shown"),
    "process": Column("category", "", "the process that sent it"),
}

AMOUNTS = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "credits")
