"""Amounts in a provider's own unit: whole credits on Caicaini, exact CNY on cailag. The two are never added up."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

import msgspec

from ..errors import ConfigurationError

__all__ = ["CNY", "CREDITS", "Unit", "read_amount"]

WRITTEN = re.compile(r"¥?\s*([0-9][0-9,_]*(?:\.[0-9]+)?|\.[0-9]+)\s*([a-z¥]*)", re.IGNORECASE)
LARGEST = 10**15


class Unit(msgspec.Struct, frozen=True):
    """What a provider charges in."""

    name: str
    provider: str
    is_whole: bool

    def shown(self, amount: Decimal) -> str:
        """*1 credit*, *1,234 credits*, *¥2.50*, *¥0.00162*."""
        if self.is_whole:
            return f"{amount:,.0f} credit{'s' * (amount != 1)}"
        return f"¥{amount:,.2f}" if amount == round(amount, 2) else f"¥{amount.normalize():,f}"

    def figure(self, amount: Decimal) -> int | Decimal:
        """The number as the provider's own: credits are whole."""
        return int(amount) if self.is_whole else amount

    def checked(self, value: object) -> Decimal:
        """A ceiling in this unit. Raises `ConfigurationError` for what is none."""
        try:
            amount = Decimal("nan") if isinstance(value, bool) else Decimal(str(value))
        except InvalidOperation:
            amount = Decimal("nan")
        fits = amount.is_finite() and 0 < amount <= LARGEST
        if not fits or (self.is_whole and amount != amount.to_integral_value()):
            kind = "a whole number" if self.is_whole else "an amount"
            raise ConfigurationError(
                f"A budget in {self.name} is {kind} above zero, not {value}",
                action='Write "500 credits" or "2.50 CNY".',
            )
        return amount


CREDITS = Unit("credits", "caicaini", is_whole=True)
CNY = Unit("CNY", "cailag", is_whole=False)
UNITS = {"credits": CREDITS, "credit": CREDITS, "cny": CNY, "rmb": CNY, "yuan": CNY, "¥": CNY}


def read_amount(text: str) -> tuple[Unit, Decimal]:
    """*500 credits* or *2.50 CNY*. Raises `ConfigurationError`."""
    found = WRITTEN.fullmatch(text.strip())
    named = found[2].lower() if found else ""
    unit = UNITS.get(named or ("¥" if found and text.strip().startswith("¥") else ""))
    if found is None or unit is None:
        raise ConfigurationError(
            f"{text.strip()!r} is not a budget", action='Write "500 credits" or "2.50 CNY", or "off".'
        )
    return unit, unit.checked(found[1].replace(",", "").replace("_", ""))
