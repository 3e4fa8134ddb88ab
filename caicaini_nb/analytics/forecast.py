"""How long the balance lasts at the recent burn: an interval, never a point alone, and a reason where there is none.

The burn is what the service counted, a day at a time, idle days too. The interval comes from drawing as many days
again, with replacement, many times: it says how sure the average is, not what you will do next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from ..display.panel import Panel
from ..errors import ConfigurationError, NotOfferedError

if TYPE_CHECKING:
    from ..client import Client

__all__ = ["ENOUGH", "Runway", "counted_days", "lasting", "runway"]

ENOUGH = 7  # whole days of history: less knows no week
DRAWS = 4_000
FAR = 36_500  # days: no date is named beyond a hundred years


@dataclass(frozen=True)
class Runway:
    """`balance` credits at `burn` credits a day last `days` days; with `level` certainty, from `low` to `high`.

    They are `None` where `reason` says why nothing can be said; `high` is infinite where the days could all have been
    idle. `history` is how many whole days were looked at, up to `day`, which the forecast starts from.
    """

    balance: int | None
    burn: float | None
    days: float | None
    low: float | None
    high: float | None
    level: float
    history: int
    day: date
    reason: str | None = None

    @property
    def ends(self) -> tuple[date | None, date | None]:
        """The first and the last day of the interval; `None` beyond a hundred years, or where nothing can be said."""
        return self._date(self.low), self._date(self.high)

    def __str__(self) -> str:
        if self.reason is not None or self.burn is None:
            return f"No forecast: {self.reason}"
        spread = f"{_shown(self.low)} to {_shown(self.high)} days"
        return f"{self.balance:,} credits at {self.burn:,.0f} a day last about {_shown(self.days)} days ({spread})"

    def __repr__(self) -> str:
        return self._panel().text

    def _repr_markdown_(self) -> str:
        return self._panel().markdown

    def _panel(self) -> Panel:
        rows = [("balance", "unknown" if self.balance is None else f"{self.balance:,} credits")]
        if self.burn is not None:
            rows.append(("burn", f"{self.burn:,.1f} credits a day, over {self.history} days before {self.day}"))
        if self.reason is not None:
            rows.append(("lasts", f"unknown: {self.reason}"))
        else:
            first, last = ("beyond a hundred years" if end is None else f"{end}" for end in self.ends)
            rows.append(("lasts", f"about {_shown(self.days)} days"))
            rows.append((f"{self.level:.0%} interval", f"{_shown(self.low)} to {_shown(self.high)} days"))
            rows.append(("runs out", f"{first} to {last}"))
        return Panel.of(
            "the burn is the service's own count by UTC day; the interval draws those days again", ("", ""), rows
        )

    def _date(self, days: float | None) -> date | None:
        return None if days is None or days > FAR else self.day + timedelta(days=int(days))


def runway(client: Client, *, days: int = 28, day: date | None = None, level: float = 0.9, seed: int = 0) -> Runway:
    """How long the client's balance lasts at the burn of the last `days` whole days before `day`.

    `day` is today (UTC), or the last day the service has counted, where a sandbox's clock is ahead. `level` is how
    sure the interval is to hold the average; the same `seed` gives the same interval. Raises `NotOfferedError` for
    cailag, which tells no balance.
    """
    if client.provider != "caicaini":
        raise NotOfferedError(
            f"{client.provider} tells no balance, so nothing says how long it lasts",
            action="cost_in_cny(client.ledger, since='7d') has what a week cost.",
        )
    if not 0 < level < 1 or days < 1:
        raise ConfigurationError(
            f"level={level} with days={days} is no forecast", action="Use a level such as 0.9 and at least one day."
        )
    spent, end = counted_days(client, day)
    return lasting(client.account().credits, spent, days=days, day=end, level=level, seed=seed)


def lasting(
    balance: int | None, spent: Mapping[date, int], *, days: int, day: date, level: float = 0.9, seed: int = 0
) -> Runway:
    """The same from a balance and the credits spent on each day. `day` itself is not over, so it does not count."""
    first = min(spent, default=day)
    history = min(days, (day - first).days)
    past = [spent.get(day - timedelta(days=back), 0) for back in range(1, history + 1)]
    reason = _reason(balance, past)
    if reason is not None or balance is None:
        burn = float(np.mean(past)) if past else None
        return Runway(balance, burn, None, None, None, level, history, day, reason)
    draws = np.random.default_rng(seed).choice(past, size=(DRAWS, history)).mean(axis=1)
    slow, fast = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    burn = float(np.mean(past))
    high = float(balance / slow) if slow > 0 else float("inf")
    return Runway(balance, burn, balance / burn, float(balance / fast), high, level, history, day)


def counted_days(client: Client, day: date | None) -> tuple[dict[date, int], date]:
    """The credits of each day as the service counts them, and the day to start from: today, or the last one counted."""
    spent: dict[date, int] = {}
    for row in client.usage():
        if row.date is not None:
            counted = date.fromisoformat(row.date[:10])
            spent[counted] = spent.get(counted, 0) + (row.credits or 0)
    return spent, day or max([datetime.now(UTC).date(), *spent])


def _reason(balance: int | None, past: list[int]) -> str | None:
    if balance is None:
        return "the service does not tell the balance"
    if len(past) < ENOUGH:
        return f"there are {len(past)} whole days of history, and a week takes {ENOUGH}"
    if not any(past):
        return f"nothing was spent on the last {len(past)} days"
    return None


def _shown(days: float | None) -> str:
    if days is None:
        return "unknown"
    return "no end of" if days == float("inf") else f"{days:,.0f}" if days >= 10 else f"{days:.1f}"
