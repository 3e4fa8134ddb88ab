"""What a live view leaves in the saved notebook: its numbers as tables, in HTML and as text.

It needs no kernel, no script and no style sheet: GitHub, nbviewer and nbconvert show it, and a screen reader reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..display.panel import Panel
from ..display.safe_markdown import without_controls
from .markup import Markup, element, joined

__all__ = ["Table", "Twin"]

LEFT = "text-align: left"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a caption. The first column names the row; an empty head makes a list of names and values.

    `total` is a row that sums the others up.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    total: Sequence[str] | None = None

    def html(self) -> Markup:
        titled = any(self.head)
        heads = [
            element("th", name, scope="col", style=None if place else LEFT) for place, name in enumerate(self.head)
        ]
        head = element("thead", element("tr", *heads)) if titled else None
        body = element("tbody", *map(_row, self.rows))
        foot = None if self.total is None else element("tfoot", _row(self.total))
        return element("table", element("caption", self.caption, style=LEFT), head, body, foot)

    def text(self) -> str:
        """Aligned; the caption first."""
        shown = [*self.rows, self.total] if self.total is not None else self.rows
        rows = [[without_controls(cell) for cell in row] for row in shown]
        body = Panel.of("", self.head, rows).text if rows else ""
        return "\n".join(filter(None, [f"{without_controls(self.caption)}:", body]))


@dataclass(frozen=True, slots=True)
class Twin:
    """The tables of one view and sentences about them; before them a `picture`, and what it says in `words`.

    A chart needs no words: its numbers are in the tables.
    """

    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    picture: Markup | None = None
    words: str = ""

    def html(self) -> Markup:
        return joined(self._parts())

    def text(self) -> str:
        parts = [self.words, *(table.text() for table in self.tables), *self.notes]
        return "\n\n".join(filter(None, map(without_controls, parts)))

    def _parts(self) -> Iterator[Markup]:
        if self.picture is not None:
            yield self.picture
        for table in self.tables:
            yield table.html()
        for note in self.notes:
            yield element("p", element("small", note))


def _row(cells: Sequence[str]) -> Markup:
    name, *values = cells
    return element("tr", element("th", name, scope="row", style=LEFT), *(element("td", value) for value in values))
