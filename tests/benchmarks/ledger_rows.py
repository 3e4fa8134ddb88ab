"""The ledger's two writes for each call, and what they cost when the file is long."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from caicaini_nb import Ledger
from tests.benchmarks.rounds import Figure, Reach, wall_ms
from tests.benchmarks.setting import Setting

__all__ = ["measure"]

ROWS = 500
FLOOR = "bare sqlite3, one insert"
START = {
    "provider": "caicaini", "origin": "hosted", "surface": "messages", "operation": "0123456789abcdef", "attempt": 1,
    "model": "caicaini/auto", "notebook": "01_send_your_first_message.ipynb", "cell": "0a1b2c3d",
    "key_prefix": "cai_api_bbbb",
}  # fmt: skip
END = {
    "status": 200, "model_answered": "caicaini/sonnet", "input_tokens": 9, "output_tokens": 64, "credits": 7,
    "first_event_ms": 210.4, "total_ms": 1801.2, "request_id": "req_0123456789abcdef", "message_id": "msg_012345",
}  # fmt: skip


def measure(setting: Setting) -> Iterator[Figure]:
    ledger = Ledger(setting.folder / "rows.sqlite")
    rounds = setting.rounds(15, quick=5)
    bare = _bare(setting.folder / "bare.sqlite")
    _round(ledger)
    begins, finishes, floors = zip(*((*_round(ledger), _commits(bare)) for _ in range(rounds)), strict=True)
    yield Figure("ledger, begin a row", "µs", begins, floors, FLOOR, Reach(60))
    yield Figure("ledger, finish it, sums by day included", "µs", finishes, floors, FLOOR, Reach(60))
    both = [begin + finish for begin, finish in zip(begins, finishes, strict=True)]
    _lengthen(ledger.path, 20 if setting.is_quick else 200)
    long = [sum(_round(ledger)) for _ in range(rounds)]
    note = f"{len(ledger):,} rows"
    yield Figure("ledger, both, in a long file", "µs", long, both, "a short file", Reach(1.3, "ratio"), note)
    ledger.close()
    bare.close()


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
