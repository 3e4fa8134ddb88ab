"""The runway: an interval that holds what it says, a reason where there is none, idle days counted."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest

from caicaini_nb import Client, connect
from caicaini_nb.analytics import runway
from caicaini_nb.analytics.forecast import ENOUGH, lasting
from caicaini_nb.errors import ConfigurationError, NotOfferedError
from caicaini_nb.sandbox import Sandbox
from tests.conftest import suite

DAY = date(2026, 11, 21)


def spent(*credits: int) -> dict[date, int]:
    """The credits of the days before `DAY`, the last one first."""
    return {DAY - timedelta(days=back): amount for back, amount in enumerate(credits, 1)}


def test_an_even_burn_lasts_for_certain() -> None:
    found = lasting(1_000, spent(*[100] * 10), days=28, day=DAY)
    assert (found.burn, found.days, found.low, found.high) == (100, 10, 10, 10)
    assert found.ends == (DAY + timedelta(days=10), DAY + timedelta(days=10))


def test_idle_days_count_and_the_day_itself_does_not() -> None:
    days = spent(*[100, 0] * 5) | {DAY: 10**9, DAY - timedelta(days=10): 0}
    found = lasting(1_000, days, days=28, day=DAY)
    assert (found.history, found.burn) == (10, 50)
    assert found.low is not None
    assert found.days is not None
    assert found.high is not None
    assert found.low < found.days < found.high


def test_the_interval_is_the_same_for_the_same_seed() -> None:
    days = spent(*(number**3 for number in range(14)))
    one, same, other = (lasting(9_999, days, days=28, day=DAY, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one.low != other.low
    assert (one.burn, one.days) == (other.burn, other.days)


def test_a_wider_interval_is_surer() -> None:
    days = spent(*range(0, 140, 10))
    narrow, wide = (lasting(9_999, days, days=28, day=DAY, level=level) for level in (0.5, 0.95))
    assert wide.low is not None
    assert narrow.low is not None
    assert wide.low < narrow.low


@pytest.mark.parametrize(
    ("balance", "days", "reason"),
    [
        (None, spent(*[5] * 9), "does not tell the balance"),
        (500, spent(*[5] * (ENOUGH - 1)), "6 whole days of history"),
        (500, {}, "0 whole days"),
        (500, spent(*[0] * 9), "nothing was spent"),
    ],
)
def test_too_little_is_said(balance: int | None, days: dict[date, int], reason: str) -> None:
    found = lasting(balance, days, days=28, day=DAY)
    assert (found.days, found.low, found.high) == (None, None, None)
    assert reason in str(found)
    assert "unknown" in repr(found)


def test_days_that_might_all_be_idle_have_no_end() -> None:
    found = lasting(10, spent(*[0] * 27, 700), days=28, day=DAY)
    assert found.high == math.inf
    assert found.ends[1] is None
    assert "no end of days" in str(found)


def test_a_balance_of_nothing_lasts_no_day() -> None:
    found = lasting(0, spent(*[7] * 9), days=28, day=DAY)
    assert (found.days, found.low, found.high) == (0, 0, 0)


def test_the_interval_holds_the_true_average_as_often_as_it_says(seed: int) -> None:
    chance, held, tries = np.random.default_rng(seed), 0, suite(1_000)
    for number in range(tries):
        days = spent(*(int(amount) for amount in chance.gamma(4, 250, size=28)))  # 1,000 a day on average
        found = lasting(100_000, days, days=28, day=DAY, seed=number)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 100 <= found.high
    # A bootstrap of 28 days holds it a little less often than 90 of 100 times.
    assert held / tries == pytest.approx(0.88, abs=0.1)


def test_a_client_without_history_has_no_forecast(client: Client) -> None:
    assert runway(client).reason is not None


def test_what_makes_no_sense_is_refused(client: Client) -> None:
    for level, days in ((0.0, 7), (1.0, 7), (0.9, 0)):
        with pytest.raises(ConfigurationError, match="is no forecast"):
            runway(client, level=level, days=days)


def test_cailag_tells_no_balance(sandbox: Sandbox) -> None:
    with connect("cailag", sandbox=sandbox) as cailag, pytest.raises(NotOfferedError, match="tells no balance"):
        runway(cailag)
