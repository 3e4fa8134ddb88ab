"""A small table that shows itself: Markdown in a notebook, aligned text in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .safe_markdown import escape

__all__ = ["Panel"]


@dataclass(frozen=True, slots=True)
class Panel:
    """Made by `of` or `preformatted`; what it holds is text."""

    markdown: str
    text: str

    @classmethod
    def of(cls, caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Panel:
        """A table. An empty head makes a list of names and values."""
        titled = any(head)
        widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
        shown = [head, *rows] if titled else rows
        aligned = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in shown]
        lines = [
            "| " + " | ".join(map(escape, head)) + " |",
            "|" + " --- |" * len(head),
            *("| " + " | ".join(map(_cell, row)) + " |" for row in rows),
        ]
        if caption:
            lines += ["", f"<small>{escape(caption)}</small>"]
            aligned.append(f"({caption})")
        return cls("\n".join(lines), "\n".join(line.rstrip() for line in aligned))

    @classmethod
    def preformatted(cls, text: str) -> Panel:
        return cls(f"```text\n{text}\n```", text)

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.markdown


def _cell(text: str) -> str:
    """Text for a Markdown table; an address as code, because it is the API's and a click would lead nowhere."""
    return f"`{text}`" if "://" in text and not set("`|") & set(text) else escape(text)
