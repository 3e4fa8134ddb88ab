"""Facts about given numbers: sum, mean, median, largest, common divisors, primality, factors, leap years.

It refuses numbers it would have to guess: all come from the prompt's digits.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable
from fractions import Fraction

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import INSTRUCTION_LIMIT, Asked
from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.number import numbers_in, plain, show, terminates

__all__ = ["lists"]

FACTOR_LIMIT = 10**12
SPAN = re.compile(
    (
        r"\b(?:numbers|integers|everything|all)?\s*(?:from|between)\s+(-?\d{1,9})\s+(?:to|and|through)\s+(-?\d{"
        r"1,9})"
    ),
    re.I,
)
FIRST = deferred(r"\bfirst\s+(\d{1,9})\s+(?:positive\s+|natural\s+|whole\s+)?(?:numbers|integers)\b", re.I)


def _product(numbers: list[Fraction]) -> Fraction:
    return math.prod(numbers, start=Fraction(1))


def _median(numbers: list[Fraction]) -> Fraction:
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


Fold = Callable[[list[Fraction]], Fraction]
FOLDS: tuple[tuple[re.Pattern[str], str, str, Fold], ...] = (
    (
        deferred(r"\baverage\b|\bmean\b|平均", re.I),
        "mean",
        "平均数",
        lambda numbers: sum(numbers, Fraction(0)) / len(numbers),
    ),
    (deferred(r"\bmedian\b|中位数", re.I), "median", "中位数", _median),
    (deferred(r"\bmode\b|众数", re.I), "mode", "众数", statistics.mode),
    (deferred(r"\bproduct\b|乘积", re.I), "product", "乘积", _product),
    (deferred(r"\brange\b|极差", re.I), "range", "极差", lambda numbers: max(numbers) - min(numbers)),
    (
        deferred(r"\bgcd\b|\bgreatest common|\bhighest common|最大公约数", re.I),
        "greatest common divisor",
        "最大公约数",
        lambda numbers: Fraction(math.gcd(*(int(number) for number in numbers))),
    ),
    (
        deferred(r"\blcm\b|\bl(?:east|owest) common|最小公倍数", re.I),
        "least common multiple",
        "最小公倍数",
        lambda numbers: Fraction(math.lcm(*(int(number) for number in numbers))),
    ),
    (
        deferred(
            r"\bmax(?:imum)?\b|\blargest\b|\bbiggest\b|\bhighest\b|\blarger\b|\bbigger\b|\bgreater\b|最大"
            r"|更大|哪个大",
            re.I,
        ),
        "largest",
        "最大数",
        max,
    ),
    (
        deferred(r"\bmin(?:imum)?\b|\bsmallest\b|\blowest\b|\bleast\b|\bsmaller\b|\blower\b|最小|更小|哪个小", re.I),
        "smallest",
        "最小数",
        min,
    ),
    (
        deferred(r"\bsum\b|\btotal\b|\badd\b|总和|求和|之和|合计", re.I),
        "sum",
        "总和",
        lambda numbers: sum(numbers, Fraction(0)),
    ),
)
PRIME = deferred(r"\bis\s+(\d{1,12})\s+(?:a\s+)?(?:prime|composite)|(\d{1,12})\s*是(?:不是)?(?:质数|素数)", re.I)
PARITY = deferred(r"\bis\s+(-?\d{1,400})\s+(?:an?\s+)?(even|odd)\b", re.I)
LEAP = deferred(r"\b(\d{1,4})\s+(?:was\s+|is\s+)?(?:a\s+)?leap\b|(\d{4})\s*年?是(?:不是)?闰年", re.I)
DIVISIBLE = deferred(r"\bis\s+(-?\d{1,400})\s+divisible\s+by\s+(\d{1,400})", re.I)
FACTORS = deferred(
    r"\b(?:prime )?factor(?:s|i[sz]ation|i[sz]e)?\b(?:\s+of)?\s+(\d{1,12})\b|\bfactori[sz]e\s+(\d{1,12})", re.I
)


def factors(number: int) -> list[int]:
    """Prime factors in ascending order, by trial division; at most 10^12, so at most a million divisions."""
    found, divisor = [], 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            found.append(divisor)
            number //= divisor
        divisor += 1 if divisor == 2 else 2
    return [*found, number] if number > 1 else found


def _yes(asked: Asked, holds: bool, english: str, chinese: str, step: str) -> Answer:
    text = asked.say(f"{'Yes' if holds else 'No'}, {english}.", f"{'是' if holds else '不是'}，{chinese}。")
    return Answer(
        text, short=asked.say("Yes" if holds else "No", "是" if holds else "不是"), value=holds, steps=(step,)
    )


def _property(asked: Asked, text: str) -> Answer | None:
    """Yes or no about one number, with the reason."""
    if found := PRIME.search(text):
        number = int(found[1] or found[2])
        parts = factors(number)
        product = " × ".join(map(str, parts)) or "no product of primes"
        if re.search(r"composite", found[0], re.I) and not re.search(r"prime", text, re.I):
            return _yes(asked, len(parts) > 1, f"{number} = {product}", f"{number} = {product}", f"Factored {number}.")
        reason = f"{number} is prime" if len(parts) == 1 else f"{number} = {product}"
        chinese = f"{number} 是质数" if len(parts) == 1 else f"{number} = {product}"
        return _yes(asked, len(parts) == 1, reason, chinese, f"Divided {number} by all primes to its root.")
    if found := PARITY.search(text):
        number, even = int(found[1]), int(found[1]) % 2 == 0
        return _yes(
            asked, even == (found[2].lower() == "even"), f"{number} is {'even' if even else 'odd'}", "", "Divided by 2."
        )
    if found := DIVISIBLE.search(text):
        number, divisor = int(found[1]), int(found[2])
        rest = number % divisor if divisor else number
        return (
            _yes(asked, divisor != 0 and rest == 0, f"{number} divided by {divisor} leaves {rest}", "", "Divided.")
            if divisor
            else None
        )
    if (found := LEAP.search(text)) and (year := int(found[1] or found[2])):
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        days = 366 if leap else 365
        return _yes(
            asked, leap, f"{year} has {days} days", f"{year} 年有 {days} 天", f"Applied the Gregorian rule to {year}."
        )
    if found := FACTORS.search(text):
        number = int(found[1] or found[2])
        parts = factors(number)
        return Answer(
            f"{number} = {' × '.join(map(str, parts)) or number}", value=parts, steps=(f"Factored {number}.",)
        )
    return None


def _numbers(text: str) -> tuple[list[Fraction], str]:
    """The numbers meant: written out, or a whole range."""
    if found := SPAN.search(text) or FIRST.search(text):
        first, last = (int(found[1]), int(found[2])) if found.re is SPAN else (1, int(found[1]))
        if last - first <= 100_000:
            return [Fraction(number) for number in range(first, last + 1)], f"the numbers from {first} to {last}"
    numbers = numbers_in(text)
    written = ", ".join(show(number) for number in numbers)
    return numbers, written if len(written) <= 120 else f"{len(numbers)} numbers"


def lists(asked: Asked) -> Answer | None:
    """Answer about the numbers the prompt gives."""
    text = asked.text
    head = text[:INSTRUCTION_LIMIT]
    if answer := _property(asked, head):
        return answer
    for pattern, name, chinese, fold in FOLDS:
        if not pattern.search(asked.instruction) or len(text) > 20_000:
            continue
        numbers, written = _numbers(asked.material if numbers_in(asked.material) else text)
        words = len(re.findall(r"[A-Za-z]{2,}", asked.instruction))
        if len(numbers) < 2 or len(numbers) > 100_000 or words > 14:
            continue
        if "common" in name and any(number.denominator != 1 for number in numbers):
            continue
        if name == "product" and len(numbers) > 400:
            continue
        result = fold(numbers)
        shown = show(result)
        equals = "is" if terminates(result) else "is about"
        return Answer(
            asked.say(f"The {name} of {written} {equals} {shown}.", f"{chinese}是 {shown}。"),
            short=shown,
            value=plain(result),
            steps=(f"Took the {name} of {len(numbers)} numbers exactly: {shown}.",),
        )
    return None
