"""Rows of the ledger as columns, a batch at a time, so that a million of them take no more memory than a batch.

A period is found through the sums by day, which know between which rows a day's are: without an index, which would
cost every write a page more.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from .entry import COLUMNS
from .readers import Reading, read_parts
from .rollup import DAY_MS

__all__ = ["Moment", "Period", "Picked", "checked", "read_aggregates", "read_batches"]

Moment: TypeAlias = datetime | date | str | None
"""A time, or a day's beginning in UTC; text is ISO 8601; a time without a zone is UTC."""

FEW = 300  # rows; half the time of all at once
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Period(NamedTuple):
    """From `since`, counted in, to `until`, which is not: ms since 1970, `None` for open."""

    since: int | None
    until: int | None

    @classmethod
    def read(cls, since: Moment, until: Moment) -> Period:
        """Raises `ValueError` for text that is no date, and where nothing lies between."""
        period = cls(_milliseconds(since), _milliseconds(until))
        if period.since is not None and period.until is not None and period.since > period.until:
            raise ValueError(f"There is nothing from {since} until {until}: it ends before it begins")
        return period

    @property
    def days(self) -> tuple[int | None, int | None]:
        """The days it touches, since 1970: the first, and the one after the last."""
        first = None if self.since is None else self.since // DAY_MS
        return first, None if self.until is None else -(-self.until // DAY_MS)


class Picked(NamedTuple):
    """Which rows are read, and how many at a time: those of a period with these values."""

    equal: Mapping[str, str]
    period: Period
    size: int

    @classmethod
    def read(
        cls,
        since: Moment = None,
        until: Moment = None,
        provider: str | None = None,
        notebook: str | None = None,
        origin: str | None = None,
        size: int = 50_000,
    ) -> Picked:
        """The arguments of `Ledger.batches`; raises what `Period.read` does."""
        equal = {"provider": provider, "notebook": notebook, "origin": origin}
        known = {name: value for name, value in equal.items() if value is not None}
        return cls(known, Period.read(since, until), size)

    @property
    def where(self) -> tuple[str, list[Any]]:
        """The condition for rows between two numbers, and the values after those two."""
        conditions = ["id BETWEEN ? AND ?", *(f"{name} IS ?" for name in self.equal)]
        values: list[Any] = list(self.equal.values())
        for bound, relation in ((self.period.since, ">="), (self.period.until, "<")):
            if bound is not None:
                conditions.append(f"started_ms {relation} ?")
                values.append(bound)
        return " AND ".join(conditions), values


def _read(cursor: sqlite3.Cursor, width: int) -> list[list[Any]]:
    """A cursor's rows as columns. A few rows at a time: the garbage collector then never looks through thousands."""
    columns: list[list[Any]] = [[] for _ in range(width)]
    while rows := cursor.fetchmany(FEW):
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            column.extend(values)
    return columns


def _row_ranges(connection: sqlite3.Connection, period: Period) -> list[tuple[int, int]]:
    """The row numbers between which a period's rows lie, in order and apart; others may lie there too."""
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM entries").fetchone()
    if period == (None, None):
        return [(1, last)]
    days = period.days
    first_done, last_done = connection.execute(
        "SELECT min(first_row), max(last_row) FROM daily WHERE day >= ? AND day < ?",
        (-(2**62) if days[0] is None else days[0], 2**62 if days[1] is None else days[1]),
    ).fetchone()
    # Rows under way are in no sum yet; they belong to a process that lives.
    (first_open,) = connection.execute("SELECT min(first_row) + 1 FROM processes").fetchone()
    done = [] if first_done is None else [(first_done, last_done)]
    is_open = [] if first_open is None else [(first_open, last)]
    if done and is_open and is_open[0][0] <= done[0][1] + 1 and done[0][0] <= last + 1:
        return [(min(done[0][0], first_open), max(done[0][1], last))]
    return sorted(done + is_open)


def read_batches(reading: Reading, names: Sequence[str], picked: Picked) -> Iterator[dict[str, list[Any]]]:
    """Batches of up to `size` rows, oldest first, at least one. The lock of `reading` is free between two of them."""
    where, values = picked.where
    select = f"SELECT {', '.join(('id', *names))} FROM entries WHERE {where} ORDER BY id LIMIT ?"
    with reading() as connection:
        ranges = _row_ranges(connection, picked.period)
    given = 0
    for first, last in ranges:
        following: int | None = first
        while following is not None:
            with reading() as connection:
                numbers, *columns = _read(
                    connection.execute(select, (following, last, *values, picked.size)), len(names) + 1
                )
            following = numbers[-1] + 1 if len(numbers) == picked.size else None
            if numbers:
                given += 1
                yield dict(zip(names, columns, strict=True))
    if not given:
        yield {name: [] for name in names}


def read_aggregates(
    reading: Reading, path: Path | None, expressions: Sequence[str], picked: Picked
) -> Iterator[tuple[Any, ...]]:
    """What aggregate functions make of batches of up to `size` rows, oldest first; at least one tuple.

    Without an index SQLite goes through rows by their number, so a function that collects them keeps their order.
    `path` is the file's, where a second connection may read along.
    """
    where, values = picked.where
    select = f"SELECT count(*), {', '.join(expressions)} FROM entries WHERE {where}"
    with reading() as connection:
        ranges = _row_ranges(connection, picked.period)
        nothing = connection.execute(select, (1, 0, *values)).fetchone()
    size = picked.size
    parts = [(at, min(at + size - 1, last)) for first, last in ranges for at in range(first, last + 1, size)]
    given = 0
    for rows, *made in read_parts(
        reading, path, parts, lambda connection, part: connection.execute(select, (*part, *values)).fetchone()
    ):
        if rows:
            given += 1
            yield tuple(made)
    if not given:
        yield nothing[1:]


def checked(names: Sequence[str] | None) -> tuple[str, ...]:
    """The columns asked for. Raises `TypeError` for one that a row does not have."""
    if names is None:
        return COLUMNS
    if unknown := sorted(set(names) - set(COLUMNS)):
        raise TypeError(f"A ledger row has no {', '.join(unknown)}; it has {', '.join(COLUMNS)}")
    return tuple(names)


def _milliseconds(moment: Moment) -> int | None:
    if moment is None:
        return None
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // timedelta(milliseconds=1)
