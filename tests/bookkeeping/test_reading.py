"""Rows as columns: every row once, in order, whatever the batches; periods found without an index."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from caicaini_nb import Ledger
from caicaini_nb.bookkeeping.entry import COLUMNS
from caicaini_nb.bookkeeping.reading import Period
from caicaini_nb.errors import ConfigurationError
from tests.conftest import suite

DAY_MS = 86_400_000
START: dict[str, Any] = {"provider": "caicaini", "origin": "hosted", "surface": "messages", "operation": "o"}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.db")
    yield ledger
    ledger.close()


def test_columns_are_the_entries(ledger: Ledger) -> None:
    for number in range(7):
        row = ledger.begin(**START, model=f"m{number}", notebook="a" if number % 2 else None)
        if number < 6:
            ledger.finish(row, "ok", credits=number, total_ms=number / 2)
    columns = ledger.columns()
    assert tuple(columns) == COLUMNS
    entries = list(ledger)
    assert columns == {name: [getattr(entry, name) for entry in entries] for name in COLUMNS}
    for size in (1, 2, 3, 6, 7, 8):
        batches = list(ledger.batches(("model", "credits"), size=size))
        assert all(len(batch["model"]) <= size for batch in batches)
        assert [model for batch in batches for model in batch["model"]] == columns["model"]
        assert [credits for batch in batches for credits in batch["credits"]] == columns["credits"]
    assert ledger.columns(("model",), notebook="a") == {"model": ["m1", "m3", "m5"]}
    assert ledger.columns((), origin="sandbox") == {}
    with pytest.raises(TypeError, match="no colour"):
        ledger.columns(("colour",))


def test_aggregates_go_by_batches_in_order(ledger: Ledger) -> None:
    for number in range(7):
        ledger.finish(ledger.begin(**START, model=f"m{number}", notebook="a" if number % 2 else None), "ok", credits=1)
    for size in (1, 2, 3, 6, 7, 8):
        made = list(ledger.aggregates(["group_concat(model)", "sum(credits)"], size=size))
        assert all(found == len(models.split(",")) <= size for models, found in made)
        assert ",".join(models for models, _ in made) == "m0,m1,m2,m3,m4,m5,m6"
    assert list(ledger.aggregates(["group_concat(model)"], notebook="a", size=2)) == [("m1",), ("m3",), ("m5",)]
    with pytest.raises(ConfigurationError, match="no such column"):
        list(ledger.aggregates(["sum(colour)"]))


def test_an_empty_ledger_has_aggregates_of_nothing(ledger: Ledger) -> None:
    assert list(ledger.aggregates(["count(*)", "sum(credits)"])) == [(0, None)]
    ledger.finish(ledger.begin(**START), "ok")
    assert list(ledger.aggregates(["count(*)"], provider="cailag")) == [(0,)]


def test_an_empty_ledger_has_empty_columns(ledger: Ledger) -> None:
    assert ledger.columns() == {name: [] for name in COLUMNS}
    assert ledger.columns(("model",), since="2026-01-01") == {"model": []}
    assert list(ledger.batches(("model",))) == [{"model": []}]


def test_a_period_has_the_rows_of_a_plain_filter(ledger: Ledger, seed: int) -> None:
    """Days in any order, rows under way, a clock that goes back, rows of another kernel."""
    choose = random.Random(seed)
    other = Ledger(ledger.path)
    rows: list[tuple[Ledger, int]] = []
    for _ in range(suite(4000)):
        writer = choose.choice([ledger, other])
        at = choose.randrange(10 * DAY_MS)
        rows.append((writer, writer.begin(**{**START, "operation": str(at)}, started_ms=at)))
        if choose.random() < 0.9:
            writer, row = rows.pop(choose.randrange(len(rows)))
            writer.finish(row, "ok")
    everything = [(entry.started_ms, entry.operation) for entry in ledger]
    for _ in range(60):
        since, until = sorted(choose.randrange(-DAY_MS, 11 * DAY_MS) for _ in range(2))
        bounds = {"since": moment(since), "until": moment(until)}
        for dropped in ((), ("since",), ("until",)):
            kept = {name: value for name, value in bounds.items() if name not in dropped}
            low = since if "since" in kept else float("-inf")
            high = until if "until" in kept else float("inf")
            expected = [row for row in everything if low <= row[0] < high]
            found = ledger.columns(("started_ms", "operation"), **kept)
            assert list(zip(found["started_ms"], found["operation"], strict=True)) == expected
    other.close()


def test_a_first_row_that_is_under_way_is_in_its_day(ledger: Ledger) -> None:
    ledger.begin(**START, started_ms=5 * DAY_MS)
    for day in (5, 6):
        ledger.finish(ledger.begin(**START, started_ms=day * DAY_MS + 1), "ok")
    assert ledger.columns(("outcome",), since="1970-01-06", until="1970-01-07") == {"outcome": [None, "ok"]}
    assert ledger.columns(("outcome",), since="1970-01-06") == {"outcome": [None, "ok", "ok"]}


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def test_a_short_period_reads_few_rows(ledger: Ledger) -> None:
    """A day is found through the sums: rows of other days are not looked at."""
    for number in range(3000):
        ledger.finish(ledger.begin(**START, started_ms=number * DAY_MS // 100), "ok")
    ledger._connection.execute("DELETE FROM processes")  # no kernel is at work
    seen = 0

    def progress() -> int:
        nonlocal seen
        seen += 1
        return 0

    def steps(**period: Any) -> int:
        nonlocal seen
        seen = 0
        ledger._connection.set_progress_handler(progress, 50)
        found = ledger.columns(("started_ms",), **period)["started_ms"]
        ledger._connection.set_progress_handler(None, 0)
        assert len(found) == (100 if period else 3000)
        return seen

    assert steps(since=date(1970, 1, 20), until=date(1970, 1, 21)) * 10 < steps()


def test_a_ledger_written_meanwhile_is_read_to_where_it_ended(ledger: Ledger) -> None:
    for _ in range(5):
        ledger.finish(ledger.begin(**START), "ok")
    batches = ledger.batches(("operation",), size=2)
    first = next(batches)
    ledger.finish(ledger.begin(**START), "ok")
    assert sum(len(batch["operation"]) for batch in [first, *batches]) == 5


def test_a_period_in_words() -> None:
    day = 20_000 * DAY_MS
    assert Period.read("2024-10-04", None) == (day, None)
    assert Period.read(date(2024, 10, 4), "2024-10-04T00:00:00.250") == (day, day + 250)
    assert Period.read(None, "2024-10-04T02:00:00+02:00") == (None, day)
    assert Period.read(datetime(2024, 10, 4, tzinfo=UTC), None).days == (20_000, None)
    assert Period(day + 1, day + 1).days == (20_000, 20_001)
    assert Period(-1, None).days == (-1, None)


def test_a_ledger_that_is_closed(ledger: Ledger) -> None:
    ledger.close()
    for read in (Ledger.columns, Ledger.totals, Ledger.daily, len, list):
        with pytest.raises(ConfigurationError, match="closed"):
            read(ledger)
