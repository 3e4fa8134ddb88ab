"""CNY by the published prices: exact, with what it covers, and at another model's price."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from caicaini_nb import Ledger
from caicaini_nb.analytics import cost_in_cny, frame, what_if
from caicaini_nb.errors import ConfigurationError
from caicaini_nb.models import catalogue, price
from tests.analytics.made import add, ledger_at, random_ledger


def test_the_documented_example(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    add(ledger, provider="cailag", surface="chat", model="deepseek-chat", input_tokens=1_000, output_tokens=500)
    cost = cost_in_cny(ledger)
    assert (cost.amount, str(cost)) == (Decimal("0.00162"), "¥0.00162 for 1 of 1 calls")
    assert cost.is_whole


def test_a_cost_says_what_it_covers(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    for _ in range(312):
        add(ledger, provider="cailag", surface="chat", model="qwen-max", input_tokens=2_000, output_tokens=63)
    for _ in range(8):
        add(ledger, provider="cailag", surface="chat", model="glm-4-flash", input_tokens=9, output_tokens=9)
    cost = cost_in_cny(ledger)
    assert str(cost) == "¥1.84 for 312 of 320 calls"
    assert not cost.is_whole
    assert cost.by_model is not None
    assert cost.by_model["glm-4-flash"].amount is None
    assert "glm-4-flash" in repr(cost)
    assert "unknown" in cost._repr_markdown_()


@pytest.mark.parametrize("model", [name for name, found in catalogue().items() if found.input_price is None])
def test_an_unpublished_price_is_unknown(tmp_path: Path, model: str) -> None:
    ledger = ledger_at(tmp_path)
    add(ledger, provider="cailag", surface="chat", model=model, input_tokens=1_000, output_tokens=500)
    assert cost_in_cny(ledger).amount is None
    with pytest.raises(ConfigurationError, match="No price is published"):
        what_if(ledger, model)


def test_the_cost_is_the_sum_of_each_call(tmp_path: Path, seed: int) -> None:
    ledger = random_ledger(tmp_path, seed)
    expected, priced, calls = _by_hand(ledger, None)
    for source in (ledger, frame(ledger)):
        cost = cost_in_cny(source)
        assert (cost.amount, cost.priced, cost.calls) == (expected, priced, calls)


def test_what_if_takes_the_same_tokens(tmp_path: Path, seed: int) -> None:
    ledger = random_ledger(tmp_path, seed)
    expected, priced, calls = _by_hand(ledger, "qwen-plus")
    cost = what_if(ledger, "qwen-plus", provider="cailag")
    assert (cost.amount, cost.priced, cost.calls) == (expected, priced, calls)
    assert what_if(frame(ledger), "qwen-plus").calls > calls


def _by_hand(ledger: Ledger, model: str | None) -> tuple[Decimal, int, int]:
    calls = [
        entry
        for entry in ledger
        if entry.provider == "cailag" and entry.surface != "models" and entry.outcome not in (None, "error")
    ]
    models = [model or entry.model_answered or entry.model or "" for entry in calls]
    costs = [price(name, entry.input_tokens, entry.output_tokens) for name, entry in zip(models, calls, strict=True)]
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)), len(known), len(costs)


@pytest.mark.parametrize("tiny", ["0.0000374", "0.27", "1.235", "1234.5"])
def test_a_small_amount_keeps_three_figures(tiny: str) -> None:
    from caicaini_nb.analytics.prices import Cost

    shown = str(Cost(Decimal(tiny), 1, 1))
    assert abs(Decimal(shown.split()[0].strip("¥").replace(",", "")) - Decimal(tiny)) <= Decimal(tiny) / 200


def test_no_call_is_unknown(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    assert str(cost_in_cny(ledger)) == str(what_if(ledger, "qwen-plus")) == "unknown for 0 of 0 calls"
    assert cost_in_cny(pd.DataFrame(frame(ledger))).calls == 0


def test_a_near_name_is_suggested(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Did you mean qwen-plus"):
        what_if(ledger_at(tmp_path), "qwen-pluss")
