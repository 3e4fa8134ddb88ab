"""Exact arithmetic: a tokeniser for sums in words and symbols, and a recursive-descent parser over fractions.

There is no `eval`. It refuses what would take long: over 400 tokens, 60 levels of brackets, results over 12,000 bits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from caicaini_nb.sandbox.rules.number import chinese_value, word_value

__all__ = ["ArithmeticRefusal", "Token", "Value", "evaluate", "tokenise"]

MAX_TOKENS, MAX_DEPTH, MAX_BITS = 400, 60, 12_000
PHRASES = {
    "^": r"\*\*|\^|to the power(?: of)?|raised to(?: the power(?: of)?)?",
    "*": r"\*|×|·|⋅|multiplied by|times|(?<=[\d\s)])x(?=[\d\s(])|乘以?",
    "/": r"/|÷|divided by|除以",
    "+": r"\+|plus|added to|加上?",
    "-": r"-|−|–|minus|减去?",
    "%": r"%|percent|per cent|modulo|mod\b",
    "²": r"²|squared|的平方",
    "³": r"³|cubed|的立方",
    "!": r"!(?!=)|的阶乘",
    "sqrt": r"√|sqrt|(?:the )?square root of",
    "cbrt": r"(?:the )?cube root of",
    "fact": r"(?:the )?factorial of",
    "half": r"half(?: of)?",
    "third": r"(?:a |one )?third of",
    "quarter": r"(?:a |one )?quarter of",
    "double": r"double|twice",
    "of": r"of",
    "(": r"\(|（",
    ")": r"\)|）",
}
NUMBER_WORD = (
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    r"|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million)"
)
LETTERED = re.compile(r"[a-z]", re.IGNORECASE)


def _alternative(name: int, pattern: str) -> str:
    """One named group; words must stand alone."""
    words = [
        rf"\b(?:{part})\b" if part[0].isascii() and part[0].isalpha() else part
        for part in re.split(r"\|(?![^(]*\))", pattern)
    ]
    return rf"(?P<t{name}>{'|'.join(words)})"


KINDS = tuple(PHRASES)
TOKEN = re.compile(
    r"(?P<number>(?:\d{1,3}(?:,\d{3})+(?![\d])|\d+)(?:\.\d+)?(?:[eE][+-]?\d{1,3}\b)?|\.\d+)"
    rf"|(?P<words>\b{NUMBER_WORD}(?:(?:[ -]|\s+and\s+){NUMBER_WORD})*\b)"
    r"|(?P<chinese>[零一二两三四五六七八九十百千万]+)|"
    + "|".join(_alternative(index, pattern) for index, pattern in enumerate(PHRASES.values()))
    + r"|(?P<space>\s+)|(?P<other>[A-Za-z']+|.)",
    re.IGNORECASE | re.DOTALL,
)


class ArithmeticRefusal(Exception):
    """The expression is well formed but has no value, or is too large; the text says which."""


@dataclass(frozen=True)
class Token:
    """`kind` is `number`, `other` or a key of `PHRASES`; `start` and `end` are offsets in the source."""

    kind: str
    start: int
    end: int
    value: Fraction = Fraction(0)


@dataclass(frozen=True)
class Value:
    """A result; `exact` is false once a root was rounded."""

    number: Fraction
    exact: bool = True


def _number(found: re.Match[str]) -> Fraction | None:
    text = found.group()
    if found.lastgroup == "number":
        return Fraction(text.replace(",", ""))
    value = word_value(re.split(r"[\s-]+", text.lower())) if found.lastgroup == "words" else chinese_value(text)
    return None if value is None else Fraction(value)


def tokenise(text: str) -> list[Token]:
    """Cut text into tokens; whatever is not arithmetic becomes `other`."""
    tokens: list[Token] = []
    for found in TOKEN.finditer(text):
        kind = found.lastgroup or "other"
        if kind == "space":
            continue
        if kind in ("number", "words", "chinese"):
            value = _number(found)
            name = "other" if value is None else "number"
            tokens.append(Token(name, found.start(), found.end(), value or Fraction(0)))
        else:
            name = KINDS[int(kind[1:])] if kind != "other" else "other"
            tokens.append(Token(name, found.start(), found.end()))
    return tokens


def _sized(number: Fraction) -> Fraction:
    if max(number.numerator.bit_length(), number.denominator.bit_length()) > MAX_BITS:
        raise ArithmeticRefusal("the result is too large to write out")
    return number


def _power(base: Value, exponent: Value) -> Value:
    if exponent.number.denominator != 1:
        if exponent.number == Fraction(1, 2):
            return _root(base, 2)
        raise ArithmeticRefusal("only whole exponents are computed exactly")
    power = exponent.number.numerator
    bits = max(base.number.numerator.bit_length(), base.number.denominator.bit_length())
    if abs(power) * bits > MAX_BITS * 2:
        raise ArithmeticRefusal("the result is too large to write out")
    if base.number == 0 and power < 0:
        raise ArithmeticRefusal("division by zero has no value")
    return Value(_sized(Fraction(base.number**power)), base.exact)


def _root(value: Value, degree: int) -> Value:
    number = value.number
    if number < 0:
        raise ArithmeticRefusal("a negative number has no real root here")
    top, bottom = (_whole_root(part, degree) for part in (number.numerator, number.denominator))
    if top is not None and bottom is not None:
        return Value(Fraction(top, bottom), value.exact)
    with localcontext() as context:
        context.prec = 30
        decimal = Decimal(number.numerator) / Decimal(number.denominator)
        return Value(Fraction(decimal.sqrt() if degree == 2 else decimal ** (Decimal(1) / 3)), exact=False)


def _whole_root(number: int, degree: int) -> int | None:
    if degree == 2:
        root = math.isqrt(number)
    else:
        if number.bit_length() > 900:
            return None
        root = round(number ** (1 / 3))
    return root if root**degree == number else None


def _factorial(value: Value) -> Value:
    if value.number.denominator != 1 or not 0 <= value.number <= 500:
        raise ArithmeticRefusal("factorials are computed for whole numbers from 0 to 500")
    return Value(Fraction(math.factorial(int(value.number))), value.exact)


class _Parser:
    """Precedence climbing: sums, products, signs, powers, postfix marks, primaries."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.position, self.depth = tokens, 0, 0

    def peek(self, ahead: int = 0) -> str:
        place = self.position + ahead
        return self.tokens[place].kind if place < len(self.tokens) else "end"

    def take(self) -> Token:
        self.position += 1
        return self.tokens[self.position - 1]

    def sum(self) -> Value:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ArithmeticRefusal("the brackets are nested too deeply")
        left = self.product()
        while self.peek() in ("+", "-"):
            sign = 1 if self.take().kind == "+" else -1
            right = self.product()
            left = Value(_sized(left.number + sign * right.number), left.exact and right.exact)
        self.depth -= 1
        return left

    def product(self) -> Value:
        left = self.signed()
        while (kind := self.peek()) in ("*", "/", "of", "%", "("):
            if kind != "(":
                self.take()
            right = self.signed()
            if kind in ("/", "%") and right.number == 0:
                raise ArithmeticRefusal("division by zero has no value")
            left = Value(_sized(OPERATIONS[kind](left.number, right.number)), left.exact and right.exact)
        return left

    def signed(self) -> Value:
        sign = 1
        while self.peek() in ("+", "-"):
            sign = -sign if self.take().kind == "-" else sign
        value = self.power()
        return Value(sign * value.number, value.exact)

    def power(self) -> Value:
        base = self.postfix()
        if self.peek() != "^":
            return base
        self.take()
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ArithmeticRefusal("the powers are nested too deeply")
        value = _power(base, self.signed())
        self.depth -= 1
        return value

    def postfix(self) -> Value:
        value = self.primary()
        while (kind := self.peek()) in ("²", "³", "!") or (kind == "%" and self.peek(1) not in ("number", "(")):
            self.take()
            value = POSTFIX[kind](value)
        return value

    def primary(self) -> Value:
        kind = self.peek()
        if kind == "number":
            return Value(self.take().value)
        if kind == "(":
            self.take()
            value = self.sum()
            if self.peek() != ")":
                raise SyntaxError("a bracket is not closed")
            self.take()
            return value
        if kind in PREFIX:
            self.take()
            return PREFIX[kind](self.power())
        raise SyntaxError("a number is missing")


