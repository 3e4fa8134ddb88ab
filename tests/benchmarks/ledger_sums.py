"""Sums by model and day over a million and ten million rows, beside those who read every row for them.

pandas reads the ledger's file; DuckDB and polars read a Parquet file of the columns they need, which is their best
case. A peer that is not installed has no row.
"""

from __future__ import annotations

import importlib.util
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd

from caicaini_nb import Ledger
from caicaini_nb.analytics import by_model_and_day
from tests.benchmarks.many_rows import make
from tests.benchmarks.rounds import Figure, Reach, alternate, single, wall_ms
from tests.benchmarks.setting import Setting

__all__ = ["measure"]

COLUMNS = ("started_ms", "model", "input_tokens", "output_tokens", "credits")
LONG = 10_000_000
DAY_MS = 86_400_000


def measure(setting: Setting) -> Iterator[Figure]:
    rows = LONG // 100 if setting.is_quick else LONG
    short, long = (make(setting.folder / f"sums-{count}.db", count) for count in (rows // 10, rows))
    frame = setting.folder / "sums.parquet"
    rounds = setting.rounds(15, quick=5)
    ours, peer = alternate(rounds, lambda: wall_ms(lambda: _ours(long)), lambda: wall_ms(lambda: _ours(short)))
    what = f"by model and day as a DataFrame, {rows:,} rows"
    yield Figure(what, "ms", ours, peer, f"{rows // 10:,} rows", Reach(30))
    yield Figure(what, "ms", ours, peer, f"{rows // 10:,} rows", Reach(1.3, "ratio"), about="growth")
    yield _beside(what, long, "pandas from SQLite", _pandas_from_sqlite, 1 if setting.is_quick else 2)
    _write_parquet(long, frame)
    for name, read in PEERS.items():
        if importlib.util.find_spec(name.split()[0]) is not None:
            yield _beside(what, long, f"{name} on Parquet", read, min(rounds, 5), frame)
    short.close()
    long.close()


def _beside(
    what: str, ledger: Ledger, name: str, read: Callable[[Path], pd.DataFrame], rounds: int, file: Path | None = None
) -> Figure:
    """One peer in turn with us, over the ledger's file or another; both must have found the same."""
    file = file or ledger.path
    mine, theirs = _ours(ledger), read(file)
    sums = [int(frame[["calls", "credits"]].sum().sum()) for frame in (mine, theirs)]
    if sums[0] != sums[1]:
        raise AssertionError(f"{name} adds up to something else: {sums}")
    ours = single(rounds, lambda: wall_ms(lambda: _ours(ledger)))
    peer = [wall_ms(lambda: read(file)) for _ in range(rounds)]
    return Figure(what, "ms", ours, peer, name, Reach(1, "ratio"), about="peer")


def _ours(ledger: Ledger) -> pd.DataFrame:
    return by_model_and_day(ledger)


def _pandas_from_sqlite(path: Path) -> pd.DataFrame:
    with closing(sqlite3.connect(path)) as connection:
        rows = pd.read_sql_query(f"SELECT {', '.join(COLUMNS)} FROM entries", connection)
    return _grouped(rows)


def _pandas(path: Path) -> pd.DataFrame:
    return _grouped(pd.read_parquet(path))


def _grouped(rows: pd.DataFrame) -> pd.DataFrame:
    keys = [rows["started_ms"] // DAY_MS, "model"]
    named = {name: (name, "sum") for name in COLUMNS[2:]}
    return rows.groupby(keys).agg(calls=("started_ms", "size"), **named).reset_index()


def _duckdb(path: Path) -> pd.DataFrame:
    import duckdb

    sums = ", ".join(f"sum({name}) AS {name}" for name in COLUMNS[2:])
    query = f"SELECT started_ms // {DAY_MS} AS day, model, count(*) AS calls, {sums} FROM '{path}' GROUP BY ALL"
    return duckdb.connect().execute(query).df()


def _polars(path: Path) -> pd.DataFrame:
    import polars as pl

    sums = [pl.len().alias("calls"), *(pl.col(name).sum() for name in COLUMNS[2:])]
    found = pl.scan_parquet(path).group_by((pl.col("started_ms") // DAY_MS).alias("day"), "model").agg(sums)
    return pd.DataFrame(found.collect().to_dict(as_series=False))


PEERS: dict[str, Callable[[Path], pd.DataFrame]] = {"duckdb": _duckdb, "polars": _polars, "pandas": _pandas}


def _write_parquet(ledger: Ledger, path: Path) -> None:
    import pyarrow  # type: ignore[import-untyped]
    from pyarrow.parquet import ParquetWriter  # type: ignore[import-untyped]

    kinds = [pyarrow.string() if name == "model" else pyarrow.int64() for name in COLUMNS]
    schema = pyarrow.schema(list(zip(COLUMNS, kinds, strict=True)))
    with ParquetWriter(path, schema) as writer:
        for batch in ledger.batches(COLUMNS, size=1_000_000):
            writer.write_table(pyarrow.table(batch, schema))
