"""Sums: the same from the sums the file keeps, from its rows, and from a DataFrame; unknown is counted, not 0."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from caicaini_nb import Ledger
from caicaini_nb.analytics import by_hour, by_model_and_day, by_notebook, frame, totals_by
from caicaini_nb.analytics.sums import KEPT, KEYS, SUMS
from caicaini_nb.errors import ConfigurationError
from caicaini_nb.models import price
from tests.analytics.made import NOON, add, ledger_at, random_ledger

BY = [(), ("day",), ("model",), ("day", "provider", "model"), ("outcome", "origin"), KEPT]
PERIODS: list[dict[str, Any]] = [{}, {"since": "2026-11-20"}, {"until": "2026-11-20", "provider": "cailag"}]


@pytest.fixture
def ledger(tmp_path: Path, seed: int) -> Ledger:
    return random_ledger(tmp_path, seed)


@pytest.mark.parametrize("period", PERIODS, ids=str)
@pytest.mark.parametrize("by", BY, ids=" ".join)
def test_kept_sums_are_those_of_the_rows(ledger: Ledger, by: tuple[str, ...], period: dict[str, Any]) -> None:
    pd.testing.assert_frame_equal(totals_by(ledger, *by, **period), totals_by(frame(ledger), *by, **period))


def test_part_of_a_day_is_summed_from_rows(ledger: Ledger) -> None:
    part = totals_by(ledger, "day", since="2026-11-20T13:00", until="2026-11-20T18:00")
    rows = frame(ledger, since="2026-11-20T13:00", until="2026-11-20T18:00")
    calls = rows[rows["surface"].isin(["messages", "chat"]) & rows["outcome"].notna()]
    assert part["calls"].sum() == len(calls)


def test_sums_are_those_of_plain_arithmetic(ledger: Ledger) -> None:
    table = by_model_and_day(ledger)
    assert list(table) == ["day", "provider", "model", *SUMS]
    rows: list[Any] = table.to_dict("records")
    for row in rows:
        entries = [
            entry
            for entry in ledger
            if entry.surface in ("messages", "chat") and entry.outcome is not None
            and entry.provider == row["provider"] and f"{entry.started:%Y-%m-%d}" == f"{row['day']:%Y-%m-%d}"
            and (entry.model_answered or entry.model) == (None if pd.isna(row["model"]) else row["model"])
        ]  # fmt: skip
        credits = [entry.credits for entry in entries if entry.credits is not None]
        assert row["calls"] == len(entries)
        assert row["failed"] == sum(entry.outcome != "ok" for entry in entries)
        assert pd.isna(row["credits"]) if not credits else row["credits"] == sum(credits)


def test_unknown_is_no_zero(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    add(ledger)
    row = totals_by(ledger).iloc[0]
    assert (row["calls"], row["unknown_cost"], row["cny"]) == (1, 1, None)
    assert pd.isna(row["credits"])
    add(ledger, credits=0, input_tokens=3, output_tokens=0)
    row = totals_by(ledger).iloc[0]
    assert (row["credits"], row["unknown_cost"], row["output_tokens"]) == (0, 1, 0)


def test_a_refused_request_is_no_unknown_cost(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    for outcome in ("error", "unknown", "interrupted"):
        add(ledger, outcome=outcome)
    row = totals_by(ledger).iloc[0]
    assert (row["calls"], row["failed"], row["unknown_cost"]) == (3, 3, 2)


def test_cny_is_exact_and_only_for_cailag(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    for model in ("deepseek-chat", "deepseek-chat", "glm-4-flash", "qwen-plus"):
        add(ledger, provider="cailag", surface="chat", model=model, input_tokens=1_001, output_tokens=503)
    add(ledger, provider="elsewhere", surface="chat", model="deepseek-chat", input_tokens=5, output_tokens=5)
    table = totals_by(ledger, "provider", "model").set_index(["provider", "model"])
    one = price("deepseek-chat", 1_001, 503)
    assert one is not None
    assert table.loc[("cailag", "deepseek-chat"), "cny"] == 2 * one
    assert list(table.loc[("cailag", "glm-4-flash"), ["cny", "unknown_cost"]]) == [None, 1]
    assert list(table.loc[("elsewhere", "deepseek-chat"), ["cny", "unknown_cost"]]) == [None, 1]
    whole = totals_by(ledger).iloc[0]
    assert isinstance(whole["cny"], Decimal)
    assert whole["unknown_cost"] == 2


def test_by_hour_follows_the_time_zone(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    add(ledger, NOON, credits=1)
    assert by_hour(ledger)["hour"].tolist() == [12]
    assert by_hour(ledger, timezone="Asia/Shanghai")["hour"].tolist() == [20]


def test_by_notebook_has_a_line_for_calls_from_elsewhere(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    for notebook in ("a.ipynb", None, "a.ipynb"):
        add(ledger, notebook=notebook, credits=2)
    table = by_notebook(ledger)
    assert table["credits"].tolist() == [4, 2]
    assert table["notebook"].isna().tolist() == [False, True]


@pytest.mark.parametrize("by", [*((key,) for key in KEYS), ()], ids=str)
def test_nothing_is_an_empty_table(tmp_path: Path, by: tuple[str, ...]) -> None:
    ledger = ledger_at(tmp_path)
    for source in (ledger, frame(ledger)):
        assert list(totals_by(source, *by)) == [*by, *SUMS]
        assert totals_by(source, *by).empty


def test_a_key_nobody_keeps_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not kept by colour"):
        totals_by(ledger_at(tmp_path), "colour")
