"""An answer under way: what of it is finished and can be shown for good, and the tail that is shown again and again."""

from __future__ import annotations

from collections.abc import Iterator

from .folds import code, thinking_fold
from .pieces import Cutter
from .safe_markdown import disarm

__all__ = ["Draft"]

TAIL = 1500  # characters of thinking or data that are sent again with each update; the end has all of it


class Draft:
    """`add` pieces of *text*, *thinking*, *data* or a *card*; `take` what is finished, read the `tail`."""

    def __init__(self) -> None:
        self._cutter = Cutter()
        self._kind = "text"
        self._folded = ""
        self._finished: list[str] = []

    def add(self, kind: str, text: str) -> None:
        if kind != self._kind:
            self._close()
            self._kind = kind
        if kind == "text":
            self._cutter.add(text)
        elif kind == "card":
            self._finished.append(text)
        else:
            self._folded += text

    def take(self) -> Iterator[str]:
        """The finished blocks, each once."""
        yield from self._finished
        self._finished = []
        while self._kind == "text" and (block := self._cutter.take()) is not None:
            yield disarm(block)

    @property
    def tail(self) -> str:
        """What is not finished, as it is shown for now."""
        if self._kind == "text":
            return disarm(self._cutter.tail) if self._cutter.tail else ""
        return self._unfolded(self._folded[-TAIL:]) if self._folded else ""

    def _close(self) -> None:
        """The kind changes: what there is of the last one is finished."""
        if self._kind == "text":
            if self._cutter.tail:
                self._finished.append(disarm(self._cutter.tail))
            self._cutter = Cutter()
        elif self._folded:
            self._finished.append(self._unfolded(self._folded))
            self._folded = ""

    def _unfolded(self, text: str) -> str:
        return thinking_fold(text, summary="Thinking …") if self._kind == "thinking" else code(text, "json")
