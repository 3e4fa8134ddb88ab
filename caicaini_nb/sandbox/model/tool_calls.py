"""Tool calls in a model's text: `<tool_call>` tags, fenced JSON, or JSON from the first character on.

Text that cannot be part of a call is passed on as it comes. JSON counts as a call if it names an offered tool, or any
name together with arguments; everything else stays text. Arguments are not judged here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["CallReader", "Found", "calls_in"]

TAG, FENCE = "<tool_call>", "```"
MARKERS = (TAG, FENCE)
CLOSED_FENCE = re.compile(r"```([\w-]*)[^\n]*\n(.*?)\n?```[ \t]*\n?", re.DOTALL)
CALL_LANGUAGES = frozenset({"", "json", "tool_call", "xml"})
START = re.compile(r"[{\[]")
DECODER = json.JSONDecoder(strict=False)  # small models put line ends into strings


@dataclass(frozen=True)
class Found:
    """A call as the model wrote it; `arguments` is None where they are no JSON object, `name` where none is offered."""

    name: str | None
    arguments: dict[str, Any] | None


def calls_in(text: str, offered: Collection[str]) -> list[Found]:
    """Find the calls in a text, in order."""
    found: list[Found] = []
    at = 0
    while match := START.search(text, at):
        try:
            value, at = DECODER.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            at = match.start() + 1
            continue
        found += [call for one in (value if isinstance(value, list) else [value]) for call in _call(one, offered)]
    return found


def _call(value: Any, offered: Collection[str]) -> Iterator[Found]:
    if isinstance(value, dict) and isinstance(value.get("function"), dict):
        value = value["function"]
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return
    given = value.get("arguments", value.get("parameters"))
    if value["name"] not in offered and not isinstance(given, dict):
        return  # JSON about something else
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            given = None
    yield Found(value["name"] if value["name"] in offered else None, given if isinstance(given, dict) else None)


class CallReader:
    """Reads an answer as it is made; `feed` gives the text that is none of a call, `finish` the calls."""

    def __init__(self, offered: Collection[str]) -> None:
        self._offered = offered
        self._held = ""
        self._shown = ""

    def feed(self, text: str) -> str:
        """Take more of the answer; returns what may be shown already."""
        self._held += text
        free = ""
        while True:
            released = self._release()
            if not released:
                break
            free += released
        self._shown += free
        return free

    @property
    def held(self) -> int:
        """How many characters are held back because they may be a call."""
        return len(self._held)

    def finish(self) -> tuple[list[Found], str]:
        """Return the calls, and the text that was held back and belongs to none."""
        held, self._held = self._held, ""
        calls = calls_in(held, self._offered)
        if not calls:
            return [], held
        before = min((at for at in map(held.find, (*MARKERS, "{", "[")) if at >= 0), default=0)
        return calls, held[:before].rstrip()

    def _release(self) -> str:
        """Take from the front of what is held all that is text for sure."""
        held = self._held
        if not self._shown and not held.strip():
            return ""
        if not self._shown and held.lstrip()[0] in "{[":
            return ""  # may be a call to its last character
        marked = min((at for at in map(held.find, MARKERS) if at >= 0), default=-1)
        end = len(held) - _partial(held) if marked < 0 else marked
        if end > 0:
            return self._cut(end)
        return self._cut(self._fenced_text()) if held.startswith(FENCE) else ""

    def _fenced_text(self) -> int:
        """Return how much of a fence at the front is text: all of it once it is closed without a call."""
        closed = CLOSED_FENCE.match(self._held)
        if closed is None:
            return 0
        is_call = closed[1].lower() in CALL_LANGUAGES and calls_in(closed[2], self._offered)
        return 0 if is_call else closed.end()

    def _cut(self, end: int) -> str:
        free, self._held = self._held[:end], self._held[end:]
        return free


def _partial(text: str) -> int:
    """Return how many of the last characters may begin a marker."""
    longest = max(map(len, MARKERS)) - 1
    lengths = range(min(longest, len(text)), 0, -1)
    return next((length for length in lengths if any(one.startswith(text[-length:]) for one in MARKERS)), 0)
