"""`%caicaini usage` and `%caicaini reconcile`: where credits and tokens went, and whether the service agrees.

The tables come from `analytics`, which is loaded only here: it brings pandas and matplotlib with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .config import PROVIDERS
from .display.panel import Panel
from .errors import ConfigurationError
from .ledger import Ledger

if TYPE_CHECKING:
    from .client import Client

__all__ = ["reconcile_verb", "usage_verb"]

LONGEST = 60  # rows: beyond that a frame serves better than a table
AMOUNTS = {
    "calls": "calls",
    "failed": "failed",
    "input_tokens": "tokens in",
    "output_tokens": "out",
    "credits": "credits",
    "cny": "CNY",
    "unknown_cost": "unknown cost",
}
USAGE = {"by": True, "since": True, "until": True, "plot": False}  # whether an option takes a value
RECONCILE = {"since": True, "until": True}


def usage_verb(ledger: Ledger, words: Sequence[str]) -> Any:
    """A table of what the ledger counted, by model unless *--by* names others; with *--plot* the chart by day.

    Raises `ConfigurationError` for a word or an option it does not know.
    """
    from .analytics.sums import totals_by

    options, provider = _read("usage", words, USAGE)
    period: dict[str, Any] = {"since": options.get("since"), "until": options.get("until"), "provider": provider}
    if "plot" in options:
        from .analytics.chart import picture
        from .analytics.plots import plot_spend

        return picture(plot_spend(ledger, **period))
    keys = [key for key in options.get("by", "provider,model").replace(" ", "").split(",") if key]
    table = totals_by(ledger, *keys, **period)
    rows = [[_shown(row[name]) for name in (*keys, *AMOUNTS)] for row in table.head(LONGEST).to_dict("records")]
    more = f"; {len(table) - LONGEST:,} rows more, all of them in caicaini_nb.analytics" if len(table) > LONGEST else ""
    note = f"ledger, UTC, since {options.get('since', 'the beginning')}: every kernel's calls to a model{more}"
    return Panel.of(note, (*keys, *AMOUNTS.values()), rows)


def reconcile_verb(client_for: Callable[[str], Client], words: Sequence[str]) -> Any:
    """The ledger against the service's own count, by model and day."""
    from .analytics.reconciliation import reconcile

    options, provider = _read("reconcile", words, RECONCILE)
    return reconcile(client_for(provider or "caicaini"), options.get("since"), options.get("until"))


def _read(verb: str, words: Sequence[str], known: Mapping[str, bool]) -> tuple[dict[str, str], str | None]:
    """Options with their values, and the provider if one is named."""
    found: dict[str, str] = {}
    provider = None
    left = iter(words)
    for word in left:
        name, has_value, value = word.removeprefix("--").partition("=")
        if word.startswith("--") and name in known:
            found[name] = value if has_value or not known[name] else next(left, "")
            if known[name] and not found[name]:
                raise ConfigurationError(f"%caicaini {verb} --{name} needs a value", action=_how(verb, known))
        elif word in PROVIDERS and provider is None:
            provider = word
        else:
            raise ConfigurationError(f"%caicaini {verb} does not take {word!r}", action=_how(verb, known))
    return found, provider


def _how(verb: str, known: Mapping[str, bool]) -> str:
    examples = {"by": "--by model,day", "since": "--since 7d", "until": "--until 2026-11-21", "plot": "--plot"}
    return f"Write %caicaini {verb} {' '.join(f'[{examples[name]}]' for name in known)} [caicaini or cailag]."


def _shown(value: Any) -> str:
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT:
        return "–"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return value if isinstance(value, str) else f"{value:,}"
