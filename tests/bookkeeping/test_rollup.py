"""Sums by day: what the triggers keep is what the rows add up to, whatever is done to the rows."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from caicaini_nb import Ledger
from caicaini_nb.bookkeeping.rollup import DERIVED, FILL, KEY, ROLLUP_COLUMNS, SUMMED
from caicaini_nb.ledger import Entry
from tests.benchmarks.many_rows import DAYS, make
from tests.conftest import suite

DAY_MS = 86_400_000
START: dict[str, Any] = {"provider": "caicaini", "origin": "hosted", "surface": "messages", "operation": "o"}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.db")
    yield ledger
    ledger.close()


def stored(path: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(path) as raw:
        rows = raw.execute("SELECT * FROM daily").fetchall()
    raw.close()
    return rows


def summed(entries: list[Entry]) -> dict[tuple[Any, ...], list[Any]]:
    """The sums as a person would add them up: by key, calls, then sums, then how many are unknown."""
    sums: dict[tuple[Any, ...], list[Any]] = {}
    for entry in entries:
        if entry.outcome is None:
            continue
        key = {
            "day": entry.started_ms // DAY_MS, "provider": entry.provider, "origin": entry.origin,
            "surface": entry.surface, "model": entry.model_answered or entry.model, "outcome": entry.outcome,
        }  # fmt: skip
        amounts = [getattr(entry, name) for name in SUMMED]
        found = sums.setdefault(tuple(key[name] for name in KEY), [0, *[None] * len(SUMMED), *[0] * len(SUMMED)])
        found[0] += 1
        for number, amount in enumerate(amounts, 1):
            if amount is None:
                found[number + len(SUMMED)] += 1
            else:
                found[number] = round((found[number] or 0) + amount, 3)
    return sums


def kept(ledger: Ledger) -> dict[tuple[Any, ...], list[Any]]:
    columns = ledger.daily()
    assert tuple(columns) == ROLLUP_COLUMNS
    rows = list(zip(*columns.values(), strict=True))
    return {row[: len(KEY)]: list(row[len(KEY) :]) for row in rows}


def test_whatever_happens_the_sums_are_those_of_the_rows(ledger: Ledger, seed: int) -> None:
    choose = random.Random(seed)

    def amounts() -> dict[str, Any]:
        return {
            "model_answered": choose.choice([None, "c"]),
            **{name: choose.choice([None, 0, choose.randrange(10_000)]) for name in SUMMED[:-2]},
            **{name: choose.choice([None, 0.0, choose.randrange(90_000) / 4]) for name in SUMMED[-2:]},
        }

    def outcome() -> str:
        return choose.choice(["ok", "error", "interrupted", "unknown"])

    rows: list[int] = []
    with sqlite3.connect(ledger.path, isolation_level=None) as raw:
        for _ in range(suite(3000)):
            start = {**START, "model": choose.choice(["a", None]), "surface": choose.choice(["messages", "models"])}
            rows.append(ledger.begin(**start, started_ms=choose.randrange(20) * 18_000_000))
            if choose.random() < 0.8:
                ledger.finish(choose.choice(rows), outcome(), **amounts())  # some are finished twice
            if choose.random() < 0.1:
                raw.execute("DELETE FROM entries WHERE id = ?", (choose.choice(rows),))
            if choose.random() < 0.1:
                raw.execute("UPDATE entries SET outcome = NULL WHERE id = ?", (choose.choice(rows),))
            if choose.random() < 0.1:
                raw.execute("UPDATE entries SET started_ms = started_ms + 18000000 WHERE id = ?", (rows[-1],))
    raw.close()
    expected = summed(list(ledger))
    assert kept(ledger) == expected
    assert len(expected) > 20
    kept_by_triggers = stored(ledger.path)
    with sqlite3.connect(ledger.path) as raw:
        raw.execute("DELETE FROM daily")
        raw.execute(FILL)
    raw.close()
    # Deleting a row cannot tell which row is now the first of its day, so those two columns may reach further.
    assert [row[:-2] for row in stored(ledger.path)] == [row[:-2] for row in kept_by_triggers]
    for before, after in zip(kept_by_triggers, stored(ledger.path), strict=True):
        assert before[-2] <= after[-2] <= after[-1] <= before[-1]


def test_unknown_is_none_and_explicit_zero_is_zero(ledger: Ledger) -> None:
    ledger.finish(ledger.begin(**START, model="a"), "ok", credits=0, total_ms=0.0)
    ledger.finish(ledger.begin(**START, model="b"), "ok")
    ledger.begin(**START, model="b")  # under way: in no sum
    by_model = ledger.daily(("calls", "credits", "unknown_credits", "total_ms"), by=("model",))
    assert by_model == {
        "model": ["a", "b"], "calls": [1, 1], "credits": [0, None], "unknown_credits": [0, 1], "total_ms": [0.0, None],
    }  # fmt: skip


def test_summed_further(ledger: Ledger) -> None:
    for day, model, credits in [(0, "a", 1), (0, "b", None), (1, "a", 4), (1, "a", 8), (2, "b", 16)]:
        row = ledger.begin(**START, model=model, started_ms=day * DAY_MS + 5)
        ledger.finish(row, "ok" if credits else "error", credits=credits)
    assert ledger.daily(("calls", "credits"), by=()) == {"calls": [5], "credits": [29]}
    assert ledger.daily(("credits",), by=("day",)) == {"day": [0, 1, 2], "credits": [1, 12, 16]}
    assert ledger.daily(("calls",), by=("outcome", "model")) == {
        "outcome": ["error", "ok", "ok"], "model": ["b", "a", "b"], "calls": [1, 3, 1],
    }  # fmt: skip
    assert ledger.daily(("calls",), by=(), provider="cailag") == {"calls": []}
    with pytest.raises(TypeError, match="no colour; they are by day"):
        ledger.daily(by=("colour",))
    with pytest.raises(TypeError, match="no status"):
        ledger.daily(("status",))
    with pytest.raises(TypeError, match="no credits"):
        ledger.daily(by=("credits",))


def test_what_was_not_refused_may_have_cost_something(ledger: Ledger) -> None:
    for outcome, told in (("ok", 3), ("ok", None), ("error", None), ("unknown", None), ("interrupted", 1)):
        ledger.finish(ledger.begin(**START, model="a"), outcome, credits=told, input_tokens=1, output_tokens=told)
    ledger.finish(ledger.begin(**{**START, "surface": "models"}), "error")
    assert ledger.daily(tuple(DERIVED), by=("model",), surfaces=("messages", "chat")) == {
        "model": ["a"], "failed": [3], "served": [4], "unknown_served_tokens": [2], "unknown_served_credits": [2],
    }  # fmt: skip
    assert ledger.daily(("failed",), by=("model",)) == {"model": ["a", None], "failed": [3, 1]}


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        (None, None, [0, 1, 2]),
        (date(1970, 1, 2), None, [1, 2]),
        ("1970-01-02", "1970-01-03", [1]),
        (datetime(1970, 1, 2, 23, 59, tzinfo=UTC), None, [1, 2]),
        (None, datetime(1970, 1, 3, 0, 0, 1, tzinfo=UTC), [0, 1, 2]),
        (None, datetime(1970, 1, 3), [0, 1]),
        (None, "1970-01-03T01:00:00+01:00", [0, 1]),
        (date(1990, 1, 1), None, []),
    ],
)
def test_days_are_whole(ledger: Ledger, since: Any, until: Any, days: list[int]) -> None:
    for day in range(3):
        ledger.finish(ledger.begin(**START, started_ms=day * DAY_MS + DAY_MS // 2), "ok")
    assert ledger.daily((), since=since, until=until, by=("day",)) == {"day": days}


def test_a_period_that_cannot_be(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        ledger.daily(since="2026-02-01", until="2026-01-01")
    with pytest.raises(ValueError, match="Invalid isoformat"):
        ledger.daily(since="yesterday")


def test_an_empty_ledger_has_empty_columns(ledger: Ledger) -> None:
    assert ledger.daily() == {name: [] for name in ROLLUP_COLUMNS}
    assert ledger.daily(("calls",), by=()) == {"calls": []}


def test_a_bulk_ledger_has_the_sums_that_triggers_keep(tmp_path: Path) -> None:
    bulk = make(tmp_path / "bulk.db", 3000)
    slow = Ledger(tmp_path / "slow.db")
    with sqlite3.connect(slow.path) as raw:
        raw.execute("ATTACH ? AS bulk", (str(bulk.path),))
        raw.execute("INSERT INTO entries SELECT * FROM bulk.entries")
    raw.close()
    assert len(slow) == 3000
    assert stored(slow.path) == stored(bulk.path)
    assert len(set(bulk.daily(("calls",), by=("day",))["day"])) == DAYS
    assert kept(bulk) == summed(list(bulk))
