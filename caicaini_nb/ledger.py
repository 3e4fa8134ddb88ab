"""Every call you make, one row for each request that went out: tokens, credits, times, outcome. No prompt, no key.

A row is committed before the first byte goes out and completed after the last came in, so that what a crash cuts short
is known to be unknown. A call never fails because its accounting did: the ledger warns once and keeps the rest of the
session in memory.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from .config import ledger_path
from .database import DatabaseError
from .ledger_file import COLUMNS, SCHEMA_STATEMENTS, open_file, process_name
from .usage import Usage

if TYPE_CHECKING:
    from fractions import Fraction

    from .spending.rates import Rates

__all__ = ["Entry", "Ledger", "Totals"]


class Entry(msgspec.Struct, frozen=True):
    """One request that went out. Times in ms; `None` is unknown.

    `outcome` is `ok`, `error`, `interrupted`, `unknown` (nobody can say whether it ran), or `None` while under way.
    `operation` groups the attempts of one call.
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


START = tuple(name for name in COLUMNS if name in (
    "started_ms", "provider", "origin", "surface", "operation", "attempt", "model", "notebook", "cell", "key_prefix",
    "process",
))  # fmt: skip
END = (
    "status", "outcome", "error", "model_answered", "input_tokens", "output_tokens", "cache_creation_input_tokens",
    "cache_read_input_tokens", "credits", "first_event_ms", "total_ms", "request_id", "message_id",
)  # fmt: skip
INSERT = f"INSERT INTO entries ({', '.join(START)}) VALUES ({', '.join('?' * len(START))})"
UPDATE = f"UPDATE entries SET {', '.join(f'{name} = ?' for name in END)} WHERE id = ?"
SELECT = f"SELECT {', '.join(COLUMNS)} FROM entries"
MODEL_SURFACES = ("messages", "chat")
TOTALS = (
    "SELECT count(*), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), coalesce(sum(credits), 0),"
    " sum(input_tokens IS NULL OR output_tokens IS NULL), sum(credits IS NULL) FROM entries"
    " WHERE surface IN ('messages', 'chat')"
)


