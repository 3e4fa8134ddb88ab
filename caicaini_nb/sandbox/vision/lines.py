"""Reading order: pieces of text found in a picture, put into lines from top to bottom.

A picture taken askew is levelled first, by the median slope of its pieces. It knows no columns: what stands side by
side becomes one line, as a receipt wants it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

__all__ = ["Fragment", "in_lines"]

SAME_LINE = 0.5  # of a piece's height between two middles
COLUMN_GAP = 1.2  # of a piece's height: from here on the gap is shown by two blanks
NARROW_GAP = 0.45  # below this, pieces of a script without blanks are joined
STEEPEST = math.radians(30)


@dataclass(frozen=True)
class Fragment:
    """A piece of text with its corners in pixels: upper left, upper right, lower right, lower left."""

    text: str
    corners: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class _Placed:
    """A fragment's place once the picture is level."""

    text: str
    left: float
    right: float
    middle: float
    height: float


def in_lines(fragments: Sequence[Fragment]) -> tuple[str, ...]:
    """Join fragments to lines of text, in reading order."""
    slope = _slope(fragments)
    placed = sorted((_place(fragment, slope) for fragment in fragments), key=lambda one: one.middle)
    lines: list[list[_Placed]] = []
    for one in placed:
        if lines and _beside(lines[-1], one):
            lines[-1].append(one)
        else:
            lines.append([one])
    return tuple(_joined(sorted(line, key=lambda one: one.left)) for line in lines)


def _slope(fragments: Sequence[Fragment]) -> float:
    """The angle of the text in radians, from its longer pieces; 0 where they point steeply."""
    angles = []
    for fragment in fragments:
        (left, top), (right, other) = fragment.corners[0], fragment.corners[1]
        width, height = right - left, math.dist(fragment.corners[0], fragment.corners[3])
        if width > 2 * height:
            angles.append(math.atan2(other - top, width))
    angle = median(angles) if angles else 0.0
    return angle if abs(angle) < STEEPEST else 0.0


def _place(fragment: Fragment, slope: float) -> _Placed:
    turned = [
        (x * math.cos(slope) + y * math.sin(slope), y * math.cos(slope) - x * math.sin(slope))
        for x, y in fragment.corners
    ]
    across, down = [x for x, _ in turned], [y for _, y in turned]
    height = math.dist(fragment.corners[0], fragment.corners[3])
    return _Placed(fragment.text.strip(), min(across), max(across), sum(down) / len(down), max(1.0, height))


def _beside(line: list[_Placed], one: _Placed) -> bool:
    height = min(one.height, median(other.height for other in line))
    return abs(one.middle - median(other.middle for other in line)) < SAME_LINE * height


def _joined(line: list[_Placed]) -> str:
    said = line[0].text
    for before, after in pairwise(line):
        gap = (after.left - before.right) / min(before.height, after.height)
        dense = gap < NARROW_GAP and _is_chinese(before.text[-1:]) and _is_chinese(after.text[:1])
        said += ("  " if gap > COLUMN_GAP else "" if dense else " ") + after.text
    return said


def _is_chinese(letter: str) -> bool:
    return "\u3000" <= letter <= "\u9fff" or "\uff00" <= letter <= "\uffef"
