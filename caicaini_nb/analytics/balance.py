"""The chart of the balance: what was left at the end of each day, and where it is heading. By the service's figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.axes import Axes

from ..errors import NotOfferedError
from .chart import COLOURS, axes, complete, stack
from .forecast import Runway, counted_days, lasting
from .money import Usd, credits_for

if TYPE_CHECKING:
    from ..client import Client

__all__ = ["plot_balance"]

TITLE = "Balance at the end of each day, in credits"


def plot_balance(
    client: Client,
    *,
    days: int = 28,
    day: date | None = None,
    top_ups: Mapping[date | str, Usd] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The balance at the end of each of the last `days` days, by the service's own figures, and where it is heading.

    The service tells the balance of now and what each day consumed. A top-up it does not tell: name those of the time
    in dollars, as in `{"2026-11-03": 50}`, or the line runs as if there was none. The shaded part is `runway`'s
    interval. Raises `NotOfferedError` for cailag.
    """
    if client.provider != "caicaini":
        raise NotOfferedError(f"{client.provider} tells no balance", action="plot_spend has what your calls cost.")
    spent, last = counted_days(client, day)
    balance = client.account().credits
    source = f"service, {client.origin} · UTC · 0 of unknown cost: the service has charged what it counts"
    ax = axes(ax)
    if balance is None:
        empty = pd.DataFrame({"day": [], "balance": []})
        words = "The service does not tell the balance."
        return complete(ax, title=TITLE, source=source, numbers=empty, words=words, empty=True)
    bought = {date.fromisoformat(str(when)[:10]): credits_for(usd) for when, usd in (top_ups or {}).items()}
    first = max(min([*spent, last]), last - timedelta(days=days - 1))
    numbers = _balances(balance, spent, bought, first, last)
    forecast = lasting(balance, spent, days=days, day=last)
    _draw(ax, numbers, forecast)
    was, then = numbers.iloc[0], numbers.iloc[-1]
    words = f"{was['balance']:,} credits on {was['day']:%Y-%m-%d}, {then['balance']:,} on {then['day']:%Y-%m-%d}."
    return complete(ax, title=TITLE, source=source, numbers=numbers, words=f"{words} {forecast}.")


def _draw(ax: Axes, numbers: pd.DataFrame, forecast: Runway) -> None:
    days: Any = numbers["day"].to_numpy()
    balances = numbers["balance"].astype("float64")
    ax.plot(days, balances, "o-", color=COLOURS[0], markersize=4, linewidth=1.8, label="balance")
    if forecast.low is not None and forecast.high is not None:
        steps = range(max(2, len(days) // 2))
        ahead: Any = [days[-1] + pd.Timedelta(days=step) for step in steps]
        low, high = (
            [max(0.0, balances.iloc[-1] * (1 - step / end)) for step in steps] for end in (forecast.low, forecast.high)
        )
        label = f"{forecast.level:.0%} interval of the forecast"
        ax.fill_between(ahead, low, high, color=COLOURS[1], alpha=0.4, linewidth=0, label=label)
    stack(ax, pd.DataFrame(index=pd.DatetimeIndex([])), label="credits", whole=True)
    ax.set_ylim(bottom=0)


def _balances(
    balance: int, spent: Mapping[date, int], bought: Mapping[date, int], first: date, last: date
) -> pd.DataFrame:
    """Back from the balance of now, a day at a time."""
    rows = []
    for back in range((last - first).days + 1):
        day = last - timedelta(days=back)
        rows.append((pd.Timestamp(day), spent.get(day, 0), bought.get(day, 0), balance))
        balance += spent.get(day, 0) - bought.get(day, 0)
    return pd.DataFrame(rows[::-1], columns=["day", "consumed", "topped_up", "balance"])
