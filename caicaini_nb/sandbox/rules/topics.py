"""Words that often stand beside a label or a tool's name, read from a data file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from caicaini_nb.sandbox.rules.words import content_words, stem

__all__ = ["related"]

TOPICS = Path(__file__).parent.parent / "data" / "topics.txt"


@cache
def _topics() -> dict[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for line in TOPICS.read_text(encoding="utf-8").splitlines():
        names, _, words = line.partition(":")
        if words and not line.startswith("#"):
            group = frozenset(stem(word) for word in words.split())
            for name in names.split():
                table[stem(name)] = table.get(stem(name), frozenset()) | group
    return table


def related(name: str) -> frozenset[str]:
    """Stems related to any word of a label or name; empty for an unknown one."""
    topics = _topics()
    return frozenset().union(*(topics.get(word, frozenset()) for word in [*content_words(name), stem(name.lower())]))
