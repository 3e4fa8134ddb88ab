"""Dollars and credits by the documented rates, exact, and what is no top-up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from caicaini_nb.analytics import credits_for, usd_for
from caicaini_nb.sandbox.pricing import cents_of
from caicaini_nb.sandbox.pricing import credits_for as previewed

DOCUMENTED = {
    "10": 70_000,
    "49.99": 349_930,
    "50": 380_000,
    "199.99": 1_519_924,
    "200": 1_600_000,
    "999.99": 7_999_920,
    "1000": 8_500_000,
    "10000": 85_000_000,
}


@pytest.mark.parametrize(("usd", "credits"), DOCUMENTED.items())
def test_a_top_up_buys_what_the_preview_says(usd: str, credits: int) -> None:
    assert credits_for(usd) == credits_for(Decimal(usd)) == credits_for(f"${Decimal(usd):,}") == credits
    assert previewed(cents_of(usd)) == credits  # the sandbox's own reading of the same page


def test_whole_dollars_may_be_an_int() -> None:
    assert credits_for(50) == 380_000


@pytest.mark.parametrize(
    "usd", ["9.99", "10000.01", "10,000.01", 9, 0, -50, "-50", "10.005", "NaN", "ten", "", Decimal("Infinity")]
)
def test_what_is_no_top_up_is_refused(usd: Any) -> None:
    with pytest.raises(ValueError, match=r"\$|dollars"):
        credits_for(usd)


@pytest.mark.parametrize("usd", [49.99, 50.0, True, None])
def test_a_float_is_refused(usd: Any) -> None:
    with pytest.raises(TypeError, match=r"write '49\.99'"):
        credits_for(usd)


@given(some.integers(1_000, 1_000_000))
def test_every_cent_is_as_the_sandbox_reads_it(cents: int) -> None:
    assert credits_for(Decimal(cents) / 100) == previewed(cents)


def test_credits_cost_what_their_packs_did() -> None:
    assert usd_for(70_000, packs=[10, 50]) == Decimal("10")
    assert usd_for(450_000, packs=["10", Decimal("50")]) == Decimal("60")
    assert usd_for(70_000 + 76, packs=[10, 50]) == Decimal("10.01")
    assert usd_for(0, packs=[]) == 0
    assert usd_for(1, packs="10") == Decimal("0.000143")
    assert usd_for(35_000, packs=[10]) == Decimal(5)


@given(some.integers(0, 450_000), some.integers(0, 450_000))
def test_more_credits_never_cost_less(one: int, other: int) -> None:
    few, many = sorted((one, other))
    assert usd_for(few, packs=[10, 50]) <= usd_for(many, packs=[10, 50])


@pytest.mark.parametrize(("credits", "packs"), [(70_001, [10]), (1, []), (-1, [10]), (True, [10]), (1.5, [10])])
def test_more_than_was_bought_is_refused(credits: Any, packs: Any) -> None:
    with pytest.raises(ValueError, match=r"packs hold|whole number"):
        usd_for(credits, packs=packs)
