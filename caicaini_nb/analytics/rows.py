"""The ledger as a DataFrame, one row for each request that went out, with the dtypes of `COLUMNS`.

A frame is made column by column, so that a million rows take seconds and some 200 MB. Any DataFrame with the ledger's
columns is taken for one: `conform` gives it the dtypes, also partition by partition in Dask.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from ..errors import ConfigurationError
from ..ledger import Ledger
from .columns import COLUMNS, DAY
from .packing import EXPRESSIONS, moments, packed
from .periods import Moment, moment

if TYPE_CHECKING:
    import dask.dataframe as dd

__all__ = ["Source", "conform", "dates", "days", "frame", "gathered", "picked", "read", "source_name"]

Source: TypeAlias = "Ledger | pd.DataFrame | dd.DataFrame"
BATCH = 20_000  # rows: a batch is a few MB of text, and larger ones are not faster
NEEDED = ("started", "provider", "surface", "model", "outcome")


def frame(
    source: Source,
    *,
    since: Moment = None,
    until: Moment = None,
    provider: str | None = None,
    notebook: str | None = None,
    origin: str | None = None,
) -> pd.DataFrame:
    """One row for each request that went out, oldest first; columns, dtypes and units are in `COLUMNS`.

    `since` is counted in, `until` is not: a time, a date, ISO 8601, or so long ago, as in *7d*. All times are UTC.
    Raises `ConfigurationError` for what is no time, or a DataFrame without the ledger's columns.
    """
    where = {"provider": provider, "notebook": notebook, "origin": origin}
    if isinstance(source, Ledger):
        return read(source, since=moment(since), until=moment(until), **where)
    return conform(gathered(source, lambda part: picked(part, moment(since), moment(until), where)))


def gathered(source: Source, reduce: Callable[[pd.DataFrame], pd.DataFrame], **period: Any) -> pd.DataFrame:
    """What `reduce` makes of the source's rows: of each partition of a Dask DataFrame, put together, else of all."""
    if isinstance(source, Ledger):
        return reduce(read(source, **period))
    if isinstance(source, pd.DataFrame):
        return reduce(conform(source))
    if not hasattr(source, "to_delayed"):
        raise ConfigurationError(
            f"{type(source).__name__} is no ledger", action="Pass client.ledger, or a DataFrame from frame()."
        )
    return pd.concat(_computed(source, reduce), ignore_index=True)


def picked(
    rows: pd.DataFrame, since: datetime | None, until: datetime | None, where: dict[str, str | None] | None = None
) -> pd.DataFrame:
    """The rows of a period, and of those with the values that `where` names."""
    keep = pd.Series(True, index=rows.index)
    if since is not None:
        keep &= rows["started"] >= since
    if until is not None:
        keep &= rows["started"] < until
    for name, value in (where or {}).items():
        if value is not None:
            keep &= (rows[name] == value).fillna(False)
    return rows[keep.astype(bool)]


def conform(rows: pd.DataFrame) -> pd.DataFrame:
    """A DataFrame of ledger rows with the columns and dtypes of `COLUMNS`; what it lacks is NA."""
    if "started" not in rows and "started_ms" in rows:
        rows = rows.assign(started=moments(rows["started_ms"].to_numpy()))
    if missing := [name for name in NEEDED if name not in rows]:
        raise ConfigurationError(
            f"This DataFrame has no {', '.join(missing)}", action="Pass a ledger, or what frame(ledger) gives."
        )
    columns: dict[str, Any] = {}
    for name, column in COLUMNS.items():
        values: Any = rows[name] if name in rows else pd.Series(pd.NA, index=rows.index, dtype="object")
        fits = values.dtype == column.dtype or (column.dtype == "category" and _is_category(values))
        columns[name] = values if fits else values.astype(column.dtype)
    return pd.DataFrame(columns, index=rows.index)


def days(moments: pd.Series) -> pd.Series:
    """The UTC days of these moments, as dates without a zone."""
    return pd.Series(dates(moments.to_numpy("datetime64[D]"), "D"), index=moments.index)


def dates(numbers: Any, unit: str) -> pd.DatetimeIndex:
    """Days, or whatever `unit` is, since 1970 as dates without a zone, in ms."""
    return pd.DatetimeIndex(np.asarray(numbers).astype(f"datetime64[{unit}]").astype(DAY))


def source_name(source: Source) -> str:
    """What a chart's title says its numbers are from."""
    if not isinstance(source, Ledger):
        return "DataFrame"
    return "ledger, this session only" if source.problem else "ledger"


def _computed(source: Any, reduce: Callable[[pd.DataFrame], pd.DataFrame]) -> list[pd.DataFrame]:
    """One DataFrame a partition: `to_delayed` keeps each as it is, where a common schema would have to be guessed."""
    import dask

    lazy: Any = dask  # its functions carry no types
    parts = lazy.compute(*(lazy.delayed(_reduced)(part, reduce) for part in source.to_delayed()))
    full = [part for part in parts if len(part)]
    return full or list(parts[:1])


def _reduced(part: pd.DataFrame, reduce: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    made = reduce(conform(part))
    # Partitions have categories of their own, and concatenating such columns needs plain text.
    return made.astype({name: "object" for name in made if _is_category(made[name])})


def read(ledger: Ledger, **where: Any) -> pd.DataFrame:
    """The ledger's rows; `where` is that of `Ledger.batches`."""
    return pd.DataFrame(packed(ledger.aggregates(EXPRESSIONS, size=BATCH, **where)), copy=False)


def _is_category(values: pd.Series) -> bool:
    return isinstance(values.dtype, pd.CategoricalDtype)
