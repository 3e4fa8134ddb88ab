"""The ledger's file: its tables, how it is opened, and what happens when it cannot be.

SQLite in WAL mode, so that many kernels write at once; on a network mount, where WAL loses data, the rollback journal.
The file is readable by its owner only. A rollup by hour is kept by the database itself, so that sums stay fast.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from pathlib import Path

__all__ = ["COLUMNS", "SCHEMA_STATEMENTS", "VERSION", "LedgerFileError", "open_file", "process_name"]

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

NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "fuse.sshfs"}


PATIENCE = 10.0  # seconds for a lock that another kernel holds
CHECKPOINT = 4000  # pages of WAL, 16 MB, before they are put in place: that waits for the disk


class LedgerFileError(Exception):
    """Why the file cannot hold a ledger, in words."""


def open_file(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode to a ledger at this version, made if there is none.

    Raises `LedgerFileError`, `sqlite3.Error` or `OSError`; the file is left as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, timeout=PATIENCE, check_same_thread=False)
    try:
        is_new = _check(connection)  # first: the journal mode is written into the file, whoever's it is
        _set_journal(connection, "DELETE" if _on_network(path) else "WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT}")
        if is_new:
            _make_schema(connection)
        _close_orphans(connection)
        connection.execute(REGISTER, (process_name(),))
    except BaseException:
        connection.close()
        raise
    return connection


def process_name() -> str:
    """This process, told apart from an earlier one with the same number where the system says when it began."""
    return f"{os.getpid()}:{_birth(os.getpid()) or ''}"


def _check(connection: sqlite3.Connection) -> bool:
    """Whether the file is empty and wants its tables; `LedgerFileError` where it is not ours or too new."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application == APPLICATION and version > VERSION:
        raise LedgerFileError(f"it was written by a newer caicaini-nb (ledger version {version})")
    if application == APPLICATION:
        return False
    if (application, version) != (0, 0) or connection.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
        raise LedgerFileError("it is a database of something else")
    return True


def _set_journal(connection: sqlite3.Connection, mode: str) -> None:
    """Going over to another mode does not wait for a lock as other statements do, so the waiting is done here."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute(f"PRAGMA journal_mode={mode}")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
        time.sleep(0.01)


def _make_schema(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")  # two kernels may start on no file at once
    try:
        if _check(connection):
            for statement in SCHEMA_STATEMENTS:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id={APPLICATION}")
            connection.execute(f"PRAGMA user_version={VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


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


def _on_network(path: Path) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/self/mounts").read_text().splitlines()]
    except OSError:
        return False
    folder = str(path.resolve().parent) + "/"
    inside = [(len(point), kind) for point, kind in mounts if folder.startswith(point.rstrip("/") + "/")]
    return max(inside, default=(0, ""))[1] in NETWORK_FILE_SYSTEMS
