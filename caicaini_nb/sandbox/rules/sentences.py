"""Cutting text into sentences, English and Chinese, in linear time; abbreviations such as `Dr.` do not end one."""

from __future__ import annotations

import re

__all__ = ["sentences"]

END = re.compile(r"[.!?]+[\"'”’)\]]*(?=\s)|[。！？]+[”’」）]*|\n[ \t]*\n\s*|\n(?=\s*(?:[-*•]|\d{1,3}[.)])\s)")
ABBREVIATION = re.compile(r"(?:^|[\s(])(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|e\.g|i\.e|No|Fig|Inc|Ltd|approx|[A-Z])\.$")


def sentences(text: str) -> list[str]:
    """The sentences in order, stripped, none empty."""
    result: list[str] = []
    start = 0
    for mark in END.finditer(text):
        if ABBREVIATION.search(text[max(start, mark.end() - 8) : mark.end()].rstrip()):
            continue
        result.append(text[start : mark.end()])
        start = mark.end()
    result.append(text[start:])
    return [" ".join(sentence.split()) for sentence in result if sentence.strip()]
