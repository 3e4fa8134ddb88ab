"""What a job would be, before it runs: rows, tokens, credits and time, each with what it comes from. Unknown is said.

It asks the service for its tier and for the tokens of a few prompts; no model runs. More than the budget leaves is
refused, by how much too.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING

import msgspec

from ..client import Client
from ..display.panel import Panel
from ..errors import BudgetExceededError, CaicainiError
from ..models import price
from ..pacing.tiers import TIERS, Limits
from ..spending.amount import CNY, CREDITS, Unit
from .tally import Tally
from .work import Work

if TYPE_CHECKING:
    from ..spending.budget import Budget

__all__ = ["Forecast", "check_budget", "forecast"]

SAMPLE = 3  # prompts whose tokens are counted: each is a request of the minute's


class Forecast(msgspec.Struct, frozen=True):
    """`ask` requests for `rows` rows; `tokens` is the mean input of one, `cost` what all may cost by `basis`.

    `requests` is how many this forecast has made itself: they count in the minute, and cost nothing.
    """

    name: str
    folder: str
    rows: int
    skipped: int
    same: int
    done: int
    ask: int
    unit: Unit
    tier: str | None = None
    limits: Limits = Limits()
    requests: int = 0
    tokens: float | None = None
    tokens_basis: str = ""
    cost: Decimal | None = None
    basis: str = ""

    @property
    def minutes(self) -> float | None:
        """At least so many, at the limits that are known; `None` where none are."""
        by_requests = None if self.limits.requests is None else self.ask / self.limits.requests
        by_tokens = None
        if self.limits.input_tokens is not None and self.tokens is not None:
            by_tokens = self.ask * self.tokens / self.limits.input_tokens
        known = [minutes for minutes in (by_requests, by_tokens) if minutes is not None]
        return max(known) if known else None

    @property
    def caption(self) -> str:
        """The job's name, and its folder where that is not among your jobs."""
        return f"job {self.name}" + (f", kept in {self.folder}" if self.folder else "")

    def panel(self) -> Panel:
        tokens = "unknown" if self.tokens is None else f"{self.tokens * self.ask:,.0f}, {self.tokens_basis}"
        cost = "unknown until a first row is answered"
        if self.cost is not None:
            cost = f"{self.unit.shown(self.cost)}, {self.basis}"
        rows = [
            ("rows", self._rows()),
            ("done already", f"{self.done:,}"),
            ("to ask", f"{self.ask:,}"),
            ("input tokens", tokens),
            ("cost", cost),
            ("time", self._time()),
        ]
        return Panel.of(self.caption, ("", ""), rows)

    def __repr__(self) -> str:
        return repr(self.panel())

    def _repr_markdown_(self) -> str:
        return self.panel()._repr_markdown_()

    def _rows(self) -> str:
        notes = []
        if self.skipped:
            notes.append(f"{self.skipped:,} skipped: a cell is empty")
        if self.same:
            notes.append(f"{self.same:,} ask the same as another and are asked once")
        return f"{self.rows:,}" + (f" ({'; '.join(notes)})" if notes else "")

    def _time(self) -> str:
        minutes = self.minutes
        if minutes is None:
            return "unknown: nobody has named a limit"
        tier = f"tier {self.tier}, " if self.tier else ""
        return f"{_duration(minutes)} at the least, at {tier}{self.limits.requests:,} requests a minute"


def forecast(
    client: Client, work: Work, tally: Tally, *, name: str, folder: str, ask: list[int], counts: int
) -> Forecast:
    """What asking these rows would be; `counts` is how many requests they make."""
    asked = [key for key in work.keys if key is not None]
    unit = CREDITS if client.provider == "caicaini" else CNY
    tier, limits = _tier(client)
    made = SAMPLE + 1 if client.provider == "caicaini" else 0
    tokens, basis = _tokens(client, work, tally, ask) if ask else (None, "")
    cost, why = _cost(client, work, tally, counts, tokens) if ask else (Decimal(0), "there is nothing to ask")
    return Forecast(
        name=name, folder=folder, rows=len(work.keys), skipped=len(work.keys) - len(asked),
        same=len(asked) - len(set(asked)), done=sum(key in tally.done for key in set(asked)), ask=counts, unit=unit,
        tier=tier, limits=limits, requests=made, tokens=tokens, tokens_basis=basis, cost=cost, basis=why,
    )  # fmt: skip


def check_budget(found: Forecast, budget: Budget | None) -> None:
    """Raises `BudgetExceededError` where the job would cost more than the budget leaves."""
    if budget is None or found.cost is None or budget.unit is not found.unit:
        return
    left = Decimal(budget.left)
    if found.cost > left:
        shown = found.unit.shown
        raise BudgetExceededError(
            f"{found.ask:,} requests could cost {shown(found.cost)} ({found.basis}), and {shown(left)} of the budget "
            f"remain: {shown(found.cost - left)} too few",
            action="Ask fewer rows with limit=…, fewer max_tokens, or set a larger budget.",
        )


def _tier(client: Client) -> tuple[str | None, Limits]:
    if client.provider != "caicaini":
        return None, Limits()
    try:
        tier = client.account().tier
    except CaicainiError:
        return None, Limits()
    return tier, TIERS.get(tier or "", Limits())


def _tokens(client: Client, work: Work, tally: Tally, ask: list[int]) -> tuple[float | None, str]:
    """The mean input tokens of a request."""
    if tally.answered and tally.input_tokens:
        return tally.input_tokens / tally.answered, f"by the {tally.answered:,} done"
    if client.provider != "caicaini":
        return None, ""
    counted = []
    for place in ask[:: max(1, len(ask) // SAMPLE)][:SAMPLE]:
        try:
            counted.append(client.count_planned(work.plan_of(place)))
        except CaicainiError:
            continue  # asking says why
    return (sum(counted) / len(counted), f"by the service's count of {len(counted)}") if counted else (None, "")


def _cost(client: Client, work: Work, tally: Tally, count: int, tokens: float | None) -> tuple[Decimal | None, str]:
    if tally.answered and tally.credits is not None:
        each = Decimal(tally.credits) / tally.answered
        return Decimal(ceil(each * count)), f"by the {tally.answered:,} done, {float(each):.3g} each"
    if tokens is None:
        return None, ""
    request = work.plan.request
    if client.provider == "caicaini":
        rate = client.ledger.highest_rate(client.provider, client.origin, request.model)
        if rate is None:
            return None, ""
        most = Decimal(ceil(rate * ceil(tokens + request.max_tokens))) * count
        return most, f"at most, by the highest your ledger has measured for {request.model}"
    cost = price(request.model, ceil(tokens), request.max_tokens)
    return (None, "") if cost is None else (cost * count, "at most, by the published price")


def _duration(minutes: float) -> str:
    if minutes < 1:
        return "under a minute"
    return str(timedelta(minutes=ceil(minutes)))[:-3] + " h" if minutes >= 60 else f"{ceil(minutes)} min"
