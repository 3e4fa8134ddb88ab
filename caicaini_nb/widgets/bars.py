"""A bar chart in SVG, in the theme's colours, light or dark; its figures stand in the table beside it.

Days stand upright side by side, anything else lies one below the other, the largest first and what is left over in one
bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from .markup import Markup, element

__all__ = ["Bar", "bars", "columns"]

MOST = 12
WIDTH, NAMES, FIGURES = 640, 190, 110  # pixels
STEP, THICK = 22, 14
HEIGHT, FOOT, HEAD = 150, 24, 20
LONGEST = 26  # characters of a name


class Bar(NamedTuple):
    """What it stands for, how long it is, and its figure in words."""

    name: str
    value: float
    figure: str


def bars(title: str, found: Sequence[Bar]) -> Markup | None:
    """One below the other; `None` where there is nothing to draw."""
    drawn = _most(found)
    largest = max((bar.value for bar in drawn), default=0.0)
    if largest <= 0:
        return None
    scale = (WIDTH - NAMES - FIGURES) / largest
    shapes: list[Markup] = []
    for place, bar in enumerate(drawn):
        y, length = place * STEP + HEAD, max(1.0, bar.value * scale) if bar.value > 0 else 0.0
        shapes += [
            _text(_short(bar.name), NAMES - 8, y + THICK - 3, "end"),
            _rectangle(NAMES, y, length, THICK),
            _text(bar.figure, NAMES + length + 6, y + THICK - 3),
        ]
    return _picture(title, drawn, shapes, len(drawn) * STEP + HEAD)


def columns(title: str, found: Sequence[Bar]) -> Markup | None:
    """Side by side, in the order given; `None` where there is nothing to draw."""
    largest = max(found, key=lambda bar: bar.value, default=None)
    if largest is None or largest.value <= 0:
        return None
    step = min(48.0, (WIDTH - 20) / len(found))
    every = ceil(len(found) * 78 / (WIDTH - 20)) if step < 78 else 1
    ground = HEAD + HEIGHT
    shapes = [_rectangle(10, ground, WIDTH - 20, 1)]
    for place, bar in enumerate(found):
        height = HEIGHT * bar.value / largest.value
        x = 10 + place * step
        shapes.append(_rectangle(x, ground - height, step * 0.7, height))
        if place % every == 0:
            shapes.append(_text(bar.name, x, ground + 16))
    peak = 10 + found.index(largest) * step
    anchor = "end" if peak > WIDTH / 2 else "start"
    at = peak + (step * 0.7 if anchor == "end" else 0)
    top = _text(largest.figure, at, HEAD - 6, anchor)
    return _picture(title, found, [*shapes, top], ground + FOOT)


def _most(found: Sequence[Bar]) -> list[Bar]:
    """The largest, and one for all the others."""
    ordered = sorted(found, key=lambda bar: -bar.value)
    if len(ordered) <= MOST:
        return ordered
    rest = ordered[MOST - 1 :]
    others = Bar(f"{len(rest):,} others", sum(bar.value for bar in rest), "together")
    return [*ordered[: MOST - 1], others]


def _picture(title: str, drawn: Sequence[Bar], shapes: Sequence[Markup], height: int) -> Markup:
    largest = max(drawn, key=lambda bar: bar.value)
    said = f"Bar chart: {title}. {len(drawn)} bars; the longest is {largest.name}, {largest.figure}."
    return element(
        "svg",
        *shapes,
        role="img",
        aria_label=said,
        viewBox=f"0 0 {WIDTH} {height}",
        width="100%",
        style=f"max-width: {WIDTH}px",
        xmlns="http://www.w3.org/2000/svg",
    )


# The colours of the style sheet come over these; without it text has the page's colour, bars one for light and dark.
def _rectangle(x: float, y: float, width: float, height: float) -> Markup:
    size = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{width:.1f}", "height": f"{height:.1f}"}
    return element("rect", **size, fill="#4a90d9")


def _text(text: str, x: float, y: float, anchor: str = "start") -> Markup:
    at = {"x": f"{x:.1f}", "y": f"{y:.1f}"}
    return element("text", text, **at, text_anchor=anchor, fill="currentColor", font_size="12")


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
