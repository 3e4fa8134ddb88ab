"""Sums over the calls to a model: by model and day, by notebook, by hour, or by any of these.

Sums of whole days come from those the ledger's file keeps itself, in milliseconds however many rows there are. What
is unknown is left out of a sum and counted beside it; a sum of nothing known is NA.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..errors import ConfigurationError
from ..ledger import MODEL_SURFACES, Ledger
from .columns import AMOUNTS
from .periods import Moment, is_midnight, moment
from .prices import decimals, in_cny, priced
from .rows import Source, dates, days, gathered, picked, whole_numbers

__all__ = ["KEYS", "SUMS", "by_hour", "by_model_and_day", "by_notebook", "totals_by"]

KEYS = ("day", "hour", "model", "provider", "origin", "surface", "notebook", "outcome")
"""What `totals_by` can sum up by. `hour` is the hour of the day."""

SUMS = ("calls", "failed", *AMOUNTS, "cny", "unknown_cost")
"""What stands beside the keys: how many requests, how many of them failed, tokens, credits, CNY, unknown costs."""

KEPT = ("day", "provider", "origin", "surface", "model", "outcome")  # by these the file keeps sums
ALWAYS = ("provider", "model", "outcome")  # a cost is known by these
UNKNOWN = ("input_tokens", "output_tokens", "credits")
NEEDED = ("calls", *AMOUNTS, *(f"unknown_{name}" for name in UNKNOWN))


def by_model_and_day(source: Source, **period: Any) -> pd.DataFrame:
    """Sums by day (UTC), provider and model; the columns are those three and `SUMS`.

    `model` is the one that answered, else the one asked. Takes `since`, `until` and `provider` as `frame` does.
    """
    return totals_by(source, "day", "provider", "model", **period)


def by_notebook(source: Source, **period: Any) -> pd.DataFrame:
    """Sums by notebook and provider; NA are calls from elsewhere. Takes `since`, `until` and `provider`."""
    return totals_by(source, "notebook", "provider", **period)


def by_hour(source: Source, *, timezone: str = "UTC", **period: Any) -> pd.DataFrame:
    """Sums by hour of the day, 0 to 23, and provider, in any time zone: when you call, and when calls fail."""
    return totals_by(source, "hour", "provider", timezone=timezone, **period)


def totals_by(
    source: Source,
    *by: str,
    since: Moment = None,
    until: Moment = None,
    provider: str | None = None,
    timezone: str = "UTC",
) -> pd.DataFrame:
    """Sums by any of `KEYS`, in their order, with the columns of `SUMS`; by none of them, one row of all.

    `calls` counts requests to a model, retries too; `failed` those whose outcome is not ok. `credits` are Caicaini's,
    `cny` is cailag's published price of the known tokens, as a `Decimal`. `unknown_cost` counts requests that may
    have cost something nobody knows: those that were refused cost nothing. Days are UTC days.
    """
    if strangers := sorted(set(by) - set(KEYS)):
        raise ConfigurationError(f"Sums are not kept by {', '.join(strangers)}", action=f"Use {', '.join(KEYS)}.")
    first, last = moment(since), moment(until)
    if isinstance(source, Ledger) and set(by) <= set(KEPT) and is_midnight(first) and is_midnight(last):
        sums = _kept(source, by, first, last, provider)
    else:
        period = {"since": first, "until": last, "provider": provider} if isinstance(source, Ledger) else {}
        sums = gathered(
            source, lambda rows: _summed(picked(rows, first, last, {"provider": provider}), by, timezone), **period
        )
    return _finished(sums, list(by))


def _kept(ledger: Ledger, by: Sequence[str], since: Any, until: Any, provider: str | None) -> pd.DataFrame:
    """From the sums that the file keeps."""
    kept = [name for name in KEPT if name in {*by, *ALWAYS, "surface"}]
    sums: dict[str, Any] = dict(ledger.daily(since=since, until=until, provider=provider, by=kept))
    for name in NEEDED:
        sums[name] = whole_numbers(sums[name])
    if "day" in sums:
        sums["day"] = dates(np.array(sums["day"], dtype="int64"), "D")
    table = pd.DataFrame({name: sums[name] for name in sums if name in {*kept, *NEEDED}})
    return table[table["surface"].isin(MODEL_SURFACES)]


def _summed(rows: pd.DataFrame, by: Sequence[str], timezone: str) -> pd.DataFrame:
    """The same from rows, and by what the file keeps no sums by. Open rows are in no sum, as in the file."""
    rows = rows[rows["surface"].isin(MODEL_SURFACES) & rows["outcome"].notna()]
    keys = {
        "day": days(rows["started"]),
        "hour": rows["started"].dt.tz_convert(timezone).dt.hour.astype("Int64"),
        "model": rows["model_answered"].astype("object").fillna(rows["model"].astype("object")),
    }
    names = list(dict.fromkeys((*by, *ALWAYS)))
    plain = pd.DataFrame({name: keys.get(name, rows.get(name)) for name in names})
    plain = plain.astype({name: "object" for name in names if name not in ("day", "hour")})
    amounts = rows[list(AMOUNTS)].assign(calls=1)
    unknown = rows[list(UNKNOWN)].isna().astype("Int64").add_prefix("unknown_")
    table = pd.concat([plain, amounts.astype("Int64"), unknown], axis="columns")
    return table.groupby(names, dropna=False, sort=False).sum(min_count=1).reset_index()


def _finished(sums: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """What is asked for out of sums by at least `by` and `ALWAYS`."""
    ok, free = sums["outcome"] == "ok", sums["outcome"] == "error"
    whole = sums["provider"] != "cailag"
    unknown_tokens = sums[["unknown_input_tokens", "unknown_output_tokens"]].max(axis="columns")
    unknown = unknown_tokens.where(priced(sums["model"]), sums["calls"]).where(~whole, sums["unknown_credits"])
    table = sums[[*by, "calls", *AMOUNTS]].assign(
        failed=sums["calls"].where(~ok, 0).astype("Int64"),
        unknown_cost=unknown.where(~free, 0).astype("Int64"),
        cny=in_cny(sums["model"], sums["input_tokens"], sums["output_tokens"]).where(~whole),
    )
    counted = table.groupby(by, dropna=False, observed=True) if by else table.groupby(lambda _: 0)
    made = counted[list(SUMS)].sum(min_count=1).reset_index(drop=not by)
    made["cny"] = decimals(made["cny"])
    for name in set(by) - {"day", "hour"}:
        made[name] = made[name].astype("string")
    return made[[*by, *SUMS]]
