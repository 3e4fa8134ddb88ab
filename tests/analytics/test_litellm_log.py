"""What an analyst tries first, on a real log that LiteLLM wrote: sums, errors, times. Dollars never become credits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from caicaini_nb import Ledger
from caicaini_nb.analytics import by_model_and_day, cost_in_cny, errors, frame, latency, picture, plot_spend, totals_by
from tests.analytics.made import ledger_at

LOG = Path(__file__).parents[1] / "bookkeeping" / "litellm.jsonl"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = ledger_at(tmp_path)
    made.import_jsonl(LOG)
    return made


@pytest.fixture
def lines() -> list[dict[str, object]]:
    return [json.loads(line) for line in LOG.read_text(encoding="utf-8").splitlines()]


def test_by_model_and_day(ledger: Ledger, lines: list[dict[str, object]]) -> None:
    table = by_model_and_day(ledger)
    rows = frame(ledger)
    assert table["calls"].sum() == rows["surface"].isin(["messages", "chat"]).sum() > 0
    assert len(rows) == len(lines)
    elsewhere = table[table["provider"] != "caicaini"]
    assert elsewhere["credits"].isna().all(), "dollars are no credits"
    assert table["credits"].sum() == 31, "but what a log has from the service itself are"
    tokens = [line["completion_tokens"] for line in lines if "completion" in str(line["call_type"])]
    assert table["output_tokens"].sum() == sum(int(str(count)) for count in tokens)
    assert frame(ledger)["origin"].unique().tolist() == ["imported"]


def test_errors(ledger: Ledger, lines: list[dict[str, object]]) -> None:
    failed = [line for line in lines if line["status"] == "failure"]
    assert failed
    assert errors(ledger)["requests"].sum() == len(failed)


def test_latency(ledger: Ledger) -> None:
    table = latency(ledger)
    assert table["answers"].sum() == totals_by(ledger, "outcome").set_index("outcome").loc["ok", "calls"]
    assert (table["total_p50"].dropna() > 0).all()
    assert table["total_p50"].notna().any()


def test_spend_is_an_honest_empty_chart(ledger: Ledger) -> None:
    ax = plot_spend(ledger)
    assert "of unknown cost" in ax.get_title(loc="left")
    assert picture(ax).png
    assert cost_in_cny(ledger).priced == 0
