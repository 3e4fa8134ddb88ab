"""The numbers of a text that count or measure something: without those in dates, times, codes, addresses and phones.

Marks of the same length stand in their place, so that what is found keeps its position.
"""

from __future__ import annotations

import re

from caicaini_nb.sandbox.rules.finding import DATE, EMAIL, PHONE, TIME, URL
from caicaini_nb.sandbox.rules.lazy_pattern import deferred

__all__ = ["CODE_WORD", "without_forms"]

# letters and digits that belong together: `INV-2041`, `A7`, `#1093`
CODE_WORD = deferred(r"(?<![\w.#$€£¥-])(?:#\d{1,12}|(?=[A-Za-z-]{0,12}\d)[A-Z][A-Za-z]{0,8}-?\d[\w-]{0,20})(?![\w])")
MARK = "\x00"


def without_forms(text: str) -> str:
    """The text with every date, time, code, address and phone number marked out."""
    for pattern in (URL, EMAIL, DATE, TIME, CODE_WORD, PHONE):
        text = pattern.sub(_marked, text)
    return text


def _marked(found: re.Match[str]) -> str:
    few = sum(mark.isdigit() for mark in found[0]) < 7 and found.re.pattern == PHONE.pattern
    return found[0] if few else MARK * len(found[0])
