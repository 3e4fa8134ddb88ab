"""A small lexicon of praise and blame, read from a data file, with negation: `not good` counts as blame."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

__all__ = ["sentiment"]

LEXICON = Path(__file__).parent.parent / "data" / "sentiment.txt"
NEGATIONS = frozenset(
    "not no never isn't wasn't don't didn't doesn't can't couldn't won't hardly nothing without aren't".split()
)
STRONG = frozenset("very really so extremely absolutely totally incredibly".split())
TOKEN = re.compile(r"[a-z]+(?:['’][a-z]+)?")
LIMIT = 100_000


@cache
def _lexicon() -> tuple[dict[str, int], tuple[tuple[str, int], ...]]:
    """English words by weight, and Chinese phrases, longest first."""
    english: dict[str, int] = {}
    chinese: dict[str, int] = {}
    for line in LEXICON.read_text(encoding="utf-8").splitlines():
        weight, _, rest = line.partition(" ")
        if weight[:1] in "+-":
            for word in rest.split():
                (english if word.isascii() else chinese)[word] = int(weight)
    return english, tuple(sorted(chinese.items(), key=lambda item: (-len(item[0]), item[0])))


def sentiment(text: str) -> tuple[int, list[str]]:
    """The score (above 0 is praise) and the words that made it."""
    english, chinese = _lexicon()
    tokens = TOKEN.findall(text[:LIMIT].lower().replace("’", "'"))
    score, why = 0, []
    for place, word in enumerate(tokens):
        if weight := english.get(word, 0):
            before = tokens[max(0, place - 3) : place]
            negated = any(other in NEGATIONS for other in before)
            if negated:
                weight = -1 if weight > 0 else 1
            score += weight + (weight > 0) * any(other in STRONG for other in before[-1:])
            why.append(f"not {word}" if negated else word)
    rest = text[:LIMIT]
    for phrase, weight in chinese:
        if times := rest.count(phrase):
            score, rest = score + weight * times, rest.replace(phrase, " ")
            why.append(phrase)
    return score, why
