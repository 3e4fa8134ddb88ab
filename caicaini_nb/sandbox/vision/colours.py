"""The colours of a picture: how much of it has which of twelve names.

Each pixel gets the name of its hue, saturation and brightness by a table. It refuses finer words than that: shades
are a matter of taste.
"""

from __future__ import annotations

from collections import Counter
from colorsys import rgb_to_hsv
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["Colour", "dominant"]

MOST = 4
SMALLEST_SHARE = 0.01
SAMPLES = 1_000  # pixels a side that are looked at
STEP = 8  # levels of a channel taken as one
DARK, PALE, BRIGHT = 0.18, 0.12, 0.86
# upper end of the hue in degrees, its name, and its name where it is dark or pale
HUES = (
    (14, "red", "brown", "pink"),
    (42, "orange", "brown", "orange"),
    (68, "yellow", "brown", "yellow"),
    (165, "green", "green", "green"),
    (195, "cyan", "cyan", "cyan"),
    (255, "blue", "blue", "blue"),
    (290, "purple", "purple", "purple"),
    (345, "pink", "purple", "pink"),
    (360, "red", "brown", "pink"),
)
BROWN_BELOW, PINK_BELOW = 0.62, 0.45


class Colour(NamedTuple):
    """A named colour and its share of the pixels, from 0 to 1."""

    name: str
    share: float


def dominant(image: Image.Image) -> tuple[Colour, ...]:
    """Name the colours of an RGB or RGBA picture, most of it first; what covers less than a hundredth is left out."""
    from PIL import Image

    side = max(image.size)
    if side > SAMPLES:  # sampled, not averaged: an average of black and white would be a grey that is not there
        size = tuple(max(1, length * SAMPLES // side) for length in image.size)
        image = image.resize((size[0], size[1]), Image.Resampling.NEAREST)
    stepped = image.convert("RGBA").point([level // STEP * STEP for level in range(256)] * 4)
    counts: Counter[str] = Counter()
    for count, pixel in stepped.getcolors(stepped.width * stepped.height) or []:
        counts[_name(pixel)] += count
    whole = counts.total()
    named = [Colour(name, count / whole) for name, count in counts.most_common(MOST)]
    return tuple(colour for colour in named if colour.share >= SMALLEST_SHARE)


def _name(pixel: object) -> str:
    red, green, blue, alpha = pixel if isinstance(pixel, tuple) else (0, 0, 0, 0)
    if alpha < 128:
        return "transparent"
    top = 256 - STEP
    hue, saturation, brightness = rgb_to_hsv(red / top, green / top, blue / top)
    if brightness < DARK:
        return "black"
    if saturation < PALE:
        return "white" if brightness > BRIGHT else "grey"
    name, dark, pale = next(names for end, *names in HUES if hue * 360 <= end)
    if brightness < BROWN_BELOW:
        return dark
    return pale if saturation < PINK_BELOW else name
