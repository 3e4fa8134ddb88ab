"""What the dashboard shows for one choice of filters: rows with their sums, a chart, a CSV file.

The sums are `analytics.totals_by`'s, so that dashboard and analysis cannot disagree. Each provider is shown in its own
unit; dollars only where you say which packs you bought.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .bars import Bar, bars, columns
from .markup import Markup
from .twin import Table

if TYPE_CHECKING:
    from ..analytics.money import Usd
    from ..ledger import Ledger

__all__ = ["BY", "PERIODS", "UNITS", "Choice", "Row", "Usage", "usage"]

PERIODS = {"today": "0d", "7 days": "6d", "30 days": "29d", "this month": "month", "everything": None}
"""What the range can be, and where it begins; today counts as one of the days."""
BY = ("model", "day", "notebook", "outcome")
UNITS = {"caicaini": ("credits", "tokens", "money"), "cailag": ("money", "tokens")}


@dataclass(frozen=True, slots=True)
class Choice:
    """The filters: a period of `PERIODS`, one of `BY`, one of the provider's `UNITS`."""

    provider: str = "caicaini"
    period: str = "30 days"
    by: str = "model"
    unit: str = "credits"

    def changed(self, **values: str) -> Choice:
        """With other values; another provider's cost is in its own unit."""
        made = replace(self, **values)
        is_other = made.provider != self.provider and made.unit != "tokens" and "unit" not in values
        return replace(made, unit=UNITS[made.provider][0]) if is_other and made.provider in UNITS else made

    def since(self, now: datetime) -> datetime | None:
        """The midnight, in UTC, with which the period begins; `None` where it has no beginning."""
        from ..analytics.periods import moment  # it brings pandas

        begin = PERIODS[self.period]
        return moment(now.strftime("%Y-%m-01") if begin == "month" else begin, now=now)


@dataclass(frozen=True, slots=True)
class Row:
    """One group, or all of them. Amounts are what is known; `unknown` counts the requests of unknown cost."""

    name: str
    calls: int
    failed: int
    input_tokens: int | None
    output_tokens: int | None
    cost: Decimal | None
    unknown: int

    @property
    def tokens(self) -> int | None:
        known = [amount for amount in (self.input_tokens, self.output_tokens) if amount is not None]
        return sum(known) if known else None


@dataclass(frozen=True, slots=True)
class Usage:
    """The rows of a choice, sorted as they are shown, and their sum; `note` says what they lack."""

    choice: Choice
    rows: tuple[Row, ...]
    total: Row
    note: str | None = None

    @property
    def title(self) -> str:
        """The choice in words."""
        choice = self.choice
        what = {"credits": "Credits", "tokens": "Tokens", "money": f"Cost in {self._currency}"}[choice.unit]
        period = "all calls" if PERIODS[choice.period] is None else choice.period
        return f"{what} by {choice.by}, {choice.provider}, {period} (UTC), from the ledger"

    @property
    def head(self) -> tuple[str, ...]:
        cost = "credits" if self._in_credits else self._currency
        return (self.choice.by, "calls", "not ok", "tokens in", "out", cost, "cost unknown")

    def table(self) -> Table:
        return Table(self.title, self.head, [self._cells(row) for row in self.rows], self._cells(self.total))

    def chart(self) -> Markup | None:
        """`None` where nothing is known to draw."""
        found = [Bar(row.name, float(self._value(row) or 0), self._figure(self._value(row))) for row in self.rows]
        return (columns if self.choice.by == "day" else bars)(self.title, found)

    def csv(self) -> str:
        """The rows without their sum; an unknown amount is an empty cell."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(self.head)
        for row in self.rows:
            amounts = (row.calls, row.failed, row.input_tokens, row.output_tokens, row.cost, row.unknown)
            writer.writerow([_harmless(row.name), *("" if amount is None else amount for amount in amounts)])
        return text.getvalue()

    @property
    def _in_credits(self) -> bool:
        return self.choice.provider == "caicaini" and self.choice.unit != "money"

    @property
    def _currency(self) -> str:
        return "CNY" if self.choice.provider == "cailag" else "USD"

    def _value(self, row: Row) -> Decimal | int | None:
        return row.tokens if self.choice.unit == "tokens" else row.cost

    def _figure(self, value: Decimal | int | None) -> str:
        if value is None:
            return "unknown"
        return self._cost(Decimal(value)) if self.choice.unit == "money" else f"{value:,.0f}"

    def _cost(self, cost: Decimal | None, nothing: str = "unknown") -> str:
        if cost is None:
            return nothing
        sign = "¥" if self.choice.provider == "cailag" else "$"
        return f"{cost:,.0f}" if self._in_credits else f"{sign}{cost:,.4f}"

    def _cells(self, row: Row) -> tuple[str, ...]:
        # What was refused has cost nothing, which is more than unknown.
        nothing = "none" if row.calls == row.failed and not row.unknown else "unknown"
        tokens = (nothing if amount is None else f"{amount:,}" for amount in (row.input_tokens, row.output_tokens))
        cost = self._cost(row.cost, nothing)
        return (row.name, f"{row.calls:,}", f"{row.failed:,}", *tokens, cost, f"{row.unknown:,}")


def usage(ledger: Ledger, choice: Choice, *, packs: Sequence[Usd] | None = None, now: datetime | None = None) -> Usage:
    """The sums for a choice. `packs` are the top-ups you bought, in dollars, for Caicaini's cost in money."""
    from ..analytics.sums import totals_by  # pandas is loaded when a dashboard is shown, not before

    since = choice.since(now or datetime.now(UTC))
    found = totals_by(ledger, choice.by, since=since, provider=choice.provider)
    rows = [_row(choice, {str(name): value for name, value in one.items()}) for one in found.to_dict("records")]
    made = Usage(choice, tuple(rows), _total(rows))
    if choice.provider == "caicaini" and choice.unit == "money":
        made = _in_dollars(made, packs)
    order = {"day": lambda row: row.name}.get(choice.by, lambda row: (-(made._value(row) or 0), row.name))
    return replace(made, rows=tuple(sorted(made.rows, key=order)))


