"""A model's Markdown as HTML that does nothing: disarmed first, then written without raw HTML and without images."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ..display.safe_markdown import disarm
from .markup import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

__all__ = ["rendered"]


def rendered(markdown: str) -> Markup:
    """Links open in a tab of their own and do not tell where they were."""
    written: str = _parser().render(disarm(markdown))
    return Markup(written.replace("<a href=", '<a target="_blank" rel="noopener noreferrer" href='))


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
