"""The engines a sandbox can run, by name. `auto` is the best that works without anything installed: `rules`."""

from __future__ import annotations

import difflib
from collections.abc import Callable

from caicaini_nb.sandbox.engine import Engine

__all__ = ["load", "resolve"]


def _rules() -> Engine:
    from caicaini_nb.sandbox.rules import RulesEngine

    return RulesEngine()


LOADERS: dict[str, Callable[[], Engine]] = {"rules": _rules}


def resolve(name: str) -> str:
    """Return the engine a name stands for; ValueError with near names for an unknown one."""
    if name == "auto":
        return "rules"
    if name in LOADERS:
        return name
    near = difflib.get_close_matches(name, [*LOADERS, "auto"]) or ["auto", *LOADERS]
    raise ValueError(f"There is no engine {name!r}: try {', '.join(near)}.")


def load(name: str) -> Engine:
    """Load an engine by its resolved name."""
    return LOADERS[name]()