OPERATIONS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "*": lambda left, right: left * right,
    "(": lambda left, right: left * right,
    "of": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "%": lambda left, right: left % right,
}
POSTFIX: dict[str, Callable[[Value], Value]] = {
    "²": lambda value: _power(value, Value(Fraction(2))),
    "³": lambda value: _power(value, Value(Fraction(3))),
    "!": _factorial,
    "%": lambda value: Value(value.number / 100, value.exact),
}
PREFIX: dict[str, Callable[[Value], Value]] = {
    "sqrt": lambda value: _root(value, 2),
    "cbrt": lambda value: _root(value, 3),
    "fact": _factorial,
    "half": lambda value: Value(value.number / 2, value.exact),
    "third": lambda value: Value(value.number / 3, value.exact),
    "quarter": lambda value: Value(value.number / 4, value.exact),
    "double": lambda value: Value(value.number * 2, value.exact),
}


def evaluate(tokens: list[Token]) -> Value:
    """The value of a run of tokens; `SyntaxError` if it is no expression, `ArithmeticRefusal` if it has none."""
    if len(tokens) > MAX_TOKENS:
        raise ArithmeticRefusal("the expression is too long")
    parser = _Parser(tokens)
    value = parser.sum()
    if parser.position != len(tokens):
        raise SyntaxError("something follows the expression")
    return value
