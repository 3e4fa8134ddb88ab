"""Cuts a growing Markdown text into blocks that are finished and a tail that is not.

A cell's display is sent again whole at each update. Sending only the unfinished tail again makes the bytes grow with
the text and not with its square.
"""

from __future__ import annotations

import re

__all__ = ["SMALLEST", "Cutter"]

FENCE = re.compile(r"(?m)^ {0,3}(`{3,}|~{3,})([^`\n]*)$")
SMALLEST = 1500  # characters: below this a tail is cheap, and each cut costs an output of its own
SHARE = 20  # of the text: a notebook shows about fifty outputs of a cell, so long texts are cut more rarely


class Cutter:
    """`add` text, `take` what is finished, read the `tail`."""

    def __init__(self) -> None:
        self.tail = ""
        self._length = 0

    def add(self, text: str) -> None:
        self.tail += text
        self._length += len(text)

    def take(self) -> str | None:
        """A finished block off the front of the tail, or `None`.

        The cut is at a blank line outside code where there is one; in a long code block at a line's end, the block
        closed and opened again; in a long paragraph between words. The last two show only until the answer ends: then
        the whole text is displayed as one.
        """
        limit = max(SMALLEST, self._length // SHARE)
        if len(self.tail) < limit:
            return None
        cut, closing, opening = self._blank_line() or self._line_in_code() or self._space(limit)
        if cut == 0:
            return None
        block, self.tail = self.tail[:cut] + closing, opening + self.tail[cut:]
        return block

    def _blank_line(self) -> tuple[int, str, str] | None:
        found = 0
        position = 0
        while (position := self.tail.find("\n\n", position)) >= 0:
            position += 2
            following = self.tail[position : position + 2]
            if following and not following.startswith((" ", "\t", "\n")) and self._open_fence(position) is None:
                found = position
        return (found, "", "") if found else None

    def _line_in_code(self) -> tuple[int, str, str] | None:
        cut = self.tail.rfind("\n") + 1
        fence = self._open_fence(cut)
        if fence is None or cut <= fence.end() + 1:
            return None
        return cut, fence.group(1), f"{fence.group(0).strip()}\n"

    def _space(self, limit: int) -> tuple[int, str, str]:
        return (self.tail.rfind(" ") + 1, "", "") if len(self.tail) >= 2 * limit else (0, "", "")

    def _open_fence(self, position: int) -> re.Match[str] | None:
        """The code fence that is open at this position of the tail."""
        opened: re.Match[str] | None = None
        for fence in FENCE.finditer(self.tail, 0, position):
            if opened is None:
                opened = fence
            elif fence.group(1).startswith(opened.group(1)) and not fence.group(2).strip():
                opened = None
        return opened
