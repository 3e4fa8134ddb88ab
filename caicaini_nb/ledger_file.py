"""The ledger's file: its tables, and the rows that a killed process left open.

A rollup by hour is kept by the database itself, so that sums stay fast.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from .database import Kind, open_database

__all__ = ["COLUMNS", "SCHEMA_STATEMENTS", "VERSION", "open_file", "process_name"]

VERSION = 1
APPLICATION = 0x63616963  # in the file's header, so that another program's version 1 is not taken for ours

# In the order of `Entry`'s fields.
COLUMNS = (
    "started_ms", "provider", "origin", "surface", "operation", "attempt", "model", "model_answered", "status",
    "outcome", "error", "input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens",
    "credits", "first_event_ms", "total_ms", "request_id", "message_id", "notebook", "cell", "key_prefix", "process",
)  # fmt: skip

SCHEMA_STATEMENTS = (
    """CREATE TABLE entries (
        id INTEGER PRIMARY KEY,
        started_ms INTEGER NOT NULL, provider TEXT NOT NULL, origin TEXT NOT NULL, surface TEXT NOT NULL,
        operation TEXT NOT NULL, attempt INTEGER NOT NULL, model TEXT, model_answered TEXT, status INTEGER,
        outcome TEXT CHECK (outcome IN ('ok', 'error', 'interrupted', 'unknown')), error TEXT,
        input_tokens INTEGER, output_tokens INTEGER, cache_creation_input_tokens INTEGER,
        cache_read_input_tokens INTEGER, credits INTEGER, first_event_ms REAL, total_ms REAL,
        request_id TEXT, message_id TEXT, notebook TEXT, cell TEXT, key_prefix TEXT, process TEXT NOT NULL
    )""",
    # Who writes, and from which row on: where to look for rows that a killed process left open. An index of open rows
    # would cost two pages more in each write.
    """CREATE TABLE processes (name TEXT PRIMARY KEY, first_row INTEGER NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE rollup (
        hour INTEGER NOT NULL, provider TEXT NOT NULL, origin TEXT NOT NULL, model TEXT NOT NULL,
        outcome TEXT NOT NULL,
        calls INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, credits INTEGER NOT NULL,
        unknown_tokens INTEGER NOT NULL, unknown_credits INTEGER NOT NULL,
        PRIMARY KEY (hour, provider, origin, model, outcome)
    ) WITHOUT ROWID""",
    """CREATE TRIGGER entries_rollup AFTER UPDATE OF outcome ON entries
    WHEN NEW.outcome IS NOT NULL AND OLD.outcome IS NULL AND NEW.surface IN ('messages', 'chat') BEGIN
        INSERT INTO rollup VALUES (
            NEW.started_ms / 3600000, NEW.provider, NEW.origin, coalesce(NEW.model_answered, NEW.model, ''),
            NEW.outcome,
            1, coalesce(NEW.input_tokens, 0), coalesce(NEW.output_tokens, 0), coalesce(NEW.credits, 0),
            NEW.input_tokens IS NULL OR NEW.output_tokens IS NULL, NEW.credits IS NULL
        ) ON CONFLICT DO UPDATE SET
            calls = calls + 1,
            input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
            credits = credits + excluded.credits, unknown_tokens = unknown_tokens + excluded.unknown_tokens,
            unknown_credits = unknown_credits + excluded.unknown_credits;
    END""",
)

REGISTER = "INSERT OR IGNORE INTO processes SELECT ?, coalesce(max(id), 0) FROM entries"
CLOSE_ORPHANS = "UPDATE entries SET outcome = 'unknown' WHERE id > ? AND process = ? AND outcome IS NULL"


def open_file(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode to a ledger at this version, made if there is none.

    Raises `DatabaseError`, `sqlite3.Error` or `OSError`; the file is left as it was.
    """
    connection = open_database(path, Kind("ledger", APPLICATION, VERSION, SCHEMA_STATEMENTS))
    try:
        _close_orphans(connection)
        connection.execute(REGISTER, (process_name(),))
    except BaseException:
        connection.close()
        raise
    return connection


def process_name() -> str:
    """This process, told apart from an earlier one with the same number where the system says when it began."""
    return f"{os.getpid()}:{_birth(os.getpid()) or ''}"


def _close_orphans(connection: sqlite3.Connection) -> None:
    """Rows that a killed process left open: nobody knows what became of those calls, and the row says so."""
    for name, first_row in connection.execute("SELECT name, first_row FROM processes").fetchall():
        if not _alive(name):
            connection.execute(CLOSE_ORPHANS, (first_row, name))
            connection.execute("DELETE FROM processes WHERE name = ?", (name,))


def _alive(name: str) -> bool:
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
