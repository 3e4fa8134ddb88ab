"""Where your credits and tokens went, out of the ledger: tables, charts, money, reconciliation, forecast.

columns         what a frame holds: names, dtypes, units
rows            `frame`, one row for each request that went out; periods such as *7d*
sums            `totals_by`, `by_model_and_day`, `by_notebook`, `by_hour`
quality         `errors`, `latency`, `waste`, `cache_savings`
money           `credits_for`, `usd_for`: Caicaini's credits and dollars, exact
prices          `cost_in_cny`, `what_if`: cailag's published prices, exact, with what they cover
reconciliation  `reconcile`: the ledger against the service's own figures; matching, how each difference is explained
forecast        `runway`: how long the balance lasts, as an interval
chart           what all charts share: `alt_text`, `table`, `picture`, colours
plots           `plot_spend`, `plot_tokens`, `plot_latency`, `plot_errors`; balance, `plot_balance`

Names load when they are first used. What takes a *source* takes a `Ledger`, a DataFrame from `frame`, or a Dask
DataFrame over the folder that `ledger.to_parquet` wrote; what comes back is a pandas DataFrame in any case.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .balance import plot_balance
    from .chart import alt_text, picture, table
    from .columns import COLUMNS
    from .forecast import runway
    from .money import credits_for, usd_for
    from .plots import plot_errors, plot_latency, plot_spend, plot_tokens
    from .prices import cost_in_cny, what_if
    from .quality import cache_savings, errors, latency, waste
    from .reconciliation import reconcile
    from .rows import frame
    from .sums import by_hour, by_model_and_day, by_notebook, totals_by

__all__ = [
    "COLUMNS",
    "alt_text",
    "by_hour",
    "by_model_and_day",
    "by_notebook",
    "cache_savings",
    "cost_in_cny",
    "credits_for",
    "errors",
    "frame",
    "latency",
    "picture",
    "plot_balance",
    "plot_errors",
    "plot_latency",
    "plot_spend",
    "plot_tokens",
    "reconcile",
    "runway",
    "table",
    "totals_by",
    "usd_for",
    "waste",
    "what_if",
]

_NAMES = {
    "balance": ("plot_balance",),
    "chart": ("alt_text", "picture", "table"),
    "columns": ("COLUMNS",),
    "forecast": ("runway",),
    "money": ("credits_for", "usd_for"),
    "plots": ("plot_errors", "plot_latency", "plot_spend", "plot_tokens"),
    "prices": ("cost_in_cny", "what_if"),
    "quality": ("cache_savings", "errors", "latency", "waste"),
    "reconciliation": ("reconcile",),
    "rows": ("frame",),
    "sums": ("by_hour", "by_model_and_day", "by_notebook", "totals_by"),
}
_HOME = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"caicaini_nb.analytics has no {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value  # the next look-up does not come here
    return value


def __dir__() -> list[str]:
    return __all__
