"""HTML whose clocks run in the browser where anywidget is installed; elsewhere it is plain HTML and the clocks stand.

`clock` writes one into the HTML, `page` makes the ipywidget that shows it. The kernel is never asked how time goes.
"""

from __future__ import annotations

from typing import Any

from .markup import Markup, element

__all__ = ["clock", "page"]


def clock(before: str, left: float, then: str, at: float) -> Markup:
    """*`before`42 s*, counted down in the browser, and `then` at its end. `at` is now, in seconds since 1970."""
    text = f"{before}{left:.0f} s" if left > 0 else then
    return element("span", text, data_left=f"{left:.1f}", data_before=before, data_then=then, data_at=f"{at:.1f}")


def page(value: str) -> Any:
    """An ipywidget that shows this HTML, which must be safe already; set its `value` to change it."""
    try:
        from .ticking import TickingPage
    except ImportError:
        import ipywidgets

        return ipywidgets.HTML(value)
    return TickingPage(value=value)
