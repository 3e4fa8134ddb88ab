"""The ledger's two writes for each call, and what they cost when the file is long."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from caicaini_nb import Ledger
from tests.benchmarks.rounds import Figure, Reach, single, wall_ms
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
    rounds = setting.rounds(9, quick=3)
    begun: list[int] = []

    def begin() -> float:
        begun.clear()
        return wall_ms(lambda: begun.extend(ledger.begin(**START) for _ in range(ROWS))) / ROWS * 1000

    def complete() -> None:
        for row in begun:
            ledger.finish(row, "ok", **END)

    def finish() -> float:
        return wall_ms(complete) / ROWS * 1000

    both = single(rounds, lambda: begin() + finish())
    yield Figure("ledger, begin and finish together", "µs", both)
    begins = single(rounds, begin)
    yield Figure("ledger, begin a row", "µs", begins, reach=Reach(60))
    finishes = []
    for _ in range(rounds):
        begin()
        finishes.append(finish())
    yield Figure("ledger, finish it, hourly sums included", "µs", finishes, reach=Reach(60))
    _lengthen(ledger.path, 20 if setting.is_quick else 200)
    long = single(rounds, lambda: begin() + finish())
    rows = f"{len(ledger):,} rows"
    yield Figure("ledger, both, in a long file", "µs", long, both, "a short file", Reach(1.3, "ratio"), rows)
    ledger.close()


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
