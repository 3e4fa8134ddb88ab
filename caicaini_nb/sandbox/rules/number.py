"""Numbers as people write them: digits with thousands commas, English and Chinese number words; and exact output.

It refuses what is ambiguous: `1,23` is no number here, and a figure too long to be meant (over 400 digits) is none.
"""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from fractions import Fraction

__all__ = [
    "NUMBER",
    "WORD_VALUES",
    "chinese_value",
    "numbers_in",
    "parse_number",
    "plain",
    "show",
    "terminates",
    "word_value",
]

NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.])[-−]?(?:\d{1,3}(?:,\d{3}){1,20}(?!\d)|\d{1,400})(?:\.\d{1,400})?(?![\d]|\.\d|,\d{3}(?!\d))"
)
UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
TEENS = "seventeen eighteen nineteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
WORD_VALUES = {word: value for value, word in enumerate(f"{UNITS} {TEENS}".split())} | {
    word: 10 * place for place, word in enumerate(TENS.split(), start=2)
}
SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9}
CHINESE_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
CHINESE_SCALES = {"十": 10, "百": 100, "千": 1_000}


def parse_number(text: str) -> Fraction | None:
    """The exact value of one written number (digits or words), or `None`."""
    text = text.strip().lower().replace("−", "-")
    if NUMBER.fullmatch(text):
        return Fraction(text.replace(",", ""))
    if (value := word_value(re.split(r"[\s-]+", text))) is not None:
        return Fraction(value)
    chinese = chinese_value(text)
    return None if chinese is None else Fraction(chinese)


def word_value(words: list[str]) -> int | None:
    """The value of English number words such as `["two", "hundred", "and", "five"]`, or `None`."""
    total = current = 0
    seen = False
    for word in words:
        if word in WORD_VALUES:
            current, seen = current + WORD_VALUES[word], True
        elif word == "hundred":
            current, seen = max(1, current) * 100, True
        elif word in SCALES:
            total, current, seen = total + max(1, current) * SCALES[word], 0, True
        elif not (word == "and" and seen):
            return None
    return total + current if seen and words[-1] != "and" else None


def chinese_value(text: str) -> int | None:
    """The value of Chinese numerals up to the thousands with 万, or `None`."""
    if not text or any(mark not in CHINESE_DIGITS and mark not in CHINESE_SCALES and mark != "万" for mark in text):
        return None
    total = section = digit = 0
    for mark in text:
        if mark in CHINESE_DIGITS:
            digit = CHINESE_DIGITS[mark]
        elif mark in CHINESE_SCALES:
            section, digit = section + (digit or 1) * CHINESE_SCALES[mark], 0
        else:
            total, section, digit = (total + section + digit) * 10_000, 0, 0
    return total + section + digit


def numbers_in(text: str) -> list[Fraction]:
    """Every number written in digits, in order."""
    return [Fraction(found.group().replace(",", "").replace("−", "-")) for found in NUMBER.finditer(text)]


def terminates(value: Fraction) -> bool:
    """Whether the decimals end within 12 places."""
    return 10**12 % value.denominator == 0


def show(value: Fraction) -> str:
    """The number exactly where its decimals end within 12 places, else to 12 significant digits."""
    if value.denominator == 1:
        return str(value.numerator)
    with localcontext() as context:
        context.prec = 4_000 if terminates(value) else 12
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        text = format(exact, "f") if -8 < exact.adjusted() < 30 else str(exact)
    return text.rstrip("0").rstrip(".") if "." in text and "E" not in text else text


def plain(value: Fraction) -> int | float:
    """The number as JSON has it."""
    return value.numerator if value.denominator == 1 else float(value)
