"""The catalogue: 5 + 70 ids, prices that are published, and prices that are not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from caicaini_nb.models import catalogue, near, price, provider_of


def test_every_documented_model_is_known() -> None:
    owners = [model.provider for model in catalogue().values()]
    assert (owners.count("caicaini"), owners.count("cailag")) == (5, 70)
    assert sum(model.input_price is None for model in catalogue().values() if model.provider == "cailag") == 35


def test_published_price_is_exact_and_unpublished_is_unknown() -> None:
    assert price("deepseek-chat", 1000, 500) == Decimal("0.00162")
    assert price("glm-4-flash", 1000, 500) is None
    assert price("deepseek-chat", None, 500) is None
    assert price("nobody", 1, 1) is None


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [("sonnet", "caicaini/sonnet"), ("deepseek-caht", "deepseek-chat"), ("caicaini/hiaku", "caicaini/haiku")],
)
def test_near_names(wrong: str, expected: str) -> None:
    assert expected in near(wrong)


def test_owner() -> None:
    assert provider_of("caicaini/new") == "caicaini"
    assert provider_of("kimi") is None
