"""What went wrong, how long it took, what was wasted and what caches saved. All of it from rows, not from sums."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..ledger import MODEL_SURFACES
from .periods import moment
from .rows import Source, days, gathered, picked

__all__ = ["cache_savings", "errors", "failures_by_day", "latency", "waste"]

BY = ["provider", "model"]
KINDS = {"error": "failed", "unknown": "broken off", "interrupted": "interrupted"}
WASTE = ("requests", "input_tokens", "output_tokens", "credits", "seconds", "unknown_cost")


def errors(source: Source, **period: Any) -> pd.DataFrame:
    """What failed: `provider`, `model`, `error`, `status`, `requests`, `share` (of its model's requests), `last` (UTC).

    `error` is the service's own word where it gave one, else the client's. Most first. Takes `since`, `until` and
    `provider` as `frame` does, and so do the others here.
    """
    keys = [*BY, "error", "status"]

    def counted(rows: pd.DataFrame) -> pd.DataFrame:
        table = _plain(rows, ["error", "status", "outcome", "started"])
        table.loc[table["outcome"] == "ok", ["error", "status"]] = pd.NA
        named = table["error"].notna() | (table["outcome"] == "ok")
        table["error"] = table["error"].where(named, table["outcome"])
        made = table.groupby([*keys, "outcome"], dropna=False).agg(
            requests=("started", "size"), last=("started", "max")
        )
        return made.reset_index()

    table = _of(source, counted, period).astype({"requests": "Int64", "status": "Int64"})
    all_of = table.groupby(BY, dropna=False)["requests"].sum().rename("all_of").reset_index()
    failed = table[table["outcome"] != "ok"].groupby(keys, dropna=False)
    made = failed.agg(requests=("requests", "sum"), last=("last", "max")).reset_index().merge(all_of, on=BY, how="left")
    made["share"] = made["requests"] / made["all_of"]
    made = made.sort_values(["requests", *keys], ascending=[False] + [True] * 4, ignore_index=True)
    return _texts(made[[*keys, "requests", "share", "last"]], [*BY, "error"])


def failures_by_day(source: Source, **period: Any) -> pd.DataFrame:
    """Failed requests by `day` (UTC) and `error`: `requests`, and `unknown_cost` of them may have been charged."""

    def counted(rows: pd.DataFrame) -> pd.DataFrame:
        table = _plain(rows[rows["outcome"] != "ok"], ["error", "outcome", "started", "credits"])
        made = pd.DataFrame(
            {
                "day": days(table["started"]),
                "error": table["error"].fillna(table["outcome"]),
                "requests": 1,
                "unknown_cost": ((table["outcome"] != "error") & table["credits"].isna()).astype("int64"),
            }
        )
        return made.groupby(["day", "error"]).sum().reset_index()

    return _of(source, counted, period).groupby(["day", "error"]).sum().reset_index()


def latency(source: Source, **period: Any) -> pd.DataFrame:
    """How long answers took, in ms: half of them at most `…_p50`, 95 of 100 at most `…_p95`; by provider and model.

    `first_event` is the time to the first event (a plain call: to the headers), `total` to the end. Only whole answers
    count; `answers` says how many.
    """

    def answered(rows: pd.DataFrame) -> pd.DataFrame:
        return _plain(rows, ["outcome", "first_event_ms", "total_ms"]).query("outcome == 'ok'").drop(columns="outcome")

    table = _of(source, answered, period).astype({"first_event_ms": "Float64", "total_ms": "Float64"})
    groups = table.groupby(BY, dropna=False)
    made = groups.size().astype("Int64").rename("answers").reset_index()
    for name in ("first_event", "total"):
        for percent in (50, 95):
            values = groups[f"{name}_ms"].quantile(percent / 100).reset_index(drop=True)
            made[f"{name}_p{percent}"] = values.astype("Float64")
    return _texts(made, BY)


def waste(source: Source, **period: Any) -> pd.DataFrame:
    """What requests that brought no whole answer took: by `kind`, their number, tokens, credits, seconds.

    `kind` is *retried* (sent again by the client), *failed* (given up), *broken off* or *interrupted*. The first two
    are free. `unknown_cost` counts those that may have been charged, nobody says how much: `credits` is what is known.
    """

    def suspicious(rows: pd.DataFrame) -> pd.DataFrame:
        names = ["operation", "attempt", "outcome", "input_tokens", "output_tokens", "credits", "total_ms"]
        table = _plain(rows, names)
        return table[(table["outcome"] != "ok") | (table["attempt"] > 1)]  # few, so that all partitions' fit together

    table = _of(source, suspicious, period)
    amounts = ["input_tokens", "output_tokens", "credits", "attempt"]
    table = table.astype(dict.fromkeys(amounts, "Int64") | {"total_ms": "Float64"})
    last = table.groupby("operation")["attempt"].transform("max") if len(table) else table["attempt"]
    lost = table[table["outcome"] != "ok"]
    kinds = lost["outcome"].map(KINDS).astype("object").where(lost["attempt"] >= last[lost.index], "retried")
    made = pd.DataFrame(
        {
            "kind": pd.Categorical(kinds, ["retried", *KINDS.values()]),
            "requests": pd.Series(1, index=lost.index, dtype="Int64"),
            **{name: lost[name] for name in amounts[:3]},
            "seconds": lost["total_ms"] / 1000,
            "unknown_cost": ((lost["outcome"] != "error") & lost["credits"].isna()).astype("Int64"),
        }
    )
    sums = made.groupby("kind", observed=False)[list(WASTE)].sum(min_count=1).reset_index()
    counts = ["requests", "unknown_cost"]
    return _texts(sums.fillna(dict.fromkeys(counts, 0)), ["kind"])


def cache_savings(source: Source, *, replies: Any = None, **period: Any) -> pd.DataFrame:
    """What caches saved, the two kinds apart, by model: `cache`, `model`, `hits`, `tokens`, `credits`.

    *provider*: input tokens that the provider read from its prompt cache, and in how many calls; what that saved in
    credits is not published, so it is NA. *replies*: calls that were not sent because `replies`, a `ReplyCache` such
    as `client.cache`, had the answer, with the tokens and credits it had cost; without `replies` there are none.
    """

    def read(rows: pd.DataFrame) -> pd.DataFrame:
        table = _plain(rows, ["cache_read_input_tokens"]).query("cache_read_input_tokens > 0")
        made = table.groupby("model", dropna=False)["cache_read_input_tokens"].agg(hits="size", tokens="sum")
        return made.reset_index()

    found = _of(source, read, period).groupby("model", dropna=False).sum().reset_index()
    tables = [found.assign(cache="provider", credits=None)]
    if replies is not None:
        tables.append(_hits(pd.DataFrame(replies.hits()), period))
    columns = {"cache": "string", "model": "string", "hits": "Int64", "tokens": "Int64", "credits": "Int64"}
    full = [table for table in tables if len(table)] or tables[:1]
    return pd.concat([table.astype(columns)[list(columns)] for table in full], ignore_index=True)


def _hits(hits: pd.DataFrame, period: dict[str, Any]) -> pd.DataFrame:
    """The reply cache's log, summed up by model."""
    hits = hits.assign(started=pd.to_datetime(hits["hit_ms"].astype("int64"), unit="ms", utc=True))
    where = {"provider": period.get("provider")}
    hits = picked(hits, moment(period.get("since")), moment(period.get("until")), where)
    amounts = hits[["input_tokens", "output_tokens", "credits"]].astype("Int64")
    table = pd.DataFrame(
        {
            "model": hits["model"],
            "hits": 1,
            "tokens": amounts["input_tokens"] + amounts["output_tokens"],
            "credits": amounts["credits"],
        }
    )
    return table.groupby("model", dropna=False).sum(min_count=1).reset_index().assign(cache="replies")


def _of(source: Source, reduce: Any, period: dict[str, Any]) -> pd.DataFrame:
    """What `reduce` makes of the calls to a model within a period."""
    bounds = {"since": moment(period.get("since")), "until": moment(period.get("until"))}
    if strangers := sorted(set(period) - {"since", "until", "provider"}):
        raise TypeError(f"unexpected argument {strangers[0]!r}: since, until and provider are known")
    where = {"provider": period.get("provider")}
    asked = {} if hasattr(source, "dtypes") else {**bounds, **where}

    def calls(rows: pd.DataFrame) -> pd.DataFrame:
        rows = picked(rows, bounds["since"], bounds["until"], where)
        made: pd.DataFrame = reduce(rows[rows["surface"].isin(MODEL_SURFACES) & rows["outcome"].notna()])
        return made

    return gathered(source, calls, **asked)


def _plain(rows: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """These columns and `BY`, as plain values: the model is the one that answered, else the one asked."""
    model = rows["model_answered"].astype("object").fillna(rows["model"].astype("object"))
    table = rows[["provider", *names]].assign(model=model)
    return table.astype({name: "object" for name in table if isinstance(table[name].dtype, pd.CategoricalDtype)})


def _texts(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    return table.astype(dict.fromkeys(names, "string"))
