"""Thinking of models that think aloud: what stands between `<think>` and `</think>` is told apart from the answer."""

from __future__ import annotations

__all__ = ["ThoughtReader"]

OPEN, CLOSE = "<think>", "</think>"


class ThoughtReader:
    """Reads an answer as it is made and gives (is it thinking, text); `thinking` says whether it begins inside."""

    def __init__(self, thinking: bool = False) -> None:
        self._thinking = thinking
        self._held = ""
        self._fresh = False  # after a tag, until its line ends are skipped

    def feed(self, text: str) -> list[tuple[bool, str]]:
        """Take more text; returns the parts that are certain."""
        self._held += text
        self._skip_line_ends()
        parts: list[tuple[bool, str]] = []
        while True:
            tag = CLOSE if self._thinking else OPEN
            at = self._held.find(tag)
            if at < 0:
                break
            parts.append((self._thinking, self._held[:at]))
            self._held = self._held[at + len(tag) :]
            self._thinking, self._fresh = not self._thinking, True
            self._skip_line_ends()
        safe = len(self._held) - _partial(self._held, tag)
        parts.append((self._thinking, self._held[:safe]))
        self._held = self._held[safe:]
        return [part for part in parts if part[1]]

    def _skip_line_ends(self) -> None:
        if self._fresh:
            self._held = self._held.lstrip("\n")
            self._fresh = not self._held

    def finish(self) -> list[tuple[bool, str]]:
        """Return what was held back because a tag might have begun."""
        held, self._held = self._held, ""
        return [(self._thinking, held)] if held else []


def _partial(text: str, tag: str) -> int:
    lengths = range(min(len(tag) - 1, len(text)), 0, -1)
    return next((length for length in lengths if tag.startswith(text[-length:])), 0)
