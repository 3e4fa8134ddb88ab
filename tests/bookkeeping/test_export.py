"""Parquet by month and CSV: every row once, months replaced whole, nothing half written."""

from __future__ import annotations

import csv
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from caicaini_nb import Ledger
from caicaini_nb.bookkeeping import export
from caicaini_nb.bookkeeping.entry import COLUMNS
from caicaini_nb.errors import ConfigurationError

START: dict[str, Any] = {"provider": "caicaini", "origin": "hosted", "surface": "messages", "operation": "o"}
TIMES = [
    datetime(2026, 1, 31, 23, 59, 59, 999_000, UTC),
    datetime(2026, 2, 1, tzinfo=UTC),
    datetime(2026, 1, 5, tzinfo=UTC),
    datetime(2025, 12, 31, tzinfo=UTC),
]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.db")
    for number, at in enumerate(TIMES):
        row = ledger.begin(**START, model=f"m{number}", started_ms=milliseconds(at))
        ledger.finish(row, "ok", credits=number or None, total_ms=0.5, input_tokens=0)
    yield ledger
    ledger.close()


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def test_parquet_by_month(ledger: Ledger, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "lake"
    files = ledger.to_parquet(folder)
    months = ["2025-12", "2026-01", "2026-02"]
    assert files == [folder / f"month={month}" / "ledger.parquet" for month in months]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    frame = pd.read_parquet(folder)
    assert list(frame.columns) == ["started", *COLUMNS[1:], "month"]
    assert list(frame["model"]) == ["m3", "m0", "m2", "m1"]  # in a month, in the ledger's order
    assert list(frame["started"]) == [TIMES[3], TIMES[0], TIMES[2], TIMES[1]]
    assert str(frame["started"].dtype) == "datetime64[ms, UTC]"
    assert list(frame["credits"].astype("Int64")) == [3, pd.NA, 2, 1]
    assert set(frame["input_tokens"]) == {0}
    assert sorted(file.name for file in folder.iterdir()) == [f"month={month}" for month in months]


def test_again_replaces_and_leaves_what_is_not_ours(ledger: Ledger, tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    ledger.to_parquet(folder)
    (folder / "_notes").write_text("mine")
    (folder / "month=2024-01").mkdir()
    ledger.finish(ledger.begin(**START, started_ms=milliseconds(TIMES[1])), "ok")
    ledger.to_parquet(folder)
    ledger.to_parquet(folder)
    assert len(pd.read_parquet(folder)) == 5
    assert sorted(file.name for file in folder.iterdir()) == [
        "_notes", "month=2024-01", "month=2025-12", "month=2026-01", "month=2026-02",
    ]  # fmt: skip


def test_what_breaks_off_leaves_the_files_as_they_were(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, table = tmp_path / "lake", tmp_path / "rows.csv"
    before = [file.read_bytes() for file in [*ledger.to_parquet(folder), ledger.to_csv(table)]]

    rows = ledger.columns()

    def broken(self: Ledger) -> Iterator[dict[str, list[Any]]]:
        yield rows
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Ledger, "batches", broken)
    for write, place in ((ledger.to_parquet, folder), (ledger.to_csv, table)):
        with pytest.raises(ConfigurationError, match="cannot be written: No space left on device"):
            write(place)
    assert [file.read_bytes() for file in [*sorted(folder.rglob("*.parquet")), table]] == before
    assert list(tmp_path.glob(".*")) + list(folder.glob(".*")) == []


def test_an_empty_ledger(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "empty.db")
    assert ledger.to_parquet(tmp_path / "lake") == []
    lines = ledger.to_csv(tmp_path / "rows.csv").read_text().splitlines()
    assert lines == [",".join(("started", *COLUMNS[1:]))]


def test_without_pyarrow(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'caicaini-nb\[parquet\]'"):
        ledger.to_parquet(tmp_path / "lake")
    assert not (tmp_path / "lake").exists()


def test_a_folder_that_cannot_be(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for write in (ledger.to_parquet, ledger.to_csv):
        with pytest.raises(ConfigurationError, match="rows cannot be written: "):
            write(tmp_path / "file" / "below" / "rows")


def test_csv(ledger: Ledger, tmp_path: Path) -> None:
    ledger.finish(ledger.begin(**START, model='=HYPERLINK("x")', notebook="a,b\n.ipynb"), "ok", error="-1")
    path = ledger.to_csv(tmp_path / "deep" / "rows.csv")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["started"] == "2026-01-31T23:59:59.999+00:00"
    assert [row["credits"] for row in rows] == ["", "1", "2", "3", ""]
    assert (rows[0]["input_tokens"], rows[-1]["input_tokens"]) == ("0", "")
    assert (rows[-1]["model"], rows[-1]["notebook"], rows[-1]["error"]) == ('\'=HYPERLINK("x")', "a,b\n.ipynb", "'-1")


def test_batches_make_no_difference(ledger: Ledger, tmp_path: Path) -> None:
    one = export.to_parquet(ledger.batches(size=1), tmp_path / "one")
    all_at_once = export.to_parquet(ledger.batches(), tmp_path / "all")
    for small, large in zip(one, all_at_once, strict=True):
        pd.testing.assert_frame_equal(pd.read_parquet(small), pd.read_parquet(large))
