"""Charts of spending, tokens, times and errors. Each returns the `Axes` it drew on.

Each takes an `Axes` to draw on, never shows anything and touches no global style. `alt_text(ax)` says in words what it
shows, `table(ax)` has its numbers. Too many models to tell apart are one grey series. Nothing to show is an empty chart
that says so.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from ..errors import ConfigurationError
from .chart import COLOURS, INK, axes, beside, by_day, complete, stack
from .quality import failures_by_day, latency
from .rows import Source, source_name
from .sums import totals_by

__all__ = ["plot_errors", "plot_latency", "plot_spend", "plot_tokens"]

SERIES = 6
MODELS = 15  # as many as one can read below each other
UNITS = {"credits": "Credits", "cny": "CNY by the published prices"}
TOKENS = {
    "input_tokens": "input",
    "cache_creation_input_tokens": "into the prompt cache",
    "cache_read_input_tokens": "from the prompt cache",
    "output_tokens": "output",
}


def plot_spend(source: Source, *, unit: str | None = None, ax: Axes | None = None, **period: Any) -> Axes:
    """What each day cost, stacked by model, in *credits* (Caicaini) or *cny* (cailag); UTC days.

    Without `unit` it is credits, unless only CNY are known. Takes `since`, `until` and `provider`.
    """
    if unit is not None and unit not in UNITS:
        raise ConfigurationError(f"There is no unit {unit!r}", action="Use credits or cny.")
    sums = totals_by(source, "day", "provider", "model", **period)
    unit = unit or ("cny" if sums["credits"].isna().all() and sums["cny"].notna().any() else "credits")
    sums = sums[(sums["provider"] == "cailag") == (unit == "cny")]
    numbers = _by_day_and(sums, "model", unit)
    unknown = f"{_count(sums['unknown_cost']):,} of {_count(sums['calls']):,} calls of unknown cost"
    return _bars(
        ax, numbers, unit, title=f"{UNITS[unit]}, by day and model", source=f"{source_name(source)} · UTC · {unknown}"
    )


def plot_tokens(source: Source, *, ax: Axes | None = None, **period: Any) -> Axes:
    """The tokens of each day, read and written, and those of the provider's prompt cache; UTC days."""
    sums = totals_by(source, "day", **period)
    kinds = {name: label for name, label in TOKENS.items() if _count(sums[name])}
    numbers = sums.set_index("day")[list(kinds)].rename(columns=kinds).astype("Int64").fillna(0)
    unknown = f"{_count(sums['unknown_cost']):,} of {_count(sums['calls']):,} calls of unknown cost"
    return _bars(ax, numbers, "tokens", title="Tokens by day", source=f"{source_name(source)} · UTC · {unknown}")


def plot_errors(source: Source, *, ax: Axes | None = None, **period: Any) -> Axes:
    """The requests of each day that failed, stacked by error; UTC days."""
    found = failures_by_day(source, **period)
    numbers = _by_day_and(found, "error", "requests")
    unknown = f"{_count(found['unknown_cost']):,} of {_count(found['requests']):,} of unknown cost"
    return _bars(
        ax,
        numbers,
        "failed requests",
        title="Failed requests by day",
        source=f"{source_name(source)} · UTC · {unknown}",
    )


def plot_latency(source: Source, *, ax: Axes | None = None, **period: Any) -> Axes:
    """How long whole answers took, by model: half of them at most the bar, 95 of 100 at most the line, in ms."""
    found = latency(source, **period)
    shown = found.sort_values("answers", ascending=False, ignore_index=True).head(MODELS)
    ax = axes(ax, height=1.3 + 0.35 * max(2, len(shown)))
    title, source_line = (
        "Time to the end of an answer",
        f"{source_name(source)} · UTC · {_count(found['answers']):,} answers",
    )
    if not len(shown):
        words = "No answers in this period."
        return complete(ax, title=title, source=source_line, numbers=found, words=words, empty=True)
    half, most = (shown[f"total_{name}"].fillna(0).astype("float64") for name in ("p50", "p95"))
    place = list(range(len(shown)))
    bars = ax.barh(place, half, height=0.5, color=COLOURS[0], label="total: half at most")
    line = ax.hlines(place, half, most, color=COLOURS[1], linewidth=3, label="total: 95 of 100 at most")
    first = shown["first_event_p50"].fillna(0).astype("float64")
    dots = ax.plot(first, place, "D", color=COLOURS[2], markersize=6, label="first event: half at most")
    ax.set_yticks(place, labels=list(shown["model"].fillna("unknown")))
    ax.set_xlabel("ms")
    ax.set_xlim(left=0)
    ax.invert_yaxis()
    beside(ax, [*dots, line, bars])
    words = "; ".join(
        f"{row.model}: half within {row.total_p50:,.0f} ms, 95 of 100 within {row.total_p95:,.0f} ms"
        for row in shown.itertuples()
    )
    more = f"; {len(found) - len(shown)} models more" if len(found) > len(shown) else ""
    complete(ax, title=title, source=f"{source_line}{more}", numbers=found, words=f"{words}.")
    ax.grid(True, axis="x", color=INK, alpha=0.25, linewidth=0.7)
    ax.grid(False, axis="y")
    return ax


def _by_day_and(sums: pd.DataFrame, name: str, amount: str) -> pd.DataFrame:
    """A column for each of the largest series by amount, and one for all the others; a row for each day."""
    known = sums[sums[amount].notna()]
    known = known.assign(**{name: known[name].fillna("unknown"), amount: known[amount].astype("object")})
    order = known.groupby(name)[amount].sum().sort_values(ascending=False, kind="stable").index
    named = list(order if len(order) <= SERIES else order[: SERIES - 1])
    rest = f"{len(order) - len(named)} others"
    known = known.assign(series=known[name].where(known[name].isin(named), rest))
    wide = known.pivot_table(index="day", columns="series", values=amount, aggfunc="sum", fill_value=0)
    days = sums["day"].drop_duplicates().sort_values()
    columns = [*named, rest] if len(order) > len(named) else named
    return wide.reindex(index=pd.DatetimeIndex(days), columns=columns, fill_value=0)


def _bars(ax: Axes | None, numbers: pd.DataFrame, unit: str, *, title: str, source: str) -> Axes:
    ax = axes(ax)
    numbers = by_day(numbers)
    exact = numbers.rename_axis(index="day", columns=None).reset_index()
    if numbers.empty:
        return complete(ax, title=title, source=source, numbers=exact, words="Nothing in this period.", empty=True)
    stack(ax, numbers, label=unit, whole=unit != "cny")
    each, sums = numbers.sum(axis="columns"), numbers.sum()
    peak: Any = each.astype("float64").idxmax()
    parts = ", ".join(f"{name} {_amount(amount)}" for name, amount in sums.items())
    words = (
        f"Stacked bars for {len(numbers)} days from {numbers.index[0]:%Y-%m-%d} to {numbers.index[-1]:%Y-%m-%d}, in all"
        f" {_amount(each.sum())} {unit}, most on {peak:%Y-%m-%d} ({_amount(each.loc[peak])}). {parts}."
    )
    return complete(ax, title=title, source=source, numbers=exact, words=words)


def _count(values: pd.Series) -> int:
    return int(values.fillna(0).sum())


def _amount(value: Any) -> str:
    return f"{value:,}" if value == int(value) else f"{value:,.4g}"
