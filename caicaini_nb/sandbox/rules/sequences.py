"""Sequences and tables made on the spot: counting, primes, Fibonacci numbers, powers, tables, weekdays, months.

At most 2,000 terms, so that a slip of the keyboard does not fill a notebook; asked for more, it says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count, islice

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import Asked
from caicaini_nb.sandbox.rules.finding import MONTHS
from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.number import parse_number

__all__ = ["sequences"]

MOST = 2_000
WORD = (
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty"
    r"|fifty|a hundred|one hundred|hundred"
)
N = rf"(-?\d{{1,9}}|{WORD})"
DOWN = deferred(
    rf"\bcount(?:ing)?\s+down\s+from\s+{N}(?:\s+to\s+{N})?|\bcountdown\s+from\s+{N}|倒数?从?\s*(\d{{1,6}})", re.I
)
RANGE = deferred(
    (
        rf"\b(?:count|numbers?|integers?|digits?)\b[^.\n]{{0,30}}?\b(?:from|between)\s+{N}\s+(?:up\s+)?(?:to"
        rf"|and|through|until)\s+{N}"
        rf"|\b(?:count|numbers?|integers?)\b\s+{N}\s*(?:to|through|-|–)\s*{N}|从\s*(\d{{1,6}})\s*(?:数"
        rf"|列|写)?(?:到|至)\s*(\d{{1,6}})"
    ),
    re.I,
)
UP = deferred(rf"\bcount(?:ing)?\s+(?:up\s+)?(?:slowly\s+)?to\s+{N}|数到\s*(\d{{1,6}})", re.I)
STEP = deferred(rf"\b(?:by|in steps of|every)\s+{N}s?\b", re.I)
FIRST = deferred(
    rf"\bfirst\s+{N}\b|\b{N}\s+(?:prime|fibonacci|square|cube|even|odd|triangular|power)|前\s*(\d{{1,6}})\s*个", re.I
)
TIMES_TABLE = deferred(
    rf"\b(?:multiplication|times)\s+table\s+(?:of|for)\s+{N}|\b{N}\s+times\s+table|(\d{{1,3}})\s*的?乘法表", re.I
)
TABLE = deferred(r"\btable\b|表格", re.I)
PER_LINE = deferred(r"\b(?:each|one|every)\b.{0,20}\b(?:line|row)\b|\bper line\b|\bnew lines?\b|每行", re.I)
FIZZBUZZ = deferred(rf"\bfizz ?buzz\b(?:.{{0,60}}?\b(?:to|first|until)\s+{N})?", re.I)
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


def _primes() -> Iterator[int]:
    return (number for number in count(2) if all(number % divisor for divisor in range(2, int(number**0.5) + 1)))


def _fibonacci() -> Iterator[int]:
    first, second = 0, 1
    while True:
        yield first
        first, second = second, first + second


FAMILIES: tuple[tuple[re.Pattern[str], str, Callable[[], Iterator[int]]], ...] = (
    (deferred(r"\bprimes?\b|质数|素数", re.I), "prime", _primes),
    (deferred(r"\bfibonacci\b|斐波那契", re.I), "Fibonacci number", _fibonacci),
    (deferred(r"\bsquares?\b|\bsquare numbers?\b|平方", re.I), "square", lambda: (n * n for n in count(1))),
    (deferred(r"\bcubes?\b|立方", re.I), "cube", lambda: (n**3 for n in count(1))),
    (deferred(r"\beven\b|偶数", re.I), "even number", lambda: count(2, 2)),
    (deferred(r"\bodd\b|奇数", re.I), "odd number", lambda: count(1, 2)),
    (deferred(r"\btriangular\b", re.I), "triangular number", lambda: (n * (n + 1) // 2 for n in count(1))),
    (deferred(r"\bpowers? of (?:two|2)\b", re.I), "power of two", lambda: (2**n for n in count(0))),
    (deferred(r"\bfactorials?\b", re.I), "factorial", lambda: _factorials()),
    (
        deferred(r"\b(?:natural|whole|counting|positive)?\s*(?:numbers|integers)\b|自然数", re.I),
        "number",
        lambda: count(1),
    ),
)


def _factorials() -> Iterator[int]:
    product = 1
    for number in count(1):
        product *= number
        yield product


def _whole(*written: str | None) -> int | None:
    for text in written:
        if text:
            number = parse_number(text.lower().replace("a hundred", "one hundred"))
            return None if number is None else int(number)
    return None


def _listed(asked: Asked, numbers: list[int], step: str) -> Answer:
    joint = "\n" if PER_LINE.search(asked.text[:2_000]) else ", "
    text = joint.join(map(str, numbers))
    return Answer(text, short=text, value=numbers, steps=(step,))


def _too_many(asked: Asked, number: int) -> Answer:
    return Answer(
        asked.say(f"The rules engine lists at most {MOST:,} terms, not {number:,}.", f"规则引擎最多列出 {MOST} 项。")
    )


def _range(asked: Asked, instruction: str) -> Answer | None:
    """Counting up, down, or between two numbers, with a step if one is named."""
    if found := DOWN.search(instruction):
        first, last = _whole(found[1], found[3], found[4]), _whole(found[2])
        first, last = first or 0, 1 if last is None else last
    elif (found := RANGE.search(instruction)) or (found := UP.search(instruction)):
        numbers = [_whole(group) for group in found.groups() if group]
        first, last = (numbers[0] or 0, numbers[1] or 0) if len(numbers) == 2 else (1, numbers[0] or 0)
    else:
        return None
    stepped = STEP.search(instruction)
    step = abs((_whole(stepped[1]) if stepped else None) or 1)
    if abs(last - first) // step >= MOST:
        return _too_many(asked, abs(last - first) // step + 1)
    first = step if stepped and first == 1 and UP.search(instruction) else first
    numbers_in_order = list(range(first, last + 1, step) if last >= first else range(first, last - 1, -step))
    family = next((family for family in FAMILIES if family[0].search(instruction)), FAMILIES[-1])
    if family[1] in ("prime", "even number", "odd number", "square", "cube", "Fibonacci number"):
        top = max(first, last)
        members = set(_until(family[2](), top))
        numbers_in_order = [number for number in numbers_in_order if number in members]
    return _listed(asked, numbers_in_order, f"Counted from {first} to {last} by {step}.")


def _until(terms: Iterator[int], top: int) -> Iterator[int]:
    for term in terms:
        if term > top:
            return
        yield term


def _columns(instruction: str) -> list[tuple[str, Callable[[int], int]]]:
    columns: list[tuple[str, Callable[[int], int]]] = [("number", lambda number: number)]
    if re.search(r"\bsquares?\b|平方", instruction, re.I):
        columns.append(("square", lambda number: number**2))
    if re.search(r"\bcubes?\b|立方", instruction, re.I):
        columns.append(("cube", lambda number: number**3))
    if re.search(r"\bdoubles?\b", instruction, re.I):
        columns.append(("double", lambda number: number * 2))
    return columns


def _table(asked: Asked, instruction: str) -> Answer | None:
    """A Markdown table of numbers beside their squares, cubes or doubles, or a multiplication table."""
    if found := TIMES_TABLE.search(instruction):
        factor = _whole(*found.groups()) or 0
        lines = [f"{factor} × {number} = {factor * number}" for number in range(1, 13 if "12" in instruction else 11)]
        return Answer(
            "\n".join(lines),
            value=[factor * number for number in range(1, len(lines) + 1)],
            steps=(f"Multiplied {factor} by 1 to {len(lines)}.",),
        )
    columns = _columns(instruction)
    if not TABLE.search(instruction) or len(columns) < 2:
        return None
    found = (
        RANGE.search(instruction) or FIRST.search(instruction) or re.search(rf"\b(?:to|of)\s+{N}\b", instruction, re.I)
    )
    numbers = [_whole(group) or 0 for group in found.groups() if group] if found else [10]
    first, last = numbers if len(numbers) == 2 else (1, numbers[0])
    if last - first >= MOST:
        return _too_many(asked, last - first + 1)
    rows = [[str(make(number)) for _, make in columns] for number in range(first, last + 1)]
    head = [name for name, _ in columns]
    text = "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---:"] * len(head), *rows])
    return Answer(
        text, value=[dict(zip(head, map(int, row), strict=True)) for row in rows], steps=(f"Made {len(rows)} rows.",)
    )


def _named(instruction: str) -> list[str]:
    if re.search(r"\b(?:days of the week|weekdays|week days)\b", instruction, re.I):
        return WEEKDAYS
    if re.search(r"\bmonths(?: of the year)?\b", instruction, re.I):
        return MONTHS
    if re.search(r"\balphabet\b(?!ic)", instruction, re.I):
        return list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return []


def _fizzbuzz(instruction: str) -> Answer | None:
    found = FIZZBUZZ.search(instruction)
    if not found or re.search(r"\b(?:function|program|python|javascript|code)\b", instruction, re.I):
        return None
    last = min(_whole(found[1]) or 15, MOST)
    words = ["Fizz" * (n % 3 == 0) + "Buzz" * (n % 5 == 0) or str(n) for n in range(1, last + 1)]
    return Answer("\n".join(words), value=words, steps=(f"Played FizzBuzz to {last}.",))


def sequences(asked: Asked) -> Answer | None:
    """List the terms the prompt names."""
    instruction = f"{asked.instruction} {asked.material}"[:300] if len(asked.text) <= 300 else asked.instruction[:300]
    if len(asked.text) > 1_000:
        return None
    if answer := _fizzbuzz(instruction) or _table(asked, instruction):
        return answer
    if not re.search(r"\b(?:what is|how many|sum|add|average|mean|total|product)\b", instruction, re.I):
        if answer := _range(asked, instruction):
            return answer
        found, lists = (
            FIRST.search(instruction),
            re.search(r"\b(?:list|write|give|show|print|name|first|tell|what are)\b|列|写", instruction, re.I),
        )
        family = next((family for family in FAMILIES if family[0].search(instruction)), None)
        if found and lists and family:
            amount = _whole(*found.groups()) or 0
            if amount > MOST:
                return _too_many(asked, amount)
            terms = list(islice(family[2](), amount))
            return _listed(asked, terms, f"Computed the first {amount} terms: {family[1]}s.")
        if lists and (names := _named(instruction)):
            backwards = bool(re.search(r"\bbackwards?|\breverse", instruction, re.I))
            names = names[::-1] if backwards else names
            text = ("\n" if len(names) < 20 else " ").join(names)
            return Answer(text, short=text, value=names, steps=(f"Wrote {len(names)} names.",))
    return None
