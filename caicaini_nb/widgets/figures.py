"""The sums behind the meter: calls, tokens and what they cost, added up row by row. What is unknown is counted apart.

Only requests to a model count. One that was refused cost nothing; one that broke off or was stopped cost nobody knows
what.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from ..bookkeeping.entry import MODEL_SURFACES
from ..models import price
from ..spending.amount import CNY, CREDITS

if TYPE_CHECKING:
    from ..bookkeeping.entry import Entry

__all__ = ["Sums", "cost_of", "level", "shown_cost"]


class Sums:
    """Sums over the rows of one provider."""

    def __init__(self, provider: str, rows: Iterable[Entry] = ()) -> None:
        self.provider = provider
        self.calls = 0
        self.tokens = 0
        self.cost = Decimal(0)
        self.unknown_tokens = 0
        self.unknown_cost = 0
        for row in rows:
            self.add(row)

    def add(self, row: Entry) -> None:
        """One completed request; those that ask no model, and the other provider's, are not counted."""
        if row.surface not in MODEL_SURFACES or row.provider != self.provider or row.outcome is None:
            return
        self.calls += 1
        cost = cost_of(row)
        is_free = row.outcome == "error"
        self.cost += cost or 0
        self.unknown_cost += cost is None and not is_free
        if row.input_tokens is None or row.output_tokens is None:
            self.unknown_tokens += not is_free
        else:
            self.tokens += row.input_tokens + row.output_tokens

    def shown(self) -> tuple[str, str]:
        """What it cost, and from how many calls, in words; *at least* where a cost is unknown."""
        calls = f"{self.calls:,} call{'s' * (self.calls != 1)}"
        if not self.unknown_cost:
            return shown_cost(self.provider, self.cost), calls
        return f"at least {shown_cost(self.provider, self.cost)}", f"{calls}, {self.unknown_cost:,} of unknown cost"


def cost_of(row: Entry) -> Decimal | None:
    """In its provider's own unit: the service's credits, or CNY by the published prices; `None` where unknown."""
    if row.provider != "cailag":
        return None if row.credits is None else Decimal(row.credits)
    return price(row.model_answered or row.model or "", row.input_tokens, row.output_tokens)


def shown_cost(provider: str, cost: Decimal | None) -> str:
    """*1,234 credits*, *¥0.00162*, *unknown*."""
    if cost is None:
        return "unknown"
    return (CNY if provider == "cailag" else CREDITS).shown(cost)


AMBER = Decimal("0.8")


def level(spent: Decimal, limit: Decimal) -> str:
    """How a budget stands: *green*, *amber* from four fifths on, *red* when nothing is left."""
    if spent >= limit:
        return "red"
    return "amber" if spent >= limit * AMBER else "green"
