"""Replies that were paid for once: the same request gives the same reply, and nothing is sent.

They are kept in a file of their own, for its owner's eyes only, because they hold what models wrote; what you wrote is
in it as a digest. What makes a request the same is its provider, base, path and body, byte for byte, streamed or not.
Beside them stands what each use of one has saved: when, which model, tokens and credits, nothing of the request.
A file that cannot be read or written is said once, and calls go on without it.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
import warnings
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import astuple, replace

from .config import cache_path
from .database import DatabaseError, Kind, open_database
from .errors import ConfigurationError, SchemaMismatchError
from .interrupts import held
from .kept_reply import is_worth_keeping, read_reply, read_usage, write_reply
from .plan import Plan
from .reply import Reply, Timing
from .usage import Usage

__all__ = ["HIT_COLUMNS", "Kept", "ReplyCache"]

LARGEST_FILE = 256 * 1024 * 1024  # bytes; beyond it the oldest replies go
LARGEST_REPLY = 16 * 1024 * 1024
TABLE = """CREATE TABLE replies (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, kept_ms INTEGER NOT NULL, reply BLOB NOT NULL
)"""
HIT_COLUMNS = (
    "hit_ms", "provider", "origin", "surface", "model", "input_tokens", "output_tokens", "cache_creation_input_tokens",
    "cache_read_input_tokens", "credits",
)  # fmt: skip
HITS = """CREATE TABLE hits (
    id INTEGER PRIMARY KEY, hit_ms INTEGER NOT NULL, provider TEXT, origin TEXT, surface TEXT, model TEXT,
    input_tokens INTEGER, output_tokens INTEGER, cache_creation_input_tokens INTEGER, cache_read_input_tokens INTEGER,
    credits INTEGER
)"""
REPLIES = Kind("reply cache", 0x63616972, 2, (TABLE, HITS), upgrades=((HITS,),))
FORMAT = b"1"  # of what is digested and kept: another one is another request
FIND = "SELECT reply FROM replies WHERE digest = ?"
KEEP = "INSERT OR REPLACE INTO replies (digest, kept_ms, reply) VALUES (?, ?, ?)"
NOTE = f"INSERT INTO hits ({', '.join(HIT_COLUMNS)}) VALUES ({', '.join('?' * len(HIT_COLUMNS))})"
READ_HITS = f"SELECT {', '.join(HIT_COLUMNS)} FROM hits ORDER BY id"
DROP_OLDEST = "DELETE FROM replies WHERE id IN (SELECT id FROM replies ORDER BY id LIMIT ?)"
USED = (
    "SELECT (page_count - freelist_count) * page_size"
    " FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()"
)


class Kept(NamedTuple):
    """How many replies are kept, in how many bytes."""

    replies: int
    size: int


class _Unfit(Exception):
    """A kept answer is not the data that is asked for now."""


class ReplyCache:
    """The file of kept replies, shared by all kernels. `path` defaults to `CAICAINI_CACHE` or your data folder.

    `problem` says why it is not used, or not added to.
    """

    def __init__(self, path: str | Path | None = None, *, largest: int = LARGEST_FILE) -> None:
        self.path = Path(path) if path is not None else cache_path()
        self.problem: str | None = None
        self._largest = largest
        self._lock = threading.RLock()
        self._owner = 0
        self._connection: sqlite3.Connection | None = None
        self._inherited: list[sqlite3.Connection | None] = []
        self._is_readable = self._is_writable = True

    def keep(self, provider: str, base: str, plan: Plan, reply: Reply) -> None:
        """Keep a whole reply; one that broke off or is too large is passed over."""
        if not self._is_writable or not is_worth_keeping(reply):
            return
        try:
            written = write_reply(reply)
        except (TypeError, ValueError):
            return  # it holds what no JSON does
        if len(written) > LARGEST_REPLY:
            return
        with held(), self._locked():
            try:
                connection = self._open()
                connection.execute(KEEP, (_digest(provider, base, plan), time.time_ns() // 1_000_000, written))
                self._make_room(connection)
            except (DatabaseError, sqlite3.Error, OSError) as error:
                self._is_writable = False
                self._say(error)

    def recall(self, provider: str, base: str, plan: Plan) -> Reply | None:
        """The reply to the same request, at no cost, or `None`. A value is read as the plan asks for it."""
        if not self._is_readable:
            return None
        began = time.perf_counter()
        with self._locked():
            try:
                found = self._open().execute(FIND, (_digest(provider, base, plan),)).fetchone()
            except (DatabaseError, sqlite3.Error, OSError) as error:
                self._is_readable = self._is_writable = False
                self._say(error)
                return None
        try:
            reply = _valued(plan, read_reply(found[0])) if found else None
        except (ValueError, SchemaMismatchError, _Unfit):
            return None  # it is asked for anew, and replaced
        if reply is None:
            return None
        self._note(reply, read_usage(found[0]))
        spent = round((time.perf_counter() - began) * 1000, 1)
        return replace(reply, timing=Timing(first_event_ms=spent, total_ms=spent))

    def hits(self) -> dict[str, list[Any]]:
        """Every use of a kept reply, oldest first, as columns: `HIT_COLUMNS`, with the tokens and credits it saved.

        `hit_ms` is in ms since 1970; `None` is unknown, as credits are on cailag. Raises `ConfigurationError`.
        """
        with self._locked():
            try:
                rows = self._open().execute(READ_HITS).fetchall()
            except (DatabaseError, sqlite3.Error, OSError) as error:
                raise self._unusable(error) from None
        columns = map(list, zip(*rows, strict=True)) if rows else ([] for _ in HIT_COLUMNS)
        return dict(zip(HIT_COLUMNS, columns, strict=True))

    def clear(self) -> int:
        """Forget every reply, overwriting it in the file; how many there were. What they saved stays known.

        Raises `ConfigurationError`.
        """
        with self._locked():
            try:
                connection = self._open()
                forgotten = connection.execute("DELETE FROM replies").rowcount
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                return forgotten
            except (DatabaseError, sqlite3.Error, OSError) as error:
                raise self._unusable(error) from None

    def kept(self) -> Kept:
        """What is in the file. Raises `ConfigurationError` where it cannot be read."""
        with self._locked():
            try:
                connection = self._open()
                (replies,) = connection.execute("SELECT count(*) FROM replies").fetchone()
                (used,) = connection.execute(USED).fetchone()
                return Kept(replies, used)
            except (DatabaseError, sqlite3.Error, OSError) as error:
                raise self._unusable(error) from None

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        with self._locked():
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def __repr__(self) -> str:
        return f"ReplyCache({self.path}{f', not used: {self.problem}' if self.problem else ''})"

    def _locked(self) -> threading.RLock:
        """The lock, without a connection of another process: neither survives a fork."""
        if self._owner != os.getpid():
            self._owner, self._lock = os.getpid(), threading.RLock()
            self._inherited.append(self._connection)  # closing it here could end the parent's locks
            self._connection = None
        return self._lock

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = open_database(self.path, REPLIES)
            self._connection.execute("PRAGMA secure_delete=ON")  # what is forgotten is overwritten
        return self._connection

    def _note(self, reply: Reply, saved: Usage) -> None:
        """Write down what a kept reply has saved."""
        if not self._is_writable:
            return
        values = (
            time.time_ns() // 1_000_000,
            reply.provider,
            reply.origin,
            reply.surface,
            reply.model,
            *astuple(saved),
        )
        with held(), self._locked():
            try:
                self._open().execute(NOTE, values)
            except (DatabaseError, sqlite3.Error, OSError) as error:
                self._is_writable = False
                self._say(
                    error, "Kept replies are used still, but none is added, and what they save is not written down"
                )

    def _make_room(self, connection: sqlite3.Connection) -> None:
        """Drop the oldest tenth until the rest fits."""
        while connection.execute(USED).fetchone()[0] > self._largest:
            (replies,) = connection.execute("SELECT count(*) FROM replies").fetchone()
            if replies <= 1:
                return
            connection.execute(DROP_OLDEST, (max(1, replies // 10),))

    def _say(self, error: Exception, consequence: str = "Calls go on and are paid for") -> None:
        if self.problem is None:
            self.problem = str(error)
            warnings.warn(
                f"The reply cache {self.path} cannot be used: {error}. {consequence}. Mend the file or"
                " set CAICAINI_CACHE to another path, then restart the kernel.",
                stacklevel=4,
            )

    def _unusable(self, error: Exception) -> ConfigurationError:
        return ConfigurationError(
            f"The reply cache {self.path} cannot be used: {error}",
            action="Move the file away, or set CAICAINI_CACHE to another path.",
        )


def _digest(provider: str, base: str, plan: Plan) -> bytes:
    body = plan.surface.encode(plan.request, stream=False)
    digest = hashlib.sha256()
    for part in (FORMAT, provider.encode(), base.encode(), plan.surface.path.encode(), body):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def _valued(plan: Plan, reply: Reply) -> Reply:
    if plan.shape is None:
        return reply
    from .schemas.structured import settle  # only a call with a schema needs it

    return settle(plan, reply, _unfit)


def _unfit(plan: Plan) -> Reply:
    raise _Unfit
