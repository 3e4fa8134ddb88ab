"""What calls cost and what dollars buy, in whole credits.

The service publishes no multipliers, so those here are the sandbox's own (assumed): thousandths of a credit a
token, input and output apart, rounded up to whole credits a call. The top-up rates are the documented ones.
Nothing here is computed in floating point.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

__all__ = ["Rate", "cents_of", "cost", "credits_a_dollar", "credits_for"]


@dataclass(frozen=True)
class Rate:
    """Thousandths of a credit for one input and one output token."""

    input: int
    output: int


RATES = {
    "caicaini/kimi": Rate(20, 100),
    "caicaini/haiku": Rate(40, 200),
    "caicaini/sonnet": Rate(120, 600),
    "caicaini/opus": Rate(600, 3_000),
}
# (from this many cents, credits a dollar), highest first.
STEPS = ((1_000_00, 8_500), (200_00, 8_000), (50_00, 7_600), (10_00, 7_000))
HIGHEST_CENTS = 10_000_00


def cost(model: str, input_tokens: int, output_tokens: int) -> int:
    """Return the credits of a call to a resolved model, rounded up."""
    rate = RATES[model]
    return -(-(input_tokens * rate.input + output_tokens * rate.output) // 1_000)


def cents_of(usd: object) -> int:
    """Return an amount in cents; ValueError unless it is whole cents from $10 to $10,000."""
    try:
        cents = Decimal(str(usd)) * 100
        if not cents.is_finite() or cents != cents.to_integral_value():
            raise ValueError(f"A top-up is whole cents, not {usd}: round it.")
    except InvalidOperation:
        raise ValueError(f"A top-up is an amount in dollars, not {usd!r}.") from None
    if not STEPS[-1][0] <= cents <= HIGHEST_CENTS:
        raise ValueError(f"A top-up is $10 to $10,000, not ${usd}: choose an amount in between.")
    return int(cents)


def credits_a_dollar(cents: int) -> int:
    """Return the documented rate for a top-up of this size."""
    return next(rate for least, rate in STEPS if cents >= least)


def credits_for(cents: int) -> int:
    """Return the credits a top-up buys, rounded down."""
    return cents * credits_a_dollar(cents) // 100
