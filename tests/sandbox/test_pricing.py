"""Exact arithmetic: what dollars buy and what tokens cost."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caicaini_nb.sandbox.pricing import RATES, cents_of, cost, credits_for


@pytest.mark.parametrize(
    ("usd", "credits_"),
    [
        (10, 70_000),
        ("10.01", 70_070),
        (Decimal("49.99"), 349_930),
        (49.99, 349_930),
        (50, 380_000),
        ("199.99", 1_519_924),
        (200, 1_600_000),
        ("999.99", 7_999_920),
        (1_000, 8_500_000),
        (10_000, 85_000_000),
    ],
)
def test_top_ups_buy_credits_at_the_documented_steps(usd: object, credits_: int) -> None:
    assert credits_for(cents_of(usd)) == credits_


@pytest.mark.parametrize("usd", [0, 9.99, "10000.01", -50, "10.001", "ten", "", None, "NaN", "Infinity", "1e9", True])
def test_other_amounts_are_refused(usd: object) -> None:
    with pytest.raises(ValueError, match="top-up"):
        cents_of(usd)


@given(st.sampled_from(sorted(RATES)), st.integers(0, 10**7), st.integers(0, 10**6))
def test_cost_is_whole_rounded_up_and_never_falls(model: str, given_: int, made: int) -> None:
    rate = RATES[model]
    exact = Decimal(given_ * rate.input + made * rate.output) / 1000
    assert exact <= cost(model, given_, made) < exact + 1
    assert cost(model, given_, made + 1) >= cost(model, given_, made)
