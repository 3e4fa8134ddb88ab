"""Asking the person before a tool with effects runs. Nobody there to answer is a no; so is anything but a yes.

What is shown was written by a model: every character that could move the cursor, hide or turn text is written as its
escape, and nothing is left out without saying so.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Mapping
from typing import Any

__all__ = ["agreed", "question"]

YES = ("y", "yes")
LONGEST = 4000  # characters of arguments that are shown
HIDDEN = ("C", "Zl", "Zp")  # controls, format characters, unassigned, line and paragraph separators


def agreed(name: str, arguments: Mapping[str, Any]) -> bool | None:
    """Whether the person says yes to this one call; `None` where nobody can be asked."""
    if not _can_be_asked():
        return None
    try:
        answer = input(question(name, arguments))
    except (EOFError, OSError, NotImplementedError, RuntimeError):  # a kernel without stdin, a stream that ended
        return None
    return answer.strip().lower() in YES


def question(name: str, arguments: Mapping[str, Any]) -> str:
    """The name and the arguments, and what to answer."""
    written = _visible(json.dumps(arguments, ensure_ascii=False, default=lambda value: type(value).__name__))
    if len(written) > LONGEST:
        written = f"{written[:LONGEST]} … and {len(written) - LONGEST:,} characters more, not shown"
    return f"The model wants to run {_visible(name)} with {written}\nRun it? [y/N] "


def _visible(text: str) -> str:
    return "".join(_escaped(letter) if unicodedata.category(letter).startswith(HIDDEN) else letter for letter in text)


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape", "surrogatepass").decode("ascii")


def _can_be_asked() -> bool:
    """A kernel asks through its front end, and says itself when that cannot answer; elsewhere it takes a terminal."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if getattr(shell, "kernel", None) is not None:
        return True
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()
