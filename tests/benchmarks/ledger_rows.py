"""The ledger's two writes for each call, and what they cost when the file is long."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from caicaini_nb import Ledger
from tests.benchmarks.counted import END, START
from tests.benchmarks.peers.installed import interpreter
from tests.benchmarks.rounds import Figure, Reach, wall_ms
from tests.benchmarks.setting import Setting

__all__ = ["measure"]

ROWS = 500
FLOOR = "bare sqlite3, one insert"
# Each as its documentation has a row added, kept before the next one is.
TIMED = """
import json, sys, time
from statistics import median
file, values = sys.argv[1], sys.stdin.read()
{prepare}
spent = []
for row in json.loads(values):
    begin = time.perf_counter()
    {insert}
    spent.append(time.perf_counter() - begin)
print(median(spent))
"""
SQLITE_UTILS = TIMED.format(
    prepare="import sqlite_utils\ntable = sqlite_utils.Database(file)['rows']", insert="table.insert(row)"
)
DUCKDB = TIMED.format(
    prepare="""\
import duckdb
connection = duckdb.connect(file)
first = json.loads(values)[0]
kinds = {str: 'VARCHAR', int: 'BIGINT', float: 'DOUBLE'}
names = ', '.join(f'{name} {kinds[type(value)]}' for name, value in first.items())
connection.execute(f'CREATE TABLE rows ({names})')
insert = f"INSERT INTO rows VALUES ({', '.join('?' * len(first))})"
""",
    insert="connection.execute(insert, list(row.values()))",
)
PEERS = (("sqlite-utils", SQLITE_UTILS, "sqlite-utils"), ("duckdb", DUCKDB, ""))  # DuckDB is in ours, for its tests


def measure(setting: Setting) -> Iterator[Figure]:
    ledger = Ledger(setting.folder / "rows.sqlite")
    rounds = setting.rounds(15, quick=5)
    bare = _bare(setting.folder / "bare.sqlite")
    _round(ledger)
    begins, finishes, floors = zip(*((*_round(ledger), _commits(bare)) for _ in range(rounds)), strict=True)
    yield Figure("ledger, begin a row", "µs", begins, floors, FLOOR, Reach(60))
    yield Figure("ledger, finish it, sums by day included", "µs", finishes, floors, FLOOR, Reach(60))
    both = [begin + finish for begin, finish in zip(begins, finishes, strict=True)]
    for name, program, environment in PEERS:
        python = interpreter(environment) if environment else Path(sys.executable)
        theirs = [_peer(python, program, setting.folder / f"{name}-{number}") for number in range(rounds)]
        yield Figure("ledger, a row begun and finished", "µs", both, theirs, name, Reach(1, "ratio"), about="peer")
    yield from _growth(setting, ledger, rounds)
    ledger.close()
    bare.close()


def _growth(setting: Setting, ledger: Ledger, rounds: int) -> Iterator[Figure]:
    """The same writes into a file of so many thousand rows, twice as many, and ten times."""
    thousands = 4 if setting.is_quick else 40
    found: dict[int, list[float]] = {}
    for times in (1, 2, 10):
        _lengthen(ledger.path, times * thousands)
        found[times] = [sum(_round(ledger)) for _ in range(rounds)]
    for times in (2, 10):
        title = f"ledger, a row begun and finished, {times * thousands},000 rows in the file"
        peer = f"{thousands},000 rows"
        yield Figure(title, "µs", found[times], found[1], peer, Reach(1.3, "ratio"), about="growth")


def _round(ledger: Ledger) -> tuple[float, float]:
    """Microseconds to begin a row and to finish it, one after the other as calls do: the medians."""
    begun, finished = [], []
    for _ in range(ROWS):
        start = time.perf_counter()
        row = ledger.begin(**START)
        between = time.perf_counter()
        ledger.finish(row, "ok", **END)
        begun.append(between - start)
        finished.append(time.perf_counter() - between)
    return median(begun) * 1e6, median(finished) * 1e6


def _bare(path: Path) -> sqlite3.Connection:
    """The same columns without index, check or sums: what one commit takes on this machine."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"CREATE TABLE rows (id INTEGER PRIMARY KEY, {', '.join(START)})")
    return connection


def _commits(bare: sqlite3.Connection) -> float:
    """Microseconds for one row by one statement."""
    statement = f"INSERT INTO rows ({', '.join(START)}) VALUES ({', '.join('?' * len(START))})"
    values = tuple(START.values())
    return wall_ms(lambda: [bare.execute(statement, values) for _ in range(ROWS)]) / ROWS * 1000


def _peer(python: Path, program: str, file: Path) -> float:
    """Microseconds a row, the median, from a process of its own."""
    values = json.dumps([{**START, **END}] * ROWS)
    command = [str(python), "-c", program, str(file)]
    done = subprocess.run(command, input=values, capture_output=True, text=True, check=True)
    return float(done.stdout) * 1e6


def _lengthen(path: Path, thousands: int) -> None:
    """Fill the file to this many thousand rows by copying those that are in it."""
    connection = sqlite3.connect(path, isolation_level=None)
    names = ", ".join(row[1] for row in connection.execute("PRAGMA table_info(entries)") if row[1] != "id")
    copy = f"INSERT INTO entries ({names}) SELECT {names} FROM entries ORDER BY id LIMIT ?"
    connection.execute("BEGIN")
    while (missing := thousands * 1000 - connection.execute("SELECT count(*) FROM entries").fetchone()[0]) > 0:
        connection.execute(copy, (missing,))
    connection.execute("COMMIT")
    connection.close()
