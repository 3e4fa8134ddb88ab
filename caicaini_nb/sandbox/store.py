"""What outlives the process: accounts, keys (as digests), top-ups and usage, in one SQLite file.

Every change is committed before it is answered, so killing the process loses nothing that was acknowledged. No
prompt and no key is ever written. Unused accounts are dropped after 30 days.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

__all__ = ["Store"]

FILE = "accounts-1.sqlite"  # the number is the schema's: another schema is another file
KEPT_SECONDS = 30 * 86_400
SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
    id TEXT PRIMARY KEY, credits INTEGER NOT NULL CHECK (credits >= 0), used REAL NOT NULL, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS key (
    digest TEXT PRIMARY KEY, id TEXT NOT NULL, account TEXT NOT NULL REFERENCES account ON DELETE CASCADE,
    shown TEXT NOT NULL, created REAL NOT NULL, revoked REAL);
CREATE TABLE IF NOT EXISTS top_up (
    account TEXT NOT NULL REFERENCES account ON DELETE CASCADE, at REAL NOT NULL, cents INTEGER NOT NULL,
    credits INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS usage (
    account TEXT NOT NULL REFERENCES account ON DELETE CASCADE, date TEXT NOT NULL, model TEXT NOT NULL,
    requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
    credits_consumed INTEGER NOT NULL, PRIMARY KEY (account, date, model)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS key_account ON key (account);
CREATE INDEX IF NOT EXISTS top_up_account ON top_up (account);
"""
COUNT = """
INSERT INTO usage VALUES (?, ?, ?, 1, ?, ?, ?) ON CONFLICT DO UPDATE SET requests = requests + 1,
    input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
    credits_consumed = credits_consumed + excluded.credits_consumed
"""


class Store:
    """The state file in `folder`; `fresh` discards what was there."""

    def __init__(self, folder: Path, fresh: bool = False) -> None:
        path = folder / FILE
        if fresh:
            for suffix in ("", "-wal", "-shm"):
                path.with_name(FILE + suffix).unlink(missing_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._database = sqlite3.connect(path, isolation_level=None, timeout=5)
        self._database.row_factory = sqlite3.Row
        for line in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            self._database.execute(f"PRAGMA {line}")
        self._database.executescript(SCHEMA)
        self._database.execute("DELETE FROM account WHERE used < ?", (time.time() - KEPT_SECONDS,))

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def add_account(self, identity: str, credits_: int, state: dict[str, Any]) -> None:
        """Add an account."""
        self._database.execute(
            "INSERT INTO account VALUES (?, ?, ?, ?)", (identity, credits_, time.time(), json.dumps(state))
        )

    def account(self, identity: str) -> tuple[int, dict[str, Any]] | None:
        """Return an account's credits and state, None when there is no such account."""
        row = self._row("SELECT credits, state FROM account WHERE id = ?", identity)
        return None if row is None else (int(row["credits"]), json.loads(row["state"]))

    def account_ids(self) -> list[str]:
        """List the accounts, the one opened last first."""
        rows = self._database.execute("SELECT id FROM account ORDER BY used DESC, rowid DESC")
        return [str(row["id"]) for row in rows]

    def save_state(self, identity: str, state: dict[str, Any]) -> None:
        """Store an account's state."""
        values = (json.dumps(state), time.time(), identity)
        self._database.execute("UPDATE account SET state = ?, used = ? WHERE id = ?", values)

    def add_key(self, digest: str, identity: str, account: str, shown: str) -> None:
        """Add a key by its digest."""
        values = (digest, identity, account, shown, time.time())
        self._database.execute("INSERT INTO key VALUES (?, ?, ?, ?, ?, NULL)", values)

    def key(self, digest: str) -> dict[str, Any] | None:
        """Find a key by its digest."""
        row = self._row("SELECT * FROM key WHERE digest = ?", digest)
        return None if row is None else dict(row)

    def keys(self, account: str) -> list[dict[str, Any]]:
        """List an account's keys, oldest first."""
        rows = self._database.execute("SELECT * FROM key WHERE account = ? ORDER BY created, rowid", (account,))
        return [dict(row) for row in rows]

    def revoke(self, digest: str) -> None:
        """Revoke a key for good."""
        values = (time.time(), digest)
        self._database.execute("UPDATE key SET revoked = ? WHERE digest = ? AND revoked IS NULL", values)

    def top_up(self, account: str, at: float, cents: int, credits_: int) -> None:
        """Add a confirmed top-up and its credits, both or neither; `at` is the account's time."""
        with self._transaction():
            self._database.execute("INSERT INTO top_up VALUES (?, ?, ?, ?)", (account, at, cents, credits_))
            change = "UPDATE account SET credits = credits + ? WHERE id = ?"
            self._database.execute(change, (credits_, account))

    def lifetime_cents(self, account: str, until: float) -> int:
        """Return what was topped up until a moment, in cents."""
        query = "SELECT coalesce(sum(cents), 0) AS cents FROM top_up WHERE account = ? AND at <= ?"
        row = self._row(query, account, until)
        return 0 if row is None else int(row["cents"])

    def forget_top_ups(self, account: str) -> None:
        """Forget an account's top-ups, as before any."""
        self._database.execute("DELETE FROM top_up WHERE account = ?", (account,))

    def charge(self, account: str, date: str, model: str, input_tokens: int, output_tokens: int, credits_: int) -> None:
        """Take credits and count the usage, both or neither."""
        with self._transaction():
            change = "UPDATE account SET credits = credits - ?, used = ? WHERE id = ?"
            self._database.execute(change, (credits_, time.time(), account))
            self._database.execute(COUNT, (account, date, model, input_tokens, output_tokens, credits_))

    def usage(self, account: str, start: str, end: str) -> list[dict[str, Any]]:
        """Return usage by day and model between two dates, both included."""
        query = (
            "SELECT date, model, requests, input_tokens, output_tokens, credits_consumed FROM usage "
            "WHERE account = ? AND date BETWEEN ? AND ? ORDER BY date, model"
        )
        return [dict(row) for row in self._database.execute(query, (account, start, end))]

    def _row(self, query: str, *values: object) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self._database.execute(query, values).fetchone()
        return found

    def _transaction(self) -> sqlite3.Connection:
        """A connection in a transaction: its `with` commits, or rolls back on an error."""
        self._database.execute("BEGIN IMMEDIATE")
        return self._database
