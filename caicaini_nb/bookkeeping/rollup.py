"""Sums by day that the database keeps itself: triggers add each completed row, so a year is read as fast as a day.

A row counts once it is completed, on the UTC day on which it went out, under the model that answered, else the one
that was asked. Sums are exact, times too: they are kept in whole microseconds. Beside each sum stands for how many
rows the amount is unknown.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

__all__ = ["DAY_MS", "DERIVED", "FILL", "KEY", "ROLLUP_COLUMNS", "ROLLUP_STATEMENTS", "SUMMED", "read_daily"]

DAY_MS = 86_400_000
# By day and model first: that is how it is asked for most, and then SQLite need not sort.
KEY = ("day", "model", "provider", "origin", "surface", "outcome")
AMOUNTS = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "credits")
TIMES = ("first_event_ms", "total_ms")
SUMMED = (*AMOUNTS, *TIMES)
ROLLUP_COLUMNS = (*KEY, "calls", *SUMMED, *(f"unknown_{name}" for name in SUMMED))
"""The columns of `Ledger.daily`. `day` counts from 1970-01-01; a sum is `None` where every row's amount is unknown."""

DERIVED = {
    "failed": "iif(outcome = 'ok', 0, calls)",
    "served": "iif(outcome = 'error', 0, calls)",
    "unknown_served_tokens": "iif(outcome = 'error', 0, max(unknown_input_tokens, unknown_output_tokens))",
    "unknown_served_credits": "iif(outcome = 'error', 0, unknown_credits)",
}
"""What `Ledger.daily` can sum up besides: calls whose outcome is not ok, those that were not refused and so may have
cost something, and for how many of these the tokens or the credits are unknown."""

# The file's columns: those, and between which rows of `entries` the day's are, so that a period is found without an
# index, which would cost a page more in each write.
STORED = (*ROLLUP_COLUMNS, "first_row", "last_row")


def _key(row: str) -> str:
    names = {"day": f"{row}started_ms / {DAY_MS}", "model": f"coalesce({row}model_answered, {row}model, '')"}
    return ", ".join(names.get(name, f"{row}{name}") for name in KEY)


def _amounts(row: str) -> tuple[str, ...]:
    """What one row adds to each column after the key and before the row numbers."""
    return (
        "1",
        *(f"coalesce({row}{name}, 0)" for name in AMOUNTS),
        *(f"coalesce(CAST(round({row}{name} * 1000) AS INTEGER), 0)" for name in TIMES),
        *(f"{row}{name} IS NULL" for name in SUMMED),
    )


ADDED = STORED[len(KEY) : -2]
TABLE = f"""CREATE TABLE daily (
    {", ".join(f"{name} {'INTEGER' if name == 'day' else 'TEXT'} NOT NULL" for name in KEY)},
    {", ".join(f"{name} INTEGER NOT NULL" for name in STORED[len(KEY) :])},
    PRIMARY KEY ({", ".join(KEY)})
) WITHOUT ROWID"""
ADD = f"""INSERT INTO daily VALUES ({_key("NEW.")}, {", ".join(_amounts("NEW."))}, NEW.id, NEW.id)
    ON CONFLICT DO UPDATE SET {", ".join(f"{name} = {name} + excluded.{name}" for name in ADDED)},
    first_row = min(first_row, excluded.first_row), last_row = max(last_row, excluded.last_row);"""
LESS = ", ".join(f"{name} = {name} - ({one})" for name, one in zip(ADDED, _amounts("OLD."), strict=True))
SAME = f"WHERE ({', '.join(KEY)}) = ({_key('OLD.')})"
TAKE_AWAY = f"UPDATE daily SET {LESS} {SAME}; DELETE FROM daily {SAME} AND calls = 0;"
WAS, IS = "OLD.outcome IS NOT NULL", "NEW.outcome IS NOT NULL"
TRIGGERS = {
    "insert": ("INSERT", IS, ADD),
    "finish": ("UPDATE", f"OLD.outcome IS NULL AND {IS}", ADD),
    "change": ("UPDATE", f"{WAS} AND {IS}", f"{TAKE_AWAY} {ADD}"),
    "reopen": ("UPDATE", f"{WAS} AND NEW.outcome IS NULL", TAKE_AWAY),
    "delete": ("DELETE", WAS, TAKE_AWAY),
}
ROLLUP_STATEMENTS = (
    TABLE,
    *(
        f"CREATE TRIGGER daily_{name} AFTER {event} ON entries WHEN {when} BEGIN {what} END"
        for name, (event, when, what) in TRIGGERS.items()
    ),
)
FILL = (
    f"INSERT INTO daily SELECT {_key('')}, {', '.join(f'sum({one})' for one in _amounts(''))}, min(id), max(id)"
    f" FROM entries WHERE outcome IS NOT NULL GROUP BY {', '.join(map(str, range(1, len(KEY) + 1)))}"
)
"""All the sums at once, for a file that has rows and none of these."""


def read_daily(
    connection: sqlite3.Connection,
    names: Sequence[str] | None,
    days: tuple[int | None, int | None],
    provider: str | None,
    by: Sequence[str] | None,
    surfaces: Sequence[str] | None = None,
) -> dict[str, list[Any]]:
    """The sums as columns, by all of `KEY` or only `by` some of it; `days` are the first and the one after the last."""
    kept = KEY if by is None else tuple(by)
    columns = (*kept, *(ROLLUP_COLUMNS[len(KEY) :] if names is None else names))
    if unknown := sorted({*kept} - {*KEY} | {*columns} - {*ROLLUP_COLUMNS, *DERIVED}):
        raise TypeError(f"The sums by day have no {', '.join(unknown)}; they are by {', '.join(KEY)}")
    bounds = (("day >= ?", days[0]), ("day < ?", days[1]), ("provider = ?", provider))
    asked = [(condition, [value]) for condition, value in bounds if value is not None]
    if surfaces is not None:
        asked.append((f"surface IN ({', '.join('?' * len(surfaces))})", list(surfaces)))
    where = f" WHERE {' AND '.join(condition for condition, _ in asked)}" if asked else ""
    group = "" if by is None else f" GROUP BY {', '.join(kept) or 'NULL'}"
    order = f" ORDER BY {', '.join(f'{_read(name)} NULLS LAST' for name in kept)}" if by else ""
    picked = ", ".join(_read(name, "{}" if by is None else "sum({})") for name in columns)
    values = [value for _, some in asked for value in some]
    rows = connection.execute(f"SELECT {picked} FROM daily{where}{group}{order}", values).fetchall()
    found = map(list, zip(*rows, strict=True)) if rows else ([] for _ in columns)
    return dict(zip(columns, found, strict=True))


def _read(name: str, sum_of: str = "") -> str:
    """How a column is read: an amount that no row has told is unknown, not 0; times in ms."""
    if name in KEY:
        return "nullif(model, '')" if name == "model" else name
    if name not in SUMMED:
        return sum_of.format(DERIVED.get(name, name))
    unit = " / 1000.0" if name in TIMES else ""
    return sum_of.format(f"iif(unknown_{name} < calls, {name}, NULL)") + unit
