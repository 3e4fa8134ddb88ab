"""A ledger of millions of rows, made in seconds: copied within the database, its sums by day built once at the end.

A year of five models in twelve notebooks; of a hundred calls about four fail. The sums are those that the ledger's own
triggers would have kept, which a test compares.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from caicaini_nb import Ledger
from caicaini_nb.bookkeeping.entry import COLUMNS
from caicaini_nb.bookkeeping.rollup import FILL, ROLLUP_STATEMENTS

__all__ = ["DAYS", "FIRST_MS", "MODELS", "make"]

DAYS = 365
FIRST_MS = 1_764_547_200_000  # 2025-12-01, UTC
MODELS = ("caicaini/auto", "caicaini/opus", "caicaini/sonnet", "caicaini/kimi", "caicaini/haiku")

# `n` counts from 0, `h` is a number that looks random; a column's value is made from the two.
ROWS = """WITH RECURSIVE count(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM count WHERE n + 1 < :rows),
    rows AS (SELECT n, ((n * 2654435761) % 4294967296) >> 8 AS h FROM count)
INSERT INTO entries ({columns}) SELECT
    {first} + (n * {days} * 86400000) / :rows, 'caicaini', 'hosted', iif(h / 64 % 5, 'messages', 'chat'),
    printf('%016x', n * 2654435761), 1, {model}, {model}, iif(h % 100 < 96, 200, 529),
    CASE WHEN h % 100 < 96 THEN 'ok' WHEN h % 100 < 98 THEN 'error' WHEN h % 100 = 98 THEN 'interrupted'
        ELSE 'unknown' END,
    iif(h % 100 < 96, NULL, 'overloaded_error'),
    iif(h % 100 < 97, h % 4000, NULL), iif(h % 100 < 97, h % 900, NULL), NULL, iif(h % 3, NULL, h % 1000),
    iif(h % 100 < 97, h % 700, NULL), (h % 9000) / 10.0, (h % 90000) / 10.0,
    printf('req_%016x', n), printf('msg_%016x', n), printf('%02d_notebook.ipynb', h % 12),
    printf('%08x', h % 50), 'cai_api_bbbb', '1:1' FROM rows"""


def make(path: Path, rows: int) -> Ledger:
    """A new ledger at `path` with this many completed rows."""
    Ledger(path).close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN")
    for statement in ROLLUP_STATEMENTS[1:]:
        connection.execute(f"DROP TRIGGER {statement.split()[2]}")
    models = " ".join(f"WHEN {number} THEN '{model}'" for number, model in enumerate(MODELS))
    names = {"columns": ", ".join(COLUMNS), "first": FIRST_MS, "days": DAYS, "model": f"CASE h % 5 {models} END"}
    connection.execute(ROWS.format(**names), {"rows": rows})
    connection.execute(FILL)
    for statement in ROLLUP_STATEMENTS[1:]:
        connection.execute(statement)
    connection.execute("COMMIT")
    connection.close()
    return Ledger(path)
