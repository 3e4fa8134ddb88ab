"""Cutting a text into the parts that a list of objects may come from: lines, clauses, sentences, what `and` joins.

It decides nothing: each way to cut is one proposal, and the caller keeps the one whose parts give the most.
"""

from __future__ import annotations

from caicaini_nb.sandbox.rules.lazy_pattern import deferred

__all__ = ["MOST", "ways"]

MOST = 200
CUTS = (
    deferred(r"\n+"),
    deferred(r"[;；]\s*|\n+"),
    deferred(r"[;；。]\s*|\n+|(?<=[.!?])\s+"),
    deferred(
        r"[;；。]\s*|\n+|(?<=[.!?])\s+|,\s+(?:and\s+)?(?=[A-Z\d])|\s+and\s+(?=(?:the\s)?[A-Z\d])|[，、]|和(?=[\u4e00-\u9fff])"
    ),
    deferred(r"\n+|;\s*|(?<=[.!?])\s+|(?<=\d),\s+(?:and\s+)?(?=[A-Za-z])|[)]\s*(?:,|and)\s+"),
    deferred(r"\n+|;\s*|(?<=[.!?])\s+|,\s+(?:and\s+)?|\s+and\s+|[，。；、]"),
)
NUMBERING = deferred(r"^\s*(?:[-*•]|\d{1,3}[.)](?=\s))?\s*")


def ways(text: str) -> list[list[str]]:
    """The parts by each way to cut, without bullets and numbering; ways that cut alike are one."""
    found = [[NUMBERING.sub("", part).strip() for part in cut.split(text)[:MOST] if part.strip()] for cut in CUTS]
    return [list(parts) for parts in dict.fromkeys(map(tuple, found))]
