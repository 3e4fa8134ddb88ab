"""`%caicaini budget`: sets a ceiling for each provider, shows them, takes them off."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import TYPE_CHECKING

from .display.panel import Panel

if TYPE_CHECKING:
    from .spending.budget import Budget

__all__ = ["budget_verb"]


def budget_verb(budgets: MutableMapping[str, Budget], words: Sequence[str]) -> Panel:
    """*500 credits* bounds calls to Caicaini from now on, *2.50 CNY* those to cailag; *off* takes all ceilings off.

    Raises `ConfigurationError` for anything else, and leaves the ceilings as they were.
    """
    if [word.lower() for word in words] == ["off"]:
        budgets.clear()
    elif words:
        from .spending.budget import Budget

        made = Budget.read(" ".join(words))
        budgets[made.provider] = made
    if not budgets:
        return Panel.of("", ("", ""), [("budget", "none: calls are not bounded")])
    rows = [row for budget in budgets.values() for row in budget.rows()]
    bounded = " and ".join(budgets)
    return Panel.of(f"it bounds this kernel's cells that call {bounded}, since it was set", ("", ""), rows)
