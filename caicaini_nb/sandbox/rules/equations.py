"""Linear equations in one unknown: `2x + 3 = 7` has x = 2. It refuses any other kind."""

from __future__ import annotations

import re
from fractions import Fraction

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import INSTRUCTION_LIMIT, Asked
from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.number import plain, show, terminates

__all__ = ["equations"]

SIDE = r"[-+]?\s*[\d.]{0,20}\s*\*?\s*[a-z]?(?:\s*[-+]\s*[\d.]{0,20}\s*\*?\s*[a-z]?){0,12}"
EQUATION = deferred(rf"(?<![\w.*/^(+-])({SIDE})\s*=\s*({SIDE})(?![\w*/^(])", re.IGNORECASE)
TERM = deferred(r"([-+]?)\s*(\d{0,15}(?:\.\d{1,10})?)\s*\*?\s*([a-z]?)", re.IGNORECASE)


def _side(text: str) -> tuple[Fraction, Fraction, set[str]] | None:
    """Coefficient of the unknown, constant, and the letters used."""
    slope = constant = Fraction(0)
    letters: set[str] = set()
    for sign, digits, letter in TERM.findall(text):
        if not digits and not letter:
            continue
        value = Fraction(digits or "1") * (-1 if sign == "-" else 1)
        if letter:
            slope, letters = slope + value, letters | {letter.lower()}
        else:
            constant += value
    return slope, constant, letters


def equations(asked: Asked) -> Answer | None:
    """Solve the one linear equation in the prompt."""
    found = EQUATION.search(asked.text[:INSTRUCTION_LIMIT]) if len(asked.text) < 300 else None
    left, right = (_side(found[1]), _side(found[2])) if found else (None, None)
    if not found or left is None or right is None or len(left[2] | right[2]) != 1:
        return None
    name = next(iter(left[2] | right[2]))
    slope, constant = left[0] - right[0], right[1] - left[1]
    if slope == 0:
        said = "holds for every value" if constant == 0 else "holds for no value"
        return Answer(f"The equation {said} of {name}.", steps=("The unknown cancels out.",))
    value = constant / slope
    sign = "=" if terminates(value) else "≈"
    step = f"Collected the terms: {show(slope)}{name} = {show(constant)}; divided by {show(slope)}."
    return Answer(f"{name} {sign} {show(value)}", short=show(value), value=plain(value), steps=(step,))
