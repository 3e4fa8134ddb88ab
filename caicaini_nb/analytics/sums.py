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
from .packing import whole_numbers
from .periods import Moment, is_midnight, moment
from .prices import FREE, decimals, in_cny, priced
from .rows import Source, dates, days, gathered, picked

__all__ = ["KEYS", "SUMS", "by_hour", "by_model_and_day", "by_notebook", "totals_by"]

KEYS = ("day", "hour", "model", "provider", "origin", "surface", "notebook", "outcome")
"""What `totals_by` can sum up by. `hour` is the hour of the day."""

SUMS = ("calls", "failed", *AMOUNTS, "cny", "unknown_cost")
"""What stands beside the keys: how many requests, how many of them failed, tokens, credits, CNY, unknown costs."""

KEPT = ("day", "provider", "origin", "surface", "model", "outcome")  # by these the file keeps sums
PRICED = ("provider", "model")  # a cost is known by these
COSTS = ("served", "unknown_served_tokens", "unknown_served_credits")  # of calls that were not refused
COUNTED = ("calls", "failed", *AMOUNTS, *COSTS)


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
    keys = list(dict.fromkeys((*by, *PRICED)))
    if isinstance(source, Ledger) and set(by) <= set(KEPT) and is_midnight(first) and is_midnight(last):
        made = _with_costs(_kept(source, keys, first, last, provider), by)
        is_done = set(PRICED) <= set(by)
    else:
        period = {"since": first, "until": last, "provider": provider} if isinstance(source, Ledger) else {}
        sums = gathered(
            source, lambda rows: _summed(picked(rows, first, last, {"provider": provider}), keys, timezone), **period
        )
        made, is_done = _with_costs(sums, by), False
    table = made if is_done else _regrouped(pd.DataFrame(made, copy=False), list(by))
    return pd.DataFrame({**dict(table.items()), "cny": decimals(table["cny"])}, copy=False)


def _kept(ledger: Ledger, keys: Sequence[str], since: Any, until: Any, provider: str | None) -> dict[str, pd.Series]:
    """From the sums that the file keeps: one row for each group already, in order."""
    found: dict[str, Any] = ledger.daily(
        COUNTED, since=since, until=until, provider=provider, by=keys, surfaces=MODEL_SURFACES
    )
    if "day" in found:
        found["day"] = dates(np.array(found["day"], dtype="int64"), "D")
    texts = {name: pd.array(found[name], dtype="string") for name in keys if name != "day"}
    counts = {name: whole_numbers(found[name]) for name in COUNTED}
    return {name: pd.Series(values, copy=False) for name, values in {**found, **texts, **counts}.items()}


def _summed(rows: pd.DataFrame, keys: Sequence[str], timezone: str) -> pd.DataFrame:
    """The same from rows, and by what the file keeps no sums by. Open rows are in no sum, as in the file."""
    rows = rows[rows["surface"].isin(MODEL_SURFACES) & rows["outcome"].notna()]
    made = {
        "day": days(rows["started"]),
        "hour": rows["started"].dt.tz_convert(timezone).dt.hour.astype("Int64"),
        "model": rows["model_answered"].astype("object").fillna(rows["model"].astype("object")),
    }
    plain = pd.DataFrame({name: made.get(name, rows.get(name)) for name in keys})
    plain = plain.astype({name: "object" for name in keys if name not in ("day", "hour")})
    served = rows["outcome"] != FREE
    counts = {
        "calls": pd.Series(1, index=rows.index),
        "failed": rows["outcome"] != "ok",
        "served": served,
        "unknown_served_tokens": served & (rows["input_tokens"].isna() | rows["output_tokens"].isna()),
        "unknown_served_credits": served & rows["credits"].isna(),
    }
    table = pd.concat([plain, rows[list(AMOUNTS)], pd.DataFrame(counts).astype("Int64")], axis="columns")
    return table.groupby(list(keys), dropna=False, sort=False).sum(min_count=1).reset_index()


def _with_costs(sums: dict[str, pd.Series] | pd.DataFrame, by: Sequence[str]) -> dict[str, pd.Series]:
    """The columns asked for, out of sums by at least `by` and `PRICED`; `cny` as `in_cny` has it."""
    index, is_cailag = sums["provider"].index, (sums["provider"] == "cailag").to_numpy(bool)
    made: dict[str, Any] = {name: sums[name] if name in ("day", "hour") else sums[name].astype("string") for name in by}
    made |= {name: sums[name] for name in SUMS if name in sums}
    made |= {"unknown_cost": sums["unknown_served_credits"], "cny": pd.Series(pd.NA, index=index, dtype="Int64")}
    if is_cailag.any():
        calls = {name: sums[name][is_cailag] for name in (*PRICED, *COUNTED)}
        unknown = calls["unknown_served_tokens"].where(priced(calls["model"]).to_numpy(bool), calls["served"])
        made["unknown_cost"] = made["unknown_cost"].mask(is_cailag, unknown)
        made["cny"] = in_cny(calls["model"], calls["input_tokens"], calls["output_tokens"]).reindex(index)
    return {name: made[name] for name in (*by, *SUMS)}


def _regrouped(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Its rows summed up by what is asked for."""
    counted = table.groupby(by, dropna=False, observed=True) if by else table.groupby(lambda _: 0)
    return counted[list(SUMS)].sum(min_count=1).reset_index(drop=not by)
