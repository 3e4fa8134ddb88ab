"""The ledger's two writes for each call, and what they cost when the file is long."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from caicaini_nb import Ledger
from tests.benchmarks.rounds import Figure, Reach, Rounds
from tests.benchmarks.setting import Setting

__all__ = ["measure"]

ROWS = 500
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
    begins, finishes = _rounds(ledger, rounds)
    yield Figure("ledger, begin a row", "µs", begins, reach=Reach(60))
    yield Figure("ledger, finish it, hourly sums included", "µs", finishes, reach=Reach(60))
    both = [begin + finish for begin, finish in zip(begins, finishes, strict=True)]
    _lengthen(ledger.path, 20 if setting.is_quick else 200)
    long = [begin + finish for begin, finish in zip(*_rounds(ledger, rounds), strict=True)]
    note = f"{len(ledger):,} rows"
    yield Figure("ledger, both, in a long file", "µs", long, both, "a short file", Reach(1.3, "ratio"), note)
    ledger.close()


def _rounds(ledger: Ledger, rounds: int) -> tuple[Rounds, Rounds]:
    """Microseconds to begin a row and to finish it, one after the other as calls do; the first round is not counted."""
    begins, finishes = [], []
    for _ in range(rounds + 1):
        begun = finished = 0.0
        for _ in range(ROWS):
            start = time.perf_counter()
            row = ledger.begin(**START)
            between = time.perf_counter()
            ledger.finish(row, "ok", **END)
            begun += between - start
            finished += time.perf_counter() - between
        begins.append(begun / ROWS * 1e6)
        finishes.append(finished / ROWS * 1e6)
    return begins[1:], finishes[1:]


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
