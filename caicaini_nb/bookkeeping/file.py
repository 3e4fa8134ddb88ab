"""The ledger's file: its tables, older files brought up to date, and the rows that a killed process left open."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..database import Kind, open_database
from .rollup import FILL, ROLLUP_STATEMENTS
from .writing import RESTORE

__all__ = ["LEDGER", "is_alive", "open_file", "open_memory", "process_name"]

ENTRIES = """CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    started_ms INTEGER NOT NULL, provider TEXT NOT NULL, origin TEXT NOT NULL, surface TEXT NOT NULL,
    operation TEXT NOT NULL, attempt INTEGER NOT NULL, model TEXT, model_answered TEXT, status INTEGER,
    outcome TEXT CHECK (outcome IN ('ok', 'error', 'interrupted', 'unknown')), error TEXT,
    input_tokens INTEGER, output_tokens INTEGER, cache_creation_input_tokens INTEGER,
    cache_read_input_tokens INTEGER, credits INTEGER, first_event_ms REAL, total_ms REAL,
    request_id TEXT, message_id TEXT, notebook TEXT, cell TEXT, key_prefix TEXT, process TEXT NOT NULL
)"""
# Who writes, and from which row on: where to look for rows that a killed process left open. An index of open rows
# would cost two pages more in each write.
PROCESSES = "CREATE TABLE processes (name TEXT PRIMARY KEY, first_row INTEGER NOT NULL) WITHOUT ROWID"
# Which lines of other programs' logs are in the ledger, by a digest, so that none is twice.
IMPORTED = "CREATE TABLE imported (line BLOB PRIMARY KEY) WITHOUT ROWID"

# Version 1 kept sums by hour, of fewer columns.
TO_VERSION_2 = ("DROP TRIGGER entries_rollup", "DROP TABLE rollup", *ROLLUP_STATEMENTS, FILL, IMPORTED)

LEDGER = Kind(
    "ledger",
    0x63616963,  # in the file's header, so that another program's version 1 is not taken for ours
    version=2,
    statements=(ENTRIES, PROCESSES, IMPORTED, *ROLLUP_STATEMENTS),
    upgrades=(TO_VERSION_2,),
)

REGISTER = "INSERT OR IGNORE INTO processes SELECT ?, coalesce(max(id), 0) FROM entries"
CLOSE_ORPHANS = "UPDATE entries SET outcome = 'unknown' WHERE id > ? AND process = ? AND outcome IS NULL"


def open_file(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode to a ledger of this version, made if there is none.

    Raises `DatabaseError`, `sqlite3.Error` or `OSError`; the file is left as it was.
    """
    connection = open_database(path, LEDGER)
    try:
        _close_orphans(connection)
        connection.execute(REGISTER, (process_name(),))
    except BaseException:
        connection.close()
        raise
    return connection


def open_memory(under_way: Mapping[int, tuple[Any, ...]]) -> sqlite3.Connection:
    """A ledger that lasts as long as this process, with the rows that are under way: their numbers and `START`s."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    for statement in LEDGER.statements:
        connection.execute(statement)
    connection.executemany(RESTORE, ((row, *values) for row, values in under_way.items()))
    return connection


def process_name() -> str:
    """This process, told apart from an earlier one with the same number where the system says when it began."""
    return f"{os.getpid()}:{_birth(os.getpid()) or ''}"


def _close_orphans(connection: sqlite3.Connection) -> None:
    """Rows that a killed process left open: nobody knows what became of those calls, and the row says so."""
    for name, first_row in connection.execute("SELECT name, first_row FROM processes").fetchall():
        if not is_alive(name):
            connection.execute(CLOSE_ORPHANS, (first_row, name))
            connection.execute("DELETE FROM processes WHERE name = ?", (name,))


def is_alive(name: str) -> bool:
    number, _, birth = name.partition(":")
    if not number.isdigit():
        return False
    if birth:
        return _birth(int(number)) == birth
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _birth(number: int) -> str | None:
    try:
        status = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return None
    return status.rpartition(")")[2].split()[19]
