"""Which model ids exist, whose they are, and what they cost where a price is published.

The lists are the services' documentation. A hosted service may offer more: an id that is on neither list goes to the
provider you name, and the service judges it.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from functools import cache
from importlib.resources import files

import msgspec

__all__ = ["CAICAINI", "Model", "catalogue", "near", "price", "provider_of"]


class Model(msgspec.Struct, frozen=True):
    """One documented model. Prices are CNY a million tokens; `None` is *not published*, never free."""

    id: str
    provider: str
    context: int | None = None
    max_output_tokens: int | None = None
    input_price: Decimal | None = None
    output_price: Decimal | None = None
    thinking: bool | None = None


CAICAINI: dict[str, Model] = {
    name: Model(name, "caicaini", context, cap, thinking=thinks)
    for name, context, cap, thinks in (
        ("caicaini/auto", 200_000, 8_192, True),
        ("caicaini/opus", 1_000_000, 32_768, True),
        ("caicaini/sonnet", 1_000_000, 16_384, True),
        ("caicaini/kimi", 256_000, 32_768, True),
        ("caicaini/haiku", 200_000, 8_192, False),
    )
}


@cache
def catalogue() -> dict[str, Model]:
    """Every documented model by id: 5 of Caicaini, 70 of cailag."""
    known = dict(CAICAINI)
    table = files(__package__).joinpath("data/cailag_models.csv").read_text("utf-8")
    for row in csv.DictReader(table.splitlines()):
        known[row["id"]] = Model(
            row["id"],
            "cailag",
            input_price=_decimal(row["input_cny_per_mtok"]),
            output_price=_decimal(row["output_cny_per_mtok"]),
        )
    return known


def provider_of(model: str) -> str | None:
    """The provider whose model this is, or `None` when neither documents it."""
    if model.startswith("caicaini/"):
        return "caicaini"  # without reading the price table: this is on the path of a first call
    found = catalogue().get(model)
    return found.provider if found else None


def near(model: str, provider: str | None = None) -> list[str]:
    """Up to three documented ids that look like this one, for *did you mean*."""
    names = [item.id for item in catalogue().values() if provider in (None, item.provider)]
    tails = {name.split("/")[-1]: name for name in names}
    from difflib import get_close_matches  # only a mistake needs it

    close = get_close_matches(model.split("/")[-1], tails, n=3, cutoff=0.6)
    return [tails[tail] for tail in close]


def price(model: str, input_tokens: int | None, output_tokens: int | None) -> Decimal | None:
    """What a cailag call costs in CNY by the published table, or `None` where a price or a count is unknown."""
    found = catalogue().get(model)
    if found is None or found.input_price is None or found.output_price is None:
        return None
    if input_tokens is None or output_tokens is None:
        return None
    return (input_tokens * found.input_price + output_tokens * found.output_price) / 1_000_000


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None
