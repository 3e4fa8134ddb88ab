"""The notebooks' month: made by its script, the same in each run but for times and ids, and as the notebooks say."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from caicaini_nb.analytics import frame, reconcile, totals_by
from caicaini_nb.sandbox import process

SCRIPT = Path(__file__).parents[2] / "notebooks" / "data" / "simulated_month.py"
OF_A_RUN = ["operation", "first_event_ms", "total_ms", "request_id", "message_id", "process"]


@pytest.fixture(scope="module")
def month() -> Any:
    spec = importlib.util.spec_from_file_location("simulated_month", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # a NamedTuple looks for its module there
    spec.loader.exec_module(module)
    return module


def test_the_committed_month_has_what_the_notebooks_show(month: Any) -> None:
    rows = frame(month.load())
    answered = rows["model_answered"].dropna()
    assert set(rows["provider"]) == {"caicaini", "cailag"}
    assert answered.nunique() == 6
    assert set(rows["outcome"]) == {"ok", "error", "interrupted", "unknown"}
    assert (rows["attempt"] > 1).sum() == 4
    worked = set(rows["started"].dt.day)
    assert {1, 12, 15, 27} <= worked
    assert worked.isdisjoint({13, 14}), "the second weekend is idle"
    assert rows["started"].dt.strftime("%Y-%m").unique().tolist() == ["2035-01"]
    assert rows["key_prefix"].unique().tolist() == ["cai_api_sbx_"]


def test_the_month_is_no_older_than_its_plan(month: Any) -> None:
    planned = month.plan()
    rows = frame(month.load())
    assert len(rows) == len(planned) + (rows["attempt"] > 1).sum()
    first = rows[rows["attempt"] == 1]
    assert [f"{at:%m-%d %H:%M}" for at in first["started"]] == [f"{call.at:%m-%d %H:%M}" for call in planned]
    assert list(first["model"]) == [call.model for call in planned]


@pytest.mark.slow
def test_the_script_makes_the_same_month_again(month: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    committed = frame(month.load()).drop(columns=OF_A_RUN)
    with month.simulate() as client:
        try:
            again = frame(client.ledger, since="2035-01-01").drop(columns=OF_A_RUN)
            for rows in (committed, again):
                rows["started"] = rows["started"].dt.floor("min")
            pd.testing.assert_frame_equal(again, committed, check_categorical=False)
            found = reconcile(client)
            assert found.agrees
            assert found.service.credits == 70_000 + 4_000_000 - client.account().credits
            assert client.account().tier == "high_volume"
            assert totals_by(client.ledger)["failed"].iloc[0] == totals_by(month.load())["failed"].iloc[0]
        finally:
            running = process.find()
            assert running is not None
            running.control.call("POST", "stop", {})
