"""A shortest string for simple regular expressions: literals, classes, groups, alternation and counted repeats.

It refuses look-around, back references and whatever else it does not know with `None`; the caller checks every result.
"""

from __future__ import annotations

import re

__all__ = ["RISKY_TEXT", "finds", "shortest_match"]

ESCAPES = {"d": "0", "w": "a", "s": " ", "D": "a", "W": " ", "S": "a", "n": "\n", "t": "\t"}
QUANTIFIER = re.compile(r"(?:\*|\+|\?|\{(\d{1,4})(?:,\d{0,5})?\})[?+]?")
LONGEST = 2_000
# A repeated group that itself repeats or branches may take exponential time: such patterns see short texts only.
RISKY = re.compile(r"\((?:[^()\\]|\\.)*[+*}|](?:[^()\\]|\\.)*\)+[+*{]|\\\d")
RISKY_TEXT, SAFE_TEXT, PATTERN_LENGTH = 12, 2_000, 500


def finds(pattern: str, text: str) -> bool | None:
    """Whether the pattern is found in the text; `None` where finding out is not possible or could take long."""
    if len(pattern) > PATTERN_LENGTH or len(text) > (RISKY_TEXT if RISKY.search(pattern) else SAFE_TEXT):
        return None
    try:
        return bool(re.search(pattern, text))
    except (re.error, OverflowError, RecursionError):
        return None


class _Unknown(Exception):
    """Something the generator does not handle."""


class _Generator:
    """Reads a pattern left to right and writes the fewest characters that satisfy it."""

    def __init__(self, pattern: str) -> None:
        self.pattern, self.place, self.depth = pattern, 0, 0

    def peek(self) -> str:
        return self.pattern[self.place : self.place + 1]

    def alternatives(self) -> str:
        self.depth += 1
        if self.depth > 40:
            raise _Unknown
        branches = [self.sequence()]
        while self.peek() == "|":
            self.place += 1
            branches.append(self.sequence())
        self.depth -= 1
        return min(branches, key=len)

    def sequence(self) -> str:
        parts: list[str] = []
        while (mark := self.peek()) and mark not in "|)":
            atom = self.atom()
            if found := QUANTIFIER.match(self.pattern, self.place):
                self.place = found.end()
                least = int(found[1]) if found[1] else int(found[0][0] == "+")
                atom *= least
            parts.append(atom)
            if sum(map(len, parts)) > LONGEST:
                raise _Unknown
        return "".join(parts)

    def atom(self) -> str:
        mark = self.peek()
        self.place += 1
        if mark in "^$":
            return ""
        if mark == ".":
            return "a"
        if mark == "\\":
            return self.escape()
        if mark == "[":
            return self.one_of()
        if mark == "(":
            return self.group()
        if mark in "*+?{":
            raise _Unknown
        return mark

    def escape(self) -> str:
        mark = self.peek()
        self.place += 1
        if mark in "bBAzZ":
            return ""
        if mark.isalnum() and mark not in ESCAPES:
            raise _Unknown
        return ESCAPES.get(mark, mark)

    def group(self) -> str:
        if self.peek() == "?":
            prefix = re.compile(r"\?(?::|P?<[A-Za-z_]\w*>)").match(self.pattern, self.place)
            if not prefix:
                raise _Unknown
            self.place = prefix.end()
        inside = self.alternatives()
        if self.peek() != ")":
            raise _Unknown
        self.place += 1
        return inside

    def one_of(self) -> str:
        """The first member of a class; for a negated class, the first common character outside it."""
        end = self.place + (self.pattern[self.place : self.place + 2] == "^]") + (self.peek() in "]^")
        while end < len(self.pattern) and self.pattern[end] != "]":
            end += 2 if self.pattern[end] == "\\" else 1
        source = self.pattern[self.place - 1 : end + 1]
        self.place = end + 1
        members = re.compile(source)
        for mark in "aA0 -_.@/:zZ9!#$%&*+,;=?~\"'()<>[]{}|\\^`\n":
            if members.fullmatch(mark):
                return mark
        return next((chr(code) for code in range(33, 0x3000) if members.fullmatch(chr(code))), "")


def shortest_match(pattern: str) -> str | None:
    """A short string that the pattern finds itself in, or `None` where that is beyond this generator."""
    if len(pattern) > PATTERN_LENGTH:
        return None
    generator = _Generator(pattern)
    try:
        text = generator.alternatives()
    except (_Unknown, re.error, IndexError, OverflowError):
        return None
    return text if generator.place >= len(pattern) and finds(pattern, text) is not False else None
