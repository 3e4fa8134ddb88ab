"""What is being typed on the first line of a cell: which option's value, how much of it, what was given before.

It reads lines that are not finished: an open quote, an option without its value. It refuses nothing.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

import msgspec

from .options import OPTIONS, Option

__all__ = ["Typed", "open_expression", "read"]

WORD = re.compile(r"""(?:[^\s'"\\]|\\.?|'[^']*'?|"(?:[^"\\]|\\.?)*"?)+""")
LISTS = ("compare", "tools")  # their value is several, between commas


class Typed(msgspec.Struct, frozen=True):
    """What stands before the cursor.

    `option` is whose value is typed, `None` where an option's name is. `fragment` is what a completion replaces, as it
    is written; `value` the same without quotes. `given` holds the values before it by option, a flag's as "".
    """

    option: Option | None
    fragment: str
    value: str
    given: Mapping[str, tuple[str, ...]]

    @property
    def quote(self) -> str:
        """The quotation mark that is open."""
        return self.fragment[:1] if self.fragment[:1] in ("'", '"') else ""


def read(text: str) -> Typed:
    """The part of a first line before the cursor, without the magic's name."""
    words = [match.group() for match in WORD.finditer(text)]
    last = words.pop() if words and text.endswith(words[-1]) and not _is_over(text, words[-1]) else ""
    option, given = _walk(words)
    name, equals, rest = last.partition("=")
    if option is None and equals and name in BY_FLAG:
        option, last = BY_FLAG[name], rest
    if option is not None and option.name in LISTS:
        *before, last = last.split(",")
        given.setdefault(option.name, []).extend(before)
    return Typed(option, last, unquoted(last), {name: tuple(values) for name, values in given.items()})


def open_expression(text: str) -> str | None:
    """What stands after a `{{` that is not closed yet, or `None`."""
    start = text.rfind("{{")
    if start < 0 or "}}" in text[start:] or text[:start].endswith("\\"):
        return None
    return text[start + 2 :].lstrip()


def unquoted(word: str) -> str:
    try:
        return "".join(shlex.split(word))
    except ValueError:  # a quote is open
        return word[1:] if word[:1] in ("'", '"') else word


BY_FLAG = {option.flag: option for option in OPTIONS}


def _is_over(text: str, word: str) -> bool:
    """Whether a blank that ends the text is outside the last word's quotes."""
    return text[-1].isspace() and not word[-1].isspace()


def _walk(words: list[str]) -> tuple[Option | None, dict[str, list[str]]]:
    """The option that still waits for its value, and what was given."""
    waiting: Option | None = None
    given: dict[str, list[str]] = {}
    for word in words:
        name, equals, rest = word.partition("=")
        if waiting is not None:
            given.setdefault(waiting.name, []).append(unquoted(word))
            waiting = None
        elif name in BY_FLAG:
            option = BY_FLAG[name]
            if option.type is bool or equals:
                given.setdefault(option.name, []).append(unquoted(rest))
            else:
                waiting = option
    return waiting, given
