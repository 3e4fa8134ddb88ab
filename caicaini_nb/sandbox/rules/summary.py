"""Extractive summary: the sentences of the text that share most with all of it, in their order; none is written anew.

It refuses to summarise what is not there: without a text of two sentences the rule does not apply.
"""

from __future__ import annotations

import math
import re
from collections import Counter

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import Asked
from caicaini_nb.sandbox.rules.number import parse_number
from caicaini_nb.sandbox.rules.sentences import sentences
from caicaini_nb.sandbox.rules.words import content_words

__all__ = ["pick", "summary"]

ASKS = re.compile(
    r"\bsummar(?:y|i[sz]e|i[sz]ing|ies)\b|\btl;?dr\b|\bkey (?:points?|takeaways?|sentences?)\b"
    r"|\bmain (?:idea|point)s?\b"
    r"|\bcondense\b|\bshorten\b|\bgist\b|总结|概括|摘要|归纳",
    re.IGNORECASE,
)
AMOUNT = re.compile(
    r"\b(\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten|a(?: single)?|single)\s+"
    r"(?:short |simple |key |main |bullet )*(sentences?|points?|bullets?|takeaways?|lines?)\b"
    r"|([一二两三四五六七八九十\d]{1,3})\s*(?:个)?(?:句|点)",
    re.IGNORECASE,
)
BULLETS = re.compile(r"\b(?:bullets?|bullet points?|key points|takeaways|points)\b|要点", re.IGNORECASE)
LIMIT = 500_000


def _amount(instruction: str) -> int | None:
    found = AMOUNT.search(instruction)
    if not found:
        return None
    written = (found[1] or found[3]).lower()
    number = parse_number("1" if written.startswith(("a", "s")) else written)
    return None if number is None else max(1, int(number))


def pick(parts: list[str], amount: int) -> list[int]:
    """Indexes of the `amount` sentences with the highest score, ascending.

    A sentence's score is the sum of the logarithms of its content words' frequencies, over the root of its length
    (so that long ones do not always win); the first sentence gets a tenth more, and earlier ones win ties.
    """
    words = [content_words(part) for part in parts]
    frequency = Counter(word for group in words for word in set(group))

    def score(index: int) -> float:
        group = set(words[index])
        total = sum(math.log1p(frequency[word] - 1) + 0.1 for word in group) / math.sqrt(len(group) + 4)
        return total * (1.1 if index == 0 else 1.0)

    ranked = sorted(range(len(parts)), key=lambda index: (-score(index), index))
    return sorted(ranked[:amount])


def summary(asked: Asked) -> Answer | None:
    """Answer with sentences of the text only."""
    if not ASKS.search(asked.instruction) or not asked.material:
        return None
    parts = sentences(asked.material[:LIMIT])
    if len(parts) < 2:
        return None
    amount = _amount(asked.instruction) or max(1, min(3, len(parts) // 3))
    chosen = pick(parts, amount)
    lines = [parts[index] for index in chosen]
    joint = "" if asked.chinese and not BULLETS.search(asked.instruction) else " "
    text = "\n".join(f"- {line}" for line in lines) if BULLETS.search(asked.instruction) else joint.join(lines)
    order = ", ".join(str(index + 1) for index in chosen)
    step = f"Scored {len(parts)} sentences by the words they share with the text; took number {order}, unchanged."
    return Answer(text, short=text, value=lines if len(lines) > 1 else lines[0], steps=(step,))
