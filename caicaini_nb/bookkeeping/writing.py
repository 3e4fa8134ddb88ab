"""How rows get into the ledger's file: begun before a request goes out, completed after its answer, many at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

__all__ = ["END", "INSERT", "RESTORE", "START", "UPDATE", "write_together"]

START = (
    "started_ms", "provider", "origin", "surface", "operation", "attempt", "model", "notebook", "cell", "key_prefix",
    "process",
)  # fmt: skip
END = (
    "status", "outcome", "error", "model_answered", "input_tokens", "output_tokens", "cache_creation_input_tokens",
    "cache_read_input_tokens", "credits", "first_event_ms", "total_ms", "request_id", "message_id",
)  # fmt: skip
INSERT = f"INSERT INTO entries ({', '.join(START)}) VALUES ({', '.join('?' * len(START))})"
RESTORE = INSERT.replace("(", "(id, ", 1).replace("VALUES (", "VALUES (?, ")
UPDATE = f"UPDATE entries SET {', '.join(f'{name} = ?' for name in END)} WHERE id = ?"


def write_together(
    connection: sqlite3.Connection, begun: Sequence[tuple[Any, ...]], ended: Sequence[tuple[Any, ...]]
) -> list[int]:
    """Rows with the values of `START`, and those of `END` with the row's number, in one commit: all of them or none.

    The numbers of the begun, in their order. Raises `sqlite3.Error`.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        rows = [connection.execute(INSERT, values).lastrowid or 0 for values in begun]
        connection.executemany(UPDATE, ended)
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    return rows
