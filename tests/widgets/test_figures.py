"""The sums behind the meter."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caicaini_nb.ledger import Entry
from caicaini_nb.widgets.figures import Sums, cost_of, level, shown_cost


def row(**values: Any) -> Entry:
    made = {"started_ms": 1, "provider": "caicaini", "origin": "sandbox", "surface": "messages", "operation": "a"}
    return Entry(**{**made, "outcome": "ok", **values})


AMOUNTS = st.none() | st.integers(0, 10**6)
ROWS = st.builds(
    row,
    provider=st.sampled_from(["caicaini", "cailag"]),
    surface=st.sampled_from(["messages", "chat", "account", "models", "count_tokens"]),
    outcome=st.sampled_from(["ok", "error", "interrupted", "unknown", None]),
    input_tokens=AMOUNTS,
    output_tokens=AMOUNTS,
    credits=AMOUNTS,
)


@given(st.lists(ROWS))
def test_what_is_known_is_added_and_the_rest_counted(rows: list[Entry]) -> None:
    sums = Sums("caicaini", rows)
    counted = [
        one for one in rows if one.provider == "caicaini" and one.surface in ("messages", "chat") and one.outcome
    ]
    assert sums.calls == len(counted)
    assert sums.cost == sum(one.credits or 0 for one in counted)
    assert sums.unknown_cost == sum(one.credits is None and one.outcome != "error" for one in counted)
    cost, calls = sums.shown()
    assert cost.startswith("at least") == bool(sums.unknown_cost)
    assert ("unknown" in calls) == bool(sums.unknown_cost)


def test_cailag_costs_its_published_price() -> None:
    one = row(provider="cailag", surface="chat", model="deepseek-chat", input_tokens=1000, output_tokens=500)
    assert cost_of(one) == Decimal("0.00162")
    sums = Sums("cailag", [one, row(provider="cailag", surface="chat", model="glm-4-flash", input_tokens=1)])
    assert sums.shown() == ("at least ¥0.00162", "2 calls, 1 of unknown cost")


@pytest.mark.parametrize(
    ("provider", "cost", "shown"),
    [
        ("caicaini", None, "unknown"),
        ("caicaini", 0, "0 credits"),
        ("caicaini", 1, "1 credit"),
        ("cailag", 0, "¥0.00"),
        ("cailag", "0.00162", "¥0.00162"),
    ],
)
def test_a_cost_reads_in_its_own_unit(provider: str, cost: Any, shown: str) -> None:
    assert shown_cost(provider, None if cost is None else Decimal(cost)) == shown


@pytest.mark.parametrize(
    ("spent", "colour"), [(0, "green"), (79, "green"), (80, "amber"), (99, "amber"), (100, "red"), (120, "red")]
)
def test_amber_from_four_fifths_red_at_the_end(spent: int, colour: str) -> None:
    assert level(Decimal(spent), Decimal(100)) == colour
