"""Every call you make, one row for each request that went out: tokens, credits, times, outcome. No prompt, no key.

A row is committed before the first byte goes out and completed after the last, so that what a crash cuts short is known
to be unknown. A call never fails because its accounting did: the ledger warns once and goes on in memory.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .bookkeeping.entry import MODEL_SURFACES, SELECT, TOTALS, Entry, Totals, condition
from .bookkeeping.file import open_file, open_memory, process_name
from .bookkeeping.writing import END, INSERT, START, UPDATE, write_together
from .config import ledger_path
from .database import DatabaseError
from .errors import ConfigurationError
from .news import News

if TYPE_CHECKING:
    from fractions import Fraction

    from .bookkeeping.imported import Imported
    from .bookkeeping.reading import Moment
    from .spending.rates import Rates

__all__ = ["MODEL_SURFACES", "Entry", "Ledger", "Totals"]

T = TypeVar("T")
EXECUTE = sqlite3.Connection.execute
BACKWARDS = 60_000  # ms a clock may be set back, as time servers do, before it is worth a word


class Ledger:
    """The file of all your calls, shared by all kernels. `path` defaults to `CAICAINI_LEDGER` or your data folder.

    `clock` gives the nanoseconds since 1970 that a row begins at. `problem` says why rows are kept in memory.
    """

    def __init__(self, path: str | Path | None = None, *, clock: Callable[[], int] = time.time_ns) -> None:
        self.path = Path(path) if path is not None else ledger_path()
        self.problem: str | None = None
        self._clock = clock
        self._latest: float = 0
        # The same thread takes it again where the garbage collector closes an abandoned stream amid a write.
        self._lock = threading.RLock()
        self._inherited: list[sqlite3.Connection] = []
        self.news: News[Entry] = News.of(self.path)
        self._under_way: dict[int, tuple[Any, ...]] = {}
        self._rates: Rates | None = None
        self._open()

    def begin(self, **start: Any) -> int:
        """Commit a row for a request about to go out; its number is for `finish`. Names are those of `Entry`."""
        with self._locked():  # after a fork it makes the process's name anew
            values = self._started(start)
            row = self._write(EXECUTE, INSERT, values).lastrowid or 0
            self._under_way[row] = values
            return row

    def finish(self, row: int, outcome: str, **end: Any) -> None:
        """Complete a row. What is not named stays unknown."""
        end["outcome"] = outcome
        with self._locked():
            self._write(EXECUTE, UPDATE, (*map(end.get, END), row))
            self._under_way.pop(row, None)
        self._tell(row)

    def together(self, begun: Sequence[Mapping[str, Any]], ended: Sequence[tuple[int, Mapping[str, Any]]]) -> list[int]:
        """`begin` and `finish` many rows in one commit; the numbers of the begun. Where one cannot be, none is.

        `ended` are numbers of rows with what `finish` is told, the outcome among it.
        """
        with self._locked():
            starts = [self._started(start) for start in begun]
            rows = self._write(write_together, starts, [(*map(end.get, END), row) for row, end in ended])
            self._under_way.update(zip(rows, starts, strict=True))
            for row, _ in ended:
                self._under_way.pop(row, None)
        self._tell(*(row for row, _ in ended))
        return rows

    def entries(self, *, limit: int | None = None, **equal: Any) -> list[Entry]:
        """Rows, newest first; `equal` filters by any field, as in `entries(notebook="01.ipynb", outcome="ok")`."""
        where, values = condition(equal)
        return self._entries(f"{SELECT}{where} ORDER BY id DESC LIMIT ?", (*values, -1 if limit is None else limit))

    def totals(self, **equal: Any) -> Totals:
        """Sums over the calls to a model that `equal` picks: known amounts, and how many rows have an unknown one."""
        where, values = condition(equal)
        with self._reading() as connection:
            row = connection.execute(TOTALS + where.replace(" WHERE", " AND", 1), values).fetchone()
        return Totals(*(value or 0 for value in row))

    def daily(
        self,
        names: Sequence[str] | None = None,
        *,
        since: Moment = None,
        until: Moment = None,
        provider: str | None = None,
        by: Sequence[str] | None = None,
        surfaces: Sequence[str] | None = None,
    ) -> dict[str, list[Any]]:
        """Sums of completed rows by day, as columns: `rollup.ROLLUP_COLUMNS`; how many rows there are does not matter.

        `day` is in days since 1970-01-01, UTC; `model` is the one that answered, else the one asked; `calls` counts
        requests on every surface (`MODEL_SURFACES` are those to a model). A sum is `None` where every amount is
        unknown, and `unknown_credits` and its like count those. A day that `since` and `until` touch is counted
        whole. `by` sums up further, in its order, as in `by=("day", "model")`; `names` picks sums, also of `DERIVED`.
        """
        from .bookkeeping.reading import Period
        from .bookkeeping.rollup import read_daily

        with self._reading() as connection:
            return read_daily(connection, names, Period.read(since, until).days, provider, by, surfaces)

    def columns(self, names: Sequence[str] | None = None, **where: Any) -> dict[str, list[Any]]:
        """Every row that `where` picks, oldest first, as one list for each column; the arguments are `batches`'."""
        batches = self.batches(names, **where)
        whole = next(batches)
        for batch in batches:
            for name, values in batch.items():
                whole[name] += values
        return whole

    def batches(
        self,
        names: Sequence[str] | None = None,
        *,
        since: Moment = None,
        until: Moment = None,
        provider: str | None = None,
        notebook: str | None = None,
        origin: str | None = None,
        size: int = 50_000,
    ) -> Iterator[dict[str, list[Any]]]:
        """Rows as columns, oldest first, up to `size` at a time and at least one batch; `names` defaults to all of
        `Entry`'s.

        `since` is counted in, `until` is not: a datetime, a date or ISO 8601, in UTC where nothing else is said.
        Rows under way are there too, without an outcome. Raises `ValueError`, `TypeError`, `ConfigurationError`.
        """
        from .bookkeeping.reading import Picked, checked, read_batches

        picked = Picked.read(since, until, provider, notebook, origin, size)
        return read_batches(self._reading, checked(names), picked)

    def aggregates(self, expressions: Sequence[str], **where: Any) -> Iterator[tuple[Any, ...]]:
        """What SQL's aggregate functions, as in `["sum(credits)"]`, make of each of the batches that `where` picks.

        The arguments are those of `batches`. Never put text from elsewhere into SQL.
        """
        from .bookkeeping.reading import Picked, read_aggregates

        return read_aggregates(self._reading, None if self.problem else self.path, expressions, Picked.read(**where))

    def to_parquet(self, folder: str | Path) -> list[Path]:
        """Write every row to `folder`, one file for each month (UTC); see `bookkeeping.export.to_parquet`."""
        from .bookkeeping.export import to_parquet

        return to_parquet(self.batches(), Path(folder))

    def to_csv(self, path: str | Path) -> Path:
        """Write every row to one CSV file, its columns those of `Entry`; an unknown amount is an empty cell."""
        from .bookkeeping.export import to_csv

        return to_csv(self.batches(), Path(path))

    def import_jsonl(self, path: str | Path) -> Imported:
        """Add the calls that a log of LiteLLM or of OpenAI's API tells of; see `bookkeeping.jsonl`."""
        from .bookkeeping.imported import import_jsonl

        return import_jsonl(self._reading, Path(path))

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
        """Call `watcher` with each row that this process completes in this file; what comes back ends that."""
        return self.news.watch(watcher)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def __iter__(self) -> Iterator[Entry]:
        """Oldest first."""
        return iter(self._entries(f"{SELECT} ORDER BY id", ()))

    def __len__(self) -> int:
        with self._reading() as connection:
            (rows,) = connection.execute("SELECT count(*) FROM entries").fetchone()
        return int(rows)

    def __repr__(self) -> str:
        where = f"in memory, because {self.problem}" if self.problem else str(self.path)
        return f"Ledger({where})"

    def _repr_markdown_(self) -> str:
        from .bookkeeping.shown import table

        return table(self.entries(limit=10))

    def _started(self, start: Mapping[str, Any]) -> tuple[Any, ...]:
        given = {"attempt": 1, "process": self._process, **start}
        if "started_ms" not in given:
            given["started_ms"] = self._now()
        return tuple(map(given.get, START))

    def _now(self) -> int:
        now = self._clock() // 1_000_000
        if now < self._latest - BACKWARDS:
            behind, self._latest = (self._latest - now) / 60_000, float("-inf")  # it is said once
            warnings.warn(
                f"The clock went back by {behind:,.0f} min. Calls go on; their rows have the time it shows now, so days"
                " may hold too much or too little. Set the clock right.",
                stacklevel=3,
            )
        elif now > self._latest > float("-inf"):
            self._latest = now
        return now

    def _tell(self, *rows: int) -> None:
        for row in rows if self.news.is_awaited else ():
            with suppress(ConfigurationError):  # the next write finds out, and says so
                for entry in self._entries(f"{SELECT} WHERE id = ?", (row,)):
                    self.news.tell(entry)

    def _open(self) -> None:
        self._owner = os.getpid()
        self._process = process_name()
        self._under_way.clear()
        try:
            self._connection = open_file(self.path)
        except (DatabaseError, sqlite3.Error, OSError) as error:
            self._fall_back(error)

    def _fall_back(self, error: Exception) -> None:
        """To a ledger in memory, with the rows of calls that are under way."""
        self.problem = str(error)
        self._connection = open_memory(self._under_way)
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

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._locked():
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise ConfigurationError(
                    f"The ledger {self.path} cannot be read: {error}",
                    action="Mend the file or set CAICAINI_LEDGER to another path, then restart the kernel.",
                ) from None

    def _write(self, write: Callable[..., T], *values: Any) -> T:
        with self._locked():
            try:
                return write(self._connection, *values)
            except sqlite3.IntegrityError:
                raise  # a row that no file would take: the caller's mistake
            except (sqlite3.Error, OSError) as error:
                if self.problem is None:
                    with suppress(sqlite3.Error):
                        self._connection.close()
                    self._fall_back(error)
                return write(self._connection, *values)

    def _entries(self, statement: str, values: tuple[Any, ...]) -> list[Entry]:
        with self._reading() as connection:
            return [Entry(*row) for row in connection.execute(statement, values)]
