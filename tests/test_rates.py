"""Credits a token, from a ledger that others write to as well."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from caicaini_nb import Ledger
from caicaini_nb.spending.rates import Rates
from tests.conftest import suite


def begin(ledger: Ledger, **fields: Any) -> int:
    start: dict[str, Any] = dict.fromkeys(("surface", "operation", "model"), "m")
    start |= {"provider": "caicaini", "origin": "hosted", "surface": "messages", "attempt": 1}
    return ledger.begin(**{**start, **fields})


def add(ledger: Ledger, tokens_in: int | None, tokens_out: int | None, credits: int | None, **fields: Any) -> None:
    row = begin(ledger, **fields)
    ledger.finish(row, "ok", input_tokens=tokens_in, output_tokens=tokens_out, credits=credits)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.db")


def rate(ledger: Ledger, **fields: str) -> Fraction | None:
    return ledger.highest_rate(**{"provider": "caicaini", "origin": "hosted", "model": "m", **fields})


def test_the_highest_of_what_is_known(ledger: Ledger) -> None:
    assert rate(ledger) is None
    add(ledger, 10, None, 5)
    add(ledger, 10, 5, None)
    add(ledger, 0, 0, 5)
    assert rate(ledger) is None
    add(ledger, 10, 20, 3)
    assert rate(ledger) == Fraction(1, 10)
    add(ledger, 1000, 2000, 3)
    assert rate(ledger) == Fraction(1, 10)
    add(ledger, 1, 2, 1)
    assert rate(ledger) == Fraction(1, 3)


def test_each_provider_origin_and_model_apart(ledger: Ledger) -> None:
    add(ledger, 1, 1, 2, origin="sandbox")
    add(ledger, 1, 1, 4, model="other")
    add(ledger, 1, 1, 6, provider="cailag")
    add(ledger, 1, 1, 8, surface="count_tokens")
    assert rate(ledger) is None
    assert rate(ledger, origin="sandbox") == 1
    assert rate(ledger, model="other") == 2


def test_a_row_that_is_finished_late_is_not_passed_over(ledger: Ledger) -> None:
    late = begin(ledger)
    add(ledger, 1, 1, 2)
    assert rate(ledger) == 1
    ledger.finish(late, "ok", input_tokens=1, output_tokens=1, credits=20)
    assert rate(ledger) == 10


def test_what_another_kernel_measures(ledger: Ledger) -> None:
    add(ledger, 1, 1, 2)
    assert rate(ledger) == 1
    add(Ledger(ledger.path), 1, 1, 6)
    assert rate(ledger) == 3


def test_reading_on_is_the_same_as_reading_all(ledger: Ledger, seed: int) -> None:
    choose, opened = random.Random(seed), []
    for _ in range(suite(2000)):
        opened.append(begin(ledger, model=choose.choice("ab")))
        if choose.random() < 0.7:
            row = opened.pop(choose.randrange(len(opened)))
            ledger.finish(row, "ok", input_tokens=choose.randrange(9), output_tokens=3, credits=choose.randrange(99))
        if choose.random() < 0.2:
            for model in "ab":
                afresh = Rates().highest(ledger._connection, ("caicaini", "hosted", model))
                assert rate(ledger, model=model) == afresh
    assert rate(ledger, model="a") is not None


def test_a_ledger_that_went_over_to_memory(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    for _ in range(5):
        add(ledger, 1, 1, 2)
    assert rate(ledger) == 1
    ledger._connection.execute("DROP TABLE entries")
    with pytest.warns(UserWarning, match="no such table"):
        add(ledger, 1, 1, 8)
    assert rate(ledger) == 4


def test_a_broken_ledger_knows_nothing(ledger: Ledger) -> None:
    ledger._connection.execute("DROP TABLE entries")
    assert rate(ledger) is None
