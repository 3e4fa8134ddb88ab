"""Requests to write something: recognised early, so that a number inside them is not taken for a sum."""

from __future__ import annotations

import re

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import Asked
from caicaini_nb.sandbox.rules.refusal import refusal

__all__ = ["prose"]

WORKS = (
    r"function|script|program|code|class|regex|query|poem|haiku|story|song|essay|joke|e-?mail|letter"
    r"|limerick|blog|article"
    r"|tweet|paragraph|review|report|plan|recipe|lyrics|speech|advert|slogan|tagline|dialogue|novel"
    r"|unit tests?|sql|html"
)
ASKS = re.compile(
    rf"\b(?:write|create|generate|compose|draft|implement|make|give me|tell me|invent|come up with"
    rf"|suggest)\b[^.:\n]{{0,60}}\b(?:{WORKS})s?\b"
    r"|\btranslat|\brephrase\b|\bparaphrase\b|\bproofread\b|\bimagine\b|\bpretend\b|写一?[首篇个段封].{0,12}|翻译|改写|润色",
    re.IGNORECASE,
)


def prose(asked: Asked) -> Answer | None:
    """The honest sentence for what is plainly writing."""
    return refusal(asked) if ASKS.search(asked.instruction[:500]) else None
