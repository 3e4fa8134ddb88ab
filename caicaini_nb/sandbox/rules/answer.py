"""An answer and the rule that gives it: a rule is a function that answers or returns `None` for *not mine*."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from caicaini_nb.sandbox.rules.asked import Asked

__all__ = ["Answer", "Rule"]


@dataclass(frozen=True)
class Answer:
    """What a rule computed.

    `short` is the bare result, used when the prompt wants nothing else; `value` is the same for JSON (a number, a list,
    an object); `steps` are what was really done, for a thinking block.
    `complete` is false where JSON was filled with values that nothing gave.
    """

    text: str
    short: str | None = None
    value: Any = None
    steps: tuple[str, ...] = ()
    complete: bool = True


@dataclass(frozen=True)
class Rule:
    """A named rule; the name appears in thinking blocks."""

    name: str
    answer: Callable[[Asked], Answer | None]
