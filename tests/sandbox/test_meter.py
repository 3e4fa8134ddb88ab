"""The meter: what runs at once never passes the balance, and a call is charged once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from caicaini_nb.sandbox.account import FIRST_CREDITS, Account
from caicaini_nb.sandbox.meter import Meter
from caicaini_nb.sandbox.refusal import Refusal
from caicaini_nb.sandbox.store import Store

OPUS = "caicaini/opus"  # 600 and 3000 thousandths of a credit a token


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    """An account in a store of its own."""
    store = Store(tmp_path)
    yield Account.open("acct_1", store)
    store.close()


def test_a_call_is_charged_once_and_in_the_store(account: Account) -> None:
    meter = Meter(account, OPUS, 10)
    assert meter.spend(5)
    assert [meter.settle(), meter.settle()] == [21, 21]
    assert account.credits == FIRST_CREDITS - 21
    assert account.store.account("acct_1") is not None
    assert (account.store.account("acct_1") or (0,))[0] == FIRST_CREDITS - 21


def test_a_call_that_is_only_released_is_free(account: Account) -> None:
    meter = Meter(account, OPUS, 10)
    assert meter.spend(5)
    assert account.pending == 21
    meter.release()
    assert (account.pending, account.credits) == (0, FIRST_CREDITS)


def test_calls_at_once_together_stay_within_the_balance(account: Account) -> None:
    meters = [Meter(account, OPUS, 1_000) for _ in range(4)]
    made = 0
    while sum(meter.spend(7) for meter in meters):
        made += 1
    with pytest.raises(Refusal) as refused:
        Meter(account, OPUS, 1_000)
    assert refused.value.status == 402
    charged = [meter.settle() or 0 for meter in meters]
    assert made > 100
    assert FIRST_CREDITS - 4 * 21 <= sum(charged) <= FIRST_CREDITS
    assert account.credits == FIRST_CREDITS - sum(charged)
    assert account.pending == 0


def test_without_a_price_nothing_is_charged(account: Account) -> None:
    meter = Meter(account, None, 10**9)
    assert meter.spend(10**9)
    assert meter.settle() is None
    assert account.credits == FIRST_CREDITS
