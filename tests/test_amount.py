"""Amounts as people write them, and as they are shown."""

from __future__ import annotations

from decimal import Decimal

import pytest

from caicaini_nb.errors import ConfigurationError
from caicaini_nb.spending.amount import CNY, CREDITS, Unit, read_amount


@pytest.mark.parametrize(
    ("text", "unit", "amount"),
    [
        ("500 credits", CREDITS, "500"),
        ("1 credit", CREDITS, "1"),
        (" 1,000 Credits ", CREDITS, "1000"),
        ("2.50 CNY", CNY, "2.50"),
        ("2.5cny", CNY, "2.5"),
        ("¥0.01", CNY, "0.01"),
        (".5 CNY", CNY, "0.5"),
    ],
)
def test_read(text: str, unit: Unit, amount: str) -> None:
    assert read_amount(text) == (unit, Decimal(amount))


@pytest.mark.parametrize(
    "text",
    ["", "500", "credits", "-5 credits", "0 credits", "2.5 credits", "1e3 credits", "nan CNY", "5 USD", "¥", "5 5 CNY",
     "0.00 CNY", "9" * 40 + " credits"],
)  # fmt: skip
def test_what_is_no_budget(text: str) -> None:
    with pytest.raises(ConfigurationError, match="500 credits"):
        read_amount(text)


@pytest.mark.parametrize(
    ("unit", "amount", "text"),
    [
        (CREDITS, "1", "1 credit"),
        (CREDITS, "0", "0 credits"),
        (CREDITS, "1234", "1,234 credits"),
        (CNY, "2.5", "¥2.50"),
        (CNY, "0", "¥0.00"),
        (CNY, "0.00162", "¥0.00162"),
        (CNY, "0.0016200", "¥0.00162"),
        (CNY, "100", "¥100.00"),
    ],
)
def test_shown(unit: Unit, amount: str, text: str) -> None:
    assert unit.shown(Decimal(amount)) == text


@pytest.mark.parametrize("value", [True, None, "x", 0, -1, 1.5, float("inf"), float("nan")])
def test_what_is_no_number_of_credits(value: object) -> None:
    with pytest.raises(ConfigurationError, match="whole number above zero"):
        CREDITS.checked(value)