def _row(choice: Choice, values: dict[str, Any]) -> Row:
    name = values[choice.by]
    if choice.by == "day":
        shown = f"{name:%Y-%m-%d}"
    else:
        shown = str(name) if isinstance(name, str) else {"notebook": "no notebook"}.get(choice.by, "unknown")
    cost = values["cny"] if choice.provider == "cailag" else values["credits"]
    return Row(
        name=shown,
        calls=int(values["calls"]),
        failed=_whole(values["failed"]) or 0,
        input_tokens=_whole(values["input_tokens"]),
        output_tokens=_whole(values["output_tokens"]),
        cost=_decimal(cost),
        unknown=_whole(values["unknown_cost"]) or 0,
    )


def _total(rows: Sequence[Row]) -> Row:
    """The sum of what is known; of nothing known it is unknown."""

    def known(name: str) -> Any:
        amounts = [getattr(row, name) for row in rows if getattr(row, name) is not None]
        return sum(amounts) if amounts else None if rows else 0

    sums = [sum(getattr(row, name) for row in rows) for name in ("calls", "failed", "unknown")]
    cost = known("cost")
    return Row(
        "all",
        sums[0],
        sums[1],
        known("input_tokens"),
        known("output_tokens"),
        None if cost is None else Decimal(cost),
        sums[2],
    )


def _in_dollars(made: Usage, packs: Sequence[Usd] | None) -> Usage:
    """Each row's share of what all of them cost by the packs; unknown where the packs are."""
    from ..analytics.money import usd_for

    note, paid = None, None
    credits = int(made.total.cost or 0)
    if packs is None:
        note = 'Dollars need the packs you bought: UsageDashboard(client, packs=["49.99"]).'
    else:
        try:
            paid = usd_for(credits, packs=packs)
        except ValueError as error:
            note = f"{error}."
    rate = None if paid is None or not credits else paid / credits

    def priced(row: Row) -> Row:
        return replace(row, cost=None if rate is None or row.cost is None else row.cost * rate)

    return replace(made, rows=tuple(map(priced, made.rows)), total=priced(made.total), note=note)


def _whole(value: Any) -> int | None:
    """A nullable number of pandas."""
    return None if value is None or value != value or str(value) == "<NA>" else int(value)


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, Decimal):
        return None if value.is_nan() else value
    whole = _whole(value)
    return None if whole is None else Decimal(whole)


def _harmless(name: str) -> str:
    """A name that a spreadsheet does not take for a formula."""
    return f"'{name}" if name[:1] in ("=", "+", "-", "@") else name
