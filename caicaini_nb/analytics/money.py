"""Caicaini's credits and dollars by the documented rates of its top-ups. Exact: whole cents, whole credits, no floats.

It refuses a float, because 49.99 is none: write it as text, as a `Decimal`, or as whole dollars.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import TypeAlias

__all__ = ["Usd", "credits_for", "usd_for"]

Usd: TypeAlias = int | str | Decimal
"""Dollars: whole ones, text such as *49.99* or *$1,000*, or a `Decimal`."""

# From this many cents on, credits a dollar; highest first.
STEPS = ((1_000_00, 8_500), (200_00, 8_000), (50_00, 7_600), (10_00, 7_000))
HIGHEST = 10_000_00
WRITTEN = re.compile(r"\$?\s*((?:\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.\d{1,12})?)")
SMALLEST = Decimal("0.000001")  # dollars: one credit is about 140 of these


def credits_for(usd: Usd) -> int:
    """The credits a top-up of so many dollars buys, as the dashboard's preview says.

    Raises `ValueError` below $10, above $10,000 and for parts of a cent, `TypeError` for a float.
    """
    cents = _cents(usd)
    if not STEPS[-1][0] <= cents <= HIGHEST:
        raise ValueError(f"A top-up is $10 to $10,000, not ${Decimal(cents) / 100:,.2f}: choose an amount in between")
    rate = next(rate for least, rate in STEPS if cents >= least)
    return cents * rate // 100


def usd_for(credits: int, *, packs: Iterable[Usd]) -> Decimal:
    """What so many credits cost you, in dollars, if you bought these packs and use them up in this order.

    `packs` are the top-ups in dollars, oldest first. The result is exact up to a millionth of a dollar, and rounded to
    that. Raises `ValueError` for more credits than the packs hold: you bought others too.
    """
    if isinstance(credits, bool) or not isinstance(credits, int) or credits < 0:
        raise ValueError(f"Credits are a whole number from 0 on, not {credits!r}")
    left, paid, held = credits, Decimal(0), 0
    for pack in [packs] if isinstance(packs, str) else packs:
        bought = credits_for(pack)
        held += bought
        taken = min(left, bought)
        left -= taken
        paid += Decimal(_cents(pack) * taken) / (100 * bought)
    if left:
        raise ValueError(f"These packs hold {held:,} credits, fewer than {credits:,}: name the other packs you bought")
    return paid.quantize(SMALLEST)


def _cents(usd: Usd) -> int:
    if isinstance(usd, bool) or not isinstance(usd, int | str | Decimal):
        raise TypeError(f"Dollars are an int, a Decimal or text, not {type(usd).__name__}: write '49.99'")
    found = WRITTEN.fullmatch(usd.strip()) if isinstance(usd, str) else None
    if isinstance(usd, str) and found is None:
        raise ValueError(f"{usd!r} is not an amount in dollars: write '49.99'")
    amount = Decimal(usd if found is None else found[1].replace(",", ""))
    if not amount.is_finite() or amount * 100 != (amount * 100).to_integral_value():
        raise ValueError(f"A top-up is whole cents, not ${usd}: round it")
    return int(amount * 100)
