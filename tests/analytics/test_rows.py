"""The frame: dtypes, units, periods, and every kind of source."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from caicaini_nb import Ledger
from caicaini_nb.analytics import COLUMNS, frame, totals_by
from caicaini_nb.analytics.packing import EXPRESSIONS, packed
from caicaini_nb.analytics.periods import is_midnight, moment
from caicaini_nb.bookkeeping.entry import COLUMNS as FIELDS
from caicaini_nb.errors import ConfigurationError
from tests.analytics.made import DAY, NOON, add, ledger_at, random_ledger
from tests.conftest import suite


@pytest.fixture
def ledger(tmp_path: Path, seed: int) -> Ledger:
    return random_ledger(tmp_path, seed)


def test_every_column_is_documented_and_has_its_dtype(ledger: Ledger) -> None:
    rows = frame(ledger)
    assert {name: str(kind) for name, kind in rows.dtypes.items()} == {
        name: column.dtype for name, column in COLUMNS.items()
    }
    assert set(COLUMNS) == {*FIELDS, "started"} - {"started_ms"}
    assert all(column.meaning for column in COLUMNS.values())


def test_the_rows_are_those_of_the_ledger(ledger: Ledger) -> None:
    rows = frame(ledger)
    for place, entry in enumerate(ledger):
        row = rows.iloc[place]
        assert row["started"] == entry.started
        for name in set(FIELDS) - {"started_ms"}:
            value = getattr(entry, name)
            assert pd.isna(row[name]) if value is None else row[name] == value, name
    assert len(rows) == len(ledger) == 300


def test_a_frame_of_a_frame_is_the_same(ledger: Ledger) -> None:
    rows = frame(ledger)
    pd.testing.assert_frame_equal(frame(rows), rows)
    part = frame(ledger, provider="cailag", notebook="one.ipynb", origin="sandbox", since="2026-11-20")
    same = frame(rows, provider="cailag", notebook="one.ipynb", origin="sandbox", since="2026-11-20")
    assert list(part["operation"]) == list(same["operation"])
    assert set(part["provider"]) == {"cailag"}
    assert part["started"].min() >= pd.Timestamp("2026-11-20", tz="UTC")


def test_since_is_counted_in_and_until_is_not(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    for hours in range(4):
        add(ledger, NOON + hours * 3_600_000)
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert len(frame(ledger, since=noon)) == 4
    assert len(frame(ledger, until=noon)) == len(frame(frame(ledger), until=noon)) == 0
    assert len(frame(frame(ledger), since=noon)) == 4
    assert len(frame(ledger, since="2026-11-21T13:00", until="2026-11-21T16:00+01:00")) == 2
    assert len(frame(ledger, since=date(2026, 11, 22))) == 0


def test_an_empty_ledger_and_one_row(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    assert frame(ledger).shape == (0, len(COLUMNS))
    add(ledger, input_tokens=0, credits=0)
    rows = frame(ledger)
    assert (len(rows), rows["credits"].sum(), rows["input_tokens"].iloc[0]) == (1, 0, 0)
    assert rows["output_tokens"].isna().all()


def test_a_large_number_keeps_every_digit(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    add(ledger, credits=2**53 - 1)
    assert frame(ledger)["credits"].iloc[0] == 2**53 - 1
    assert totals_by(ledger)["credits"].iloc[0] == 2**53 - 1


def test_a_time_keeps_every_nanosecond(tmp_path: Path, seed: int) -> None:
    ledger, chance = ledger_at(tmp_path), random.Random(seed)
    times = [round(chance.uniform(1, 10) * 10.0 ** chance.randrange(-7, 9), 6) for _ in range(suite(1000))]
    times += [0.0, 0.3, -3.7, 2.0**32 - 2**-6]
    inexact = [0.1 + 0.2, 5e-324, 1 / 3]
    for time in (*times, *inexact):
        add(ledger, total_ms=time)
    for time in (1e300, -1e300, 1e13):  # no time at all: three centuries
        add(ledger, total_ms=time)
    found = frame(ledger)["total_ms"]
    assert found[: len(times)].tolist() == times
    assert found[len(times) : -3].tolist() == [pytest.approx(time, rel=0, abs=5.1e-7) for time in inexact]
    assert found.isna().tolist() == [False] * (len(times) + len(inexact)) + [True] * 3


def test_text_of_any_kind_comes_back(tmp_path: Path) -> None:
    """Also what would end a line, a JSON text or a list, and what looks like nothing."""
    ledger = ledger_at(tmp_path)
    texts = ["", "null", "a\nb", 'say "x", "y"', "\\", "\x00\x1f", "\u4f60\u597d \U0001f600", "\u2028", "[1]", "1"]
    for text in texts:
        add(ledger, operation=text, request_id=text, message_id=text, error=text, notebook=text, model=text)
    rows = frame(ledger)
    for name in ("operation", "request_id", "message_id", "error", "notebook", "model"):
        assert rows[name].tolist() == texts, name


def test_many_batches_are_one_frame(tmp_path: Path, seed: int) -> None:
    ledger = random_ledger(tmp_path, seed)
    whole = frame(ledger)
    for size in (1, 7, 299, 300):
        parts = pd.DataFrame(packed(ledger.aggregates(EXPRESSIONS, size=size)))
        pd.testing.assert_frame_equal(parts, whole)


def test_a_clock_that_went_back_loses_no_row(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    for at in (NOON, NOON - 400 * DAY, NOON + 1):
        add(ledger, at, credits=1)
    assert len(frame(ledger)) == 3
    assert totals_by(ledger, "day")["credits"].tolist() == [1, 2]
    assert len(frame(ledger, since="2026-11-21")) == 2


@pytest.mark.parametrize("source", [pd.DataFrame({"x": [1]}), "ledger.sqlite", None, [1]])
def test_what_is_no_ledger_is_refused(source: object) -> None:
    with pytest.raises(ConfigurationError, match=r"is no ledger|has no"):
        frame(source)  # type: ignore[arg-type]


NOW = datetime(2026, 11, 21, 15, 40, 12, tzinfo=UTC)
MOMENTS = {
    "7d": datetime(2026, 11, 14, tzinfo=UTC),
    "0d": datetime(2026, 11, 21, tzinfo=UTC),
    " 2w ": datetime(2026, 11, 7, tzinfo=UTC),
    "3H": datetime(2026, 11, 21, 12, tzinfo=UTC),
    "2026-11-01": datetime(2026, 11, 1, tzinfo=UTC),
    "2026-11-01T02:00+02:00": datetime(2026, 11, 1, tzinfo=UTC),
}


@pytest.mark.parametrize(("text", "meant"), MOMENTS.items())
def test_a_moment_is_read(text: str, meant: datetime) -> None:
    assert moment(text, now=NOW) == meant
    assert is_midnight(meant) == (meant.hour == 0)


@pytest.mark.parametrize("value", ["", "7", "d", "soon", "7y", "2026-13-01", 7, 1.5])
def test_what_is_no_moment_is_refused(value: object) -> None:
    with pytest.raises(ConfigurationError, match="is no time"):
        moment(value)  # type: ignore[arg-type]
