"""Counting in given text: words, characters, letters, vowels, lines, sentences, digits, occurrences.

It refuses to guess a text: without quotes, a colon or a text above, nothing is counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import Asked
from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.sentences import sentences
from caicaini_nb.sandbox.tokens import count

__all__ = ["counting"]

ASKS = deferred(r"\bhow (?:many|often|long)\b|\bcount\b|\bnumber of\b|\blength of\b|多少|几个|几次|统计|数一数", re.I)
LETTER_OF = deferred(
    r"(?:\bletters?\s+|\bhow many\s+)[\"'“‘`]?([A-Za-z])[\"'”’`]?(?:['’]?s)?(?=\W|$)(?!\s*\w{0,12}ing\b)"
    r"|\boccurrences? of (?:the )?(?:letter )?[\"'“‘`]?([A-Za-z])[\"'”’`]?(?=\W|$)",
    re.IGNORECASE,
)
WORD_OF = deferred(
    r"\b(?:the )?word\s+[\"“'‘`]?([\w-]{1,60})[\"”'’`]?|\boccurrences? of\s+[\"“'‘`]?([\w-]{2,60})[\"”'’`]?"
    r"|\bhow (?:often|many times) (?:does|do|is|are)\s+[\"“'‘`]?([\w-]{1,60})[\"”'’`]?",
    re.IGNORECASE,
)
TIMES = deferred(r"\btimes\b|\boften\b|\boccur|\bappear", re.IGNORECASE)
IN_WORD = deferred(
    (
        r"\b(?:in|does|of|spell)\s+(?:the\s+)?(?:(?:word|name|text|phrase|sentence)\s+)?([A-Za-z]{2,60})(?:\s+("
        r"?:have|contain))?\s*[?.!]*$"
    ),
    re.I,
)
NOT_A_TEXT = frozenset("text it this that above following sentence paragraph message list document words total".split())
Measure = Callable[[str], int]
MEASURES: tuple[tuple[re.Pattern[str], str, str, Measure], ...] = (
    (deferred(r"\btokens?\b", re.I), "token", "个 token", count),
    (deferred(r"\bwords?\b|单词", re.I), "word", "个词", lambda text: len(text.split())),
    (deferred(r"\bvowels?\b|元音", re.I), "vowel", "个元音字母", lambda text: _of(text, "aeiou")),
    (
        deferred(r"\bconsonants?\b|辅音", re.I),
        "consonant",
        "个辅音字母",
        lambda text: _of(text, "bcdfghjklmnpqrstvwxyz"),
    ),
    (
        deferred(r"\bcharacters?\b.{0,30}\b(?:without|excluding|not counting)\b.{0,10}\bspaces?\b", re.I),
        "character",
        "个字符",
        lambda text: sum(not mark.isspace() for mark in text),
    ),
    (deferred(r"\bcharacters?\b|\blength\b|\bhow long\b|字符|长度", re.I), "character", "个字符", len),
    (deferred(r"\blines?\b|行", re.I), "line", "行", lambda text: len(text.splitlines())),
    (deferred(r"\bsentences?\b|句", re.I), "sentence", "个句子", lambda text: len(sentences(text))),
    (
        deferred(r"\bparagraphs?\b|段", re.I),
        "paragraph",
        "段",
        lambda text: len(re.findall(r"\S[^\n]*(?:\n[^\n]*\S[^\n]*)*", text)),
    ),
    (deferred(r"\bdigits?\b|数字", re.I), "digit", "个数字", lambda text: sum(mark.isdigit() for mark in text)),
    (deferred(r"\bletters?\b|字母", re.I), "letter", "个字母", lambda text: sum(mark.isalpha() for mark in text)),
    (deferred(r"\bspaces?\b|空格", re.I), "space", "个空格", lambda text: text.count(" ")),
    (
        deferred(r"\bitems?\b|\bentries\b|\bnames\b|项", re.I),
        "item",
        "项",
        lambda text: len(re.findall(r"[^,;\n、，；]+", text)),
    ),
    (
        deferred(r"汉字|个字|字数"),
        "character",
        "个字",
        lambda text: sum("\u4e00" <= mark <= "\u9fff" for mark in text),
    ),
)


def _of(text: str, letters: str) -> int:
    lowered = text.lower()
    return sum(lowered.count(letter) for letter in letters)


def _occurrences(asked: Asked) -> tuple[str, str, int] | None:
    """What was looked for, where, and how often."""
    instruction, quotes = asked.instruction, asked.quotes
    if found := LETTER_OF.search(instruction):
        letter = (found[1] or found[2]).lower()
        place = _place(asked, skip=letter)
        return (f"the letter “{letter}”", place, place.lower().count(letter)) if place else None
    if (found := WORD_OF.search(instruction)) and TIMES.search(instruction):
        word = next(group for group in found.groups() if group)
        place = _place(asked, skip=word)
        if not place or word.lower() in NOT_A_TEXT:
            return None
        return f"“{word}”", place, len(re.findall(rf"(?<!\w){re.escape(word)}(?!\w)", place, re.IGNORECASE))
    if len(quotes) >= 2 and re.search(r"\bhow (?:many|often)\b|几次|多少", instruction, re.I):
        return f"“{quotes[0]}”", quotes[1], quotes[1].lower().count(quotes[0].lower())
    return None


def _place(asked: Asked, skip: str) -> str:
    """The text to look in: a quote that is not the thing sought, the material, or the last word of the question."""
    for quote in asked.quotes:
        if quote.lower() != skip.lower() and quote in asked.instruction:
            return quote
    if asked.material and asked.material.lower() != skip.lower():
        return asked.material
    found = IN_WORD.search(asked.instruction)
    return found[1] if found and found[1].lower() not in NOT_A_TEXT else ""


def counting(asked: Asked) -> Answer | None:
    """Count what the prompt names in the text it gives."""
    if not ASKS.search(asked.instruction):
        return None
    if occurrence := _occurrences(asked):
        sought, place, number = occurrence
        times = f"{number} time" + ("" if number == 1 else "s")
        where = f" in “{place}”" if len(place) <= 60 else " in the text"
        text = asked.say(f"{sought[0].upper()}{sought[1:]} occurs {times}{where}.", f"{sought} 出现了 {number} 次。")
        step = f"Searched {len(place)} characters for {sought}: {number}."
        return Answer(text, short=str(number), value=number, steps=(step,))
    named = [
        (found.start(), noun, chinese, measure)
        for pattern, noun, chinese, measure in MEASURES
        if (found := pattern.search(asked.instruction))
    ]
    place = _place(asked, skip="") if named else ""
    if not place:
        return None
    # the noun nearest to "how many" is meant: "how many letters are in the word x" counts letters
    _, noun, chinese, measure = min(named, key=lambda item: item[0])
    number = measure(place)
    text = asked.say(f"The text has {number} {noun}{'' if number == 1 else 's'}.", f"共 {number} {chinese}。")
    step = f"Counted the {noun}s of a text of {len(place)} characters: {number}."
    return Answer(text, short=str(number), value=number, steps=(step,))
