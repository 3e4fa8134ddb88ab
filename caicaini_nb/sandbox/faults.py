"""Faults on demand: what one account's next calls are to suffer, first planned first served.

A status fault takes any call of the account; a kind that breaks an answer waits for a call that can suffer it
(`stall`, `reset`, `slow` take plain and streamed answers, the rest streams only). An unknown kind is refused.
"""

from __future__ import annotations

import difflib
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Fault", "FaultQueue"]

ANY_ANSWER = frozenset({"reset", "slow", "stall"})
STREAM_ONLY = frozenset({"duplicate", "early_end", "split_utf8", "stream_error", "unknown"})
COMMON_STATUSES = ("400", "401", "402", "403", "404", "413", "429", "500", "502", "503", "504", "529")


@dataclass
class Fault:
    """A planned fault; `times` None is until cleared, `after` counts content events, `seconds` is for waits."""

    identity: int
    kind: str
    times: int | None = 1
    retry_after: str | None = None
    after: int | None = None
    seconds: float | None = None

    @property
    def status(self) -> int | None:
        """The HTTP status, when the fault is one."""
        return int(self.kind) if self.kind.isdecimal() else None


def check_kind(kind: object) -> str:
    """Return a known kind; ValueError with near names otherwise."""
    text = str(kind)
    known = sorted(ANY_ANSWER | STREAM_ONLY)
    if text in known or (len(text) == 3 and text.isascii() and text.isdecimal() and 400 <= int(text) <= 599):
        return text
    near = difflib.get_close_matches(text, [*known, *COMMON_STATUSES], n=3) or known
    raise ValueError(f"There is no fault {text!r}: try {', '.join(near)}, or an error status such as '429'.")


def check_figures(times: object, after: object, seconds: object) -> None:
    """ValueError for a count or a time that no fault can have."""
    for name, value, least in (("times", times, 1), ("after", after, 0)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
            raise ValueError(f"{name} must be an integer of at least {least}, not {value!r}.")
    if seconds is None:
        return
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not number or not math.isfinite(float(str(seconds))) or not 0 <= float(str(seconds)) <= 3600:
        raise ValueError(f"seconds must be a number from 0 to 3600, not {seconds!r}.")


def check_retry_after(text: object) -> None:
    """ValueError for text that cannot stand in a header; anything else may, garbage too."""
    if text is not None and (not isinstance(text, str) or not text.isprintable() or len(text) > 1_000):
        raise ValueError("retry_after must be one printable line of at most 1,000 characters.")


class FaultQueue:
    """The planned faults of one account."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []
        self._identities = itertools.count(1)

    def plan(self, values: dict[str, Any]) -> int:
        """Plan a fault from a control call's values; returns its identity, ValueError for values out of range."""
        figures = {name: values.get(name) for name in ("times", "after", "seconds")}
        check_figures(**figures)
        check_retry_after(values.get("retry_after"))
        kind = check_kind(values.get("kind"))
        fault = Fault(next(self._identities), kind, retry_after=values.get("retry_after"), **figures)
        self._planned.append(fault)
        return fault.identity

    def clear(self, identity: int | None) -> None:
        """Drop one planned fault, or all of them."""
        self._planned = [] if identity is None else [one for one in self._planned if one.identity != identity]

    def take_status(self) -> Fault | None:
        """Use up one turn of the first status fault."""
        return self._take(lambda fault: fault.status is not None)

    def take_answer(self, streamed: bool) -> Fault | None:
        """Use up one turn of the first fault that such an answer can suffer."""
        kinds = ANY_ANSWER | STREAM_ONLY if streamed else ANY_ANSWER
        return self._take(lambda fault: fault.kind in kinds)

    def _take(self, fits: Callable[[Fault], bool]) -> Fault | None:
        fault = next((one for one in self._planned if fits(one)), None)
        if fault is None or fault.times is None:
            return fault
        fault.times -= 1
        if fault.times == 0:
            self._planned.remove(fault)
        return fault