class Ledger:
    """The file of all your calls, shared by all kernels. `path` defaults to `CAICAINI_LEDGER` or your data folder."""

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path) if path is not None else ledger_path()
        self.problem: str | None = None
        # The same thread takes it again where the garbage collector closes an abandoned stream amid a write.
        self._lock = threading.RLock()
        self._inherited: list[sqlite3.Connection] = []
        self._watchers: list[Callable[[Entry], None]] = []
        self._rates: Rates | None = None
        self._open()

    def begin(self, **start: Any) -> int:
        """Commit a row for a request about to go out; its number is for `finish`. Names are those of `Entry`."""
        start.setdefault("started_ms", time.time_ns() // 1_000_000)
        with self._locked():  # after a fork it makes the process's name anew
            start["process"] = self._process
            return self._write(INSERT, tuple(map(start.get, START))).lastrowid or 0

    def finish(self, row: int, outcome: str, **end: Any) -> None:
        """Complete a row. What is not named stays unknown."""
        end["outcome"] = outcome
        self._write(UPDATE, (*map(end.get, END), row))
        if self._watchers:
            for entry in self._entries(f"{SELECT} WHERE id = ?", (row,)):
                for watcher in tuple(self._watchers):
                    watcher(entry)

    def entries(self, *, limit: int | None = None, **equal: Any) -> list[Entry]:
        """Rows, newest first; `equal` filters by any field, as in `entries(notebook="01.ipynb", outcome="ok")`."""
        where, values = _where(equal)
        return self._entries(f"{SELECT}{where} ORDER BY id DESC LIMIT ?", (*values, -1 if limit is None else limit))

    def totals(self, **equal: Any) -> Totals:
        """Sums over the calls to a model that `equal` picks: known amounts, and how many rows have an unknown one."""
        where, values = _where(equal)
        with self._locked():
            row = self._connection.execute(TOTALS + where.replace(" WHERE", " AND", 1), values).fetchone()
        return Totals(*(value or 0 for value in row))

    def highest_rate(self, provider: str, origin: str, model: str) -> Fraction | None:
        """The most credits a token that a call to this model has cost, or `None` where none has told."""
        from .spending.rates import Rates  # only a budget or an estimate needs it

        with self._locked():
            if self._rates is None:
                self._rates = Rates()
            try:
                return self._rates.highest(self._connection, (provider, origin, model))
            except sqlite3.Error:  # the next write finds out, and says so
                return None

    def subscribe(self, watcher: Callable[[Entry], None]) -> Callable[[], None]:
        """Call `watcher` with each row this ledger object completes; what comes back ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def __iter__(self) -> Iterator[Entry]:
        """Oldest first."""
        return iter(self._entries(f"{SELECT} ORDER BY id", ()))

    def __len__(self) -> int:
        with self._locked():
            (rows,) = self._connection.execute("SELECT count(*) FROM entries").fetchone()
        return int(rows)

    def __repr__(self) -> str:
        where = f"in memory, because {self.problem}" if self.problem else str(self.path)
        return f"Ledger({where})"

    def _repr_markdown_(self) -> str:
        head = (
            "| UTC | origin | call | model | outcome | tokens in | out | credits |\n|---|---|---|---|---|--:|--:|--:|\n"
        )
        return head + "\n".join(_row(entry) for entry in self.entries(limit=10))

    def _open(self) -> None:
        self._owner = os.getpid()
        self._process = process_name()
        try:
            self._connection = open_file(self.path)
        except (DatabaseError, sqlite3.Error, OSError) as error:
            self._fall_back(error)

    def _fall_back(self, error: Exception) -> None:
        self.problem = str(error)
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        for statement in SCHEMA_STATEMENTS:
            self._connection.execute(statement)
        warnings.warn(
            f"The ledger {self.path} cannot be written: {error}. Calls go on; their rows stay in memory until the"
            " kernel ends. Mend the file or set CAICAINI_LEDGER to another path, then restart the kernel.",
            stacklevel=2,
        )

    def _locked(self) -> threading.RLock:
        """The lock, with a connection of this process: neither survives a fork."""
        if self._owner != os.getpid():
            self._lock = threading.RLock()
            self._inherited.append(self._connection)  # closing it here could end the parent's locks
            self._open()
        return self._lock

    def _write(self, statement: str, values: tuple[Any, ...]) -> sqlite3.Cursor:
        with self._locked():
            try:
                return self._connection.execute(statement, values)
            except (sqlite3.Error, OSError) as error:
                if self.problem is None:
                    with suppress(sqlite3.Error):
                        self._connection.close()
                    self._fall_back(error)
                return self._connection.execute(statement, values)

    def _entries(self, statement: str, values: tuple[Any, ...]) -> list[Entry]:
        with self._locked():
            return [Entry(*row) for row in self._connection.execute(statement, values)]


def _where(equal: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
    unknown = sorted(set(equal) - set(COLUMNS))
    if unknown:
        raise TypeError(f"A ledger row has no {', '.join(unknown)}; it has {', '.join(COLUMNS)}")
    if not equal:
        return "", ()
    return " WHERE " + " AND ".join(f"{name} IS ?" for name in equal), tuple(equal.values())


def _row(entry: Entry) -> str:
    """A row as Markdown. Only a call to a model has tokens and credits that can be unknown."""
    amounts = (entry.input_tokens, entry.output_tokens, entry.credits)
    nothing = "unknown" if entry.surface in MODEL_SURFACES else "–"
    cells = (
        f"{entry.started:%Y-%m-%d %H:%M:%S}",
        entry.origin,
        entry.surface,
        entry.model or "–",
        entry.outcome or "…",
        *(nothing if amount is None else f"{amount:,}" for amount in amounts),
    )
    return f"| {' | '.join(cells)} |"


assert Entry.__struct_fields__ == COLUMNS  # rows are read by position
