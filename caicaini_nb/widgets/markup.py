"""HTML that is safe by the way it is made: every text becomes text, only what `element` made stays HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

from ..display.safe_markdown import without_controls

__all__ = ["Child", "Markup", "element", "joined"]


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child: TypeAlias = "str | Markup | None"

EMPTY = frozenset({"br", "col", "hr"})


def element(tag: str, *children: Child, **attributes: str | None) -> Markup:
    """One element. A name's last underscore is left out, the others are dashes: `class_`, `aria_label`.

    Children that are not `Markup` are escaped; attributes always are, and one that is `None` is left out.
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(without_controls(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in EMPTY:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{joined(children)}</{tag}>")


def joined(children: Iterable[Child]) -> Markup:
    """Several one after the other."""
    return Markup(
        "".join(
            child if isinstance(child, Markup) else escape(without_controls(child), quote=False)
            for child in children
            if child is not None
        )
    )
