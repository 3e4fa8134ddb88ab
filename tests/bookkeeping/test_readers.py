"""A long file read by two threads: the parts in their order, errors in the ledger's words, nothing left behind."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from caicaini_nb import ConfigurationError, Ledger
from caicaini_nb.bookkeeping import readers

ROW = {"provider": "caicaini", "origin": "sandbox", "surface": "messages"}
COUNT = 41


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path / "ledger.db")
    for number in range(COUNT):
        made.finish(made.begin(**ROW, operation=f"{number:02d}"), "ok", credits=number)
    return made


def operations(ledger: Ledger, size: int) -> str:
    return ",".join(part for (part,) in ledger.aggregates(["group_concat(operation)"], size=size))


@pytest.mark.parametrize("size", [1, 2, 5, 10, 11, 40, 41, 100])
def test_the_parts_come_in_order(ledger: Ledger, size: int) -> None:
    assert operations(ledger, size) == ",".join(f"{number:02d}" for number in range(COUNT))


def test_two_connections_read(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[int] = set()
    both = threading.Barrier(2, timeout=20)

    def read(connection: sqlite3.Connection, part: int) -> int:
        if len(used) < 2:
            used.add(id(connection))
            both.wait()  # so that neither takes the other's part as well
        return part

    assert list(readers.read_parts(ledger._reading, ledger.path, range(9), read)) == list(range(9))
    assert len(used) == 2


def test_whoever_stops_early_leaves_no_thread(ledger: Ledger) -> None:
    before = threading.active_count()
    parts = ledger.aggregates(["count(*)"], size=1)
    assert next(parts) == (1,)
    parts.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
    assert len(ledger) == COUNT


def test_an_error_is_said_in_the_ledgers_words(ledger: Ledger) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        list(ledger.aggregates(["abs(-9223372036854775808 + credits)"], size=2))  # of the first row alone: too large


def test_where_nobody_else_can_open_it_one_reads(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*arguments: object, **options: object) -> sqlite3.Connection:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr("caicaini_nb.bookkeeping.readers.sqlite3.connect", refuses)
    assert operations(ledger, 5).count(",") == COUNT - 1


def test_a_ledger_in_memory_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.warns(UserWarning, match="ledger"):
        ledger = Ledger(tmp_path / "file" / "ledger.db")
    for number in range(9):
        ledger.finish(ledger.begin(**ROW, operation=str(number)), "ok")
    assert operations(ledger, 1) == ",".join(map(str, range(9)))
