"""Errors, times, waste and what caches saved, on rows whose figures one can add up by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from caicaini_nb.analytics import cache_savings, errors, frame, latency, waste
from caicaini_nb.analytics.quality import failures_by_day
from tests.analytics.made import DAY, NOON, add, ledger_at

OPUS = "caicaini/opus"


def test_errors_are_counted_by_kind_and_most_come_first(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    for at in range(3):
        add(ledger, NOON + at, "error", status=429, error="rate_limit_error")
    add(ledger, NOON, "interrupted")
    add(ledger, NOON, "error", model=OPUS, status=500, error="api_error")
    add(ledger, NOON, "ok")
    add(ledger, NOON, "error", surface="models", status=500, error="api_error")
    table = errors(ledger)
    assert table["error"].tolist() == ["rate_limit_error", "interrupted", "api_error"]
    assert table["requests"].tolist() == [3, 1, 1]
    assert table["share"].tolist() == pytest.approx([0.6, 0.2, 1.0])
    assert table["last"].iloc[0] == pd.Timestamp(NOON + 2, unit="ms", tz="UTC")


def test_latency_is_of_whole_answers(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    for number in range(1, 101):
        add(ledger, first_event_ms=float(number), total_ms=10.0 * number)
    add(ledger, outcome="error", total_ms=1e9)
    row = latency(ledger).iloc[0]
    assert (row["answers"], row["first_event_p50"], row["total_p50"]) == (100, 50.5, 505.0)
    assert row["total_p95"] == pytest.approx(950.5)


def test_waste_tells_what_was_retried_from_what_was_given_up(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    add(ledger, outcome="error", operation="a", attempt=1, total_ms=500.0)
    add(ledger, outcome="ok", operation="a", attempt=2, credits=9, total_ms=100.0)
    add(ledger, outcome="error", operation="b", attempt=1, total_ms=250.0)
    add(ledger, outcome="error", operation="b", attempt=2, total_ms=250.0)
    add(ledger, outcome="unknown", operation="c", input_tokens=12, total_ms=1000.0)
    add(ledger, outcome="interrupted", operation="d", credits=4, total_ms=2000.0)
    table = waste(ledger).set_index("kind")
    assert table.index.tolist() == ["retried", "failed", "broken off", "interrupted"]
    assert table["requests"].tolist() == [2, 1, 1, 1]
    assert table["seconds"].tolist() == [0.75, 0.25, 1.0, 2.0]
    assert table["unknown_cost"].tolist() == [0, 0, 1, 0]
    assert table.loc["interrupted", "credits"] == 4
    assert table.loc["broken off", "input_tokens"] == 12


class Hits:
    """Stands in for a reply cache: what its log says."""

    def hits(self) -> dict[str, list[Any]]:
        return {
            "hit_ms": [NOON, NOON + DAY, NOON],
            "provider": ["caicaini", "caicaini", "cailag"],
            "model": ["caicaini/haiku", "caicaini/haiku", "deepseek-chat"],
            "input_tokens": [10, 20, 5],
            "output_tokens": [1, 2, None],
            "credits": [3, 4, None],
        }


def test_the_two_caches_are_told_apart(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    for read in (100, 50, 0, None):
        add(ledger, cache_read_input_tokens=read)
    table = cache_savings(ledger, replies=Hits())
    assert table["cache"].tolist() == ["provider", "replies", "replies"]
    assert table["hits"].tolist() == [2, 2, 1]
    assert table["tokens"].tolist() == [150, 33, pd.NA]
    assert table["credits"].tolist() == [pd.NA, 7, pd.NA]
    assert cache_savings(ledger, replies=Hits(), since="2026-11-22")["hits"].tolist() == [1]
    assert cache_savings(ledger)["cache"].tolist() == ["provider"]


@pytest.mark.parametrize("function", [errors, latency, cache_savings, failures_by_day])
def test_nothing_is_an_empty_table(tmp_path: Path, function: Any) -> None:
    ledger = ledger_at(tmp_path)
    assert function(ledger).empty
    assert function(frame(ledger)).empty


def test_no_waste_is_a_table_of_zeros(tmp_path: Path) -> None:
    table = waste(ledger_at(tmp_path))
    assert table["requests"].tolist() == [0, 0, 0, 0]
    assert table["credits"].isna().all()


def test_an_argument_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="unexpected argument 'form'"):
        errors(ledger_at(tmp_path), form="2026-11-21")
