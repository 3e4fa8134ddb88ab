"""What is seen in a picture: its colours and the text read from it. The same bytes are looked at once.

One picture at a time is decoded and read, whatever asks: that bounds memory and threads. `None` for the lines means
that nothing could read them, an empty tuple that there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from caicaini_nb.sandbox.engine import Picture
from caicaini_nb.sandbox.vision.colours import Colour, dominant
from caicaini_nb.sandbox.vision.pixels import decode, is_animated, upright
from caicaini_nb.sandbox.vision.remembered import Remembered
from caicaini_nb.sandbox.vision.text_reader import NoReader, is_installed, text_reader

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["INSTALL", "Eyes", "Seen", "eyes", "seen_text"]

INSTALL = "pip install 'caicaini-nb[vision]'"
KEPT = 64

LineReader = Callable[["Image.Image"], tuple[str, ...]]


@dataclass(frozen=True)
class Seen:
    """One picture as the sandbox sees it; `trouble` says why an installed reader gave no lines."""

    format: str
    width: int
    height: int
    animated: bool
    colours: tuple[Colour, ...]
    lines: tuple[str, ...] | None = None
    trouble: str = ""


class Eyes:
    """Look at pictures, with a reader of lines or without; `see` remembers the last ones."""

    def __init__(self, read_lines: LineReader | None, kept: int = KEPT) -> None:
        self._read_lines = read_lines
        self.see = Remembered(self._look, kept)

    def _look(self, picture: Picture) -> Seen:
        image = decode(picture)
        shown = upright(image)
        size = (picture.format, picture.width, picture.height)
        seen = Seen(*size, animated=is_animated(image), colours=dominant(shown))
        if self._read_lines is None:
            return seen
        if all(low == high for low, high in _extremes(shown)):
            return replace(seen, lines=())  # one colour throughout holds no text
        try:
            return replace(seen, lines=self._read_lines(shown))
        except Exception as error:  # the reader is somebody else's: its failure must not become a 500
            said = str(error) if isinstance(error, NoReader) else f"{type(error).__name__}: {str(error)[:200]}"
            return replace(seen, trouble=said)


def _extremes(image: Image.Image) -> list[tuple[int, int]]:
    return [band.getextrema() for band in image.split()]  # type: ignore[misc]


def _read_lines(image: Image.Image) -> tuple[str, ...]:
    return text_reader().read(image)


@cache
def eyes() -> Eyes:
    """Return the process's own eyes; with a reader if its packages are installed."""
    return Eyes(_read_lines if is_installed() else None)


def seen_text(pictures: Sequence[Picture]) -> str:
    """Tell a language model what is in the pictures of a turn, a bracket for each; empty without any."""
    return "\n".join(_bracket(number, eyes().see(picture)) for number, picture in enumerate(pictures, 1))


def _bracket(number: int, seen: Seen) -> str:
    colours = ", ".join(f"{colour.name} {colour.share:.0%}" for colour in seen.colours)
    frames = ", first frame of an animation" if seen.animated else ""
    head = f"image {number}: {seen.format} {seen.width}×{seen.height}{frames}, {colours}"
    if seen.lines is None:
        return f"[{head}. Its text was not read.]"
    if not seen.lines:
        return f"[{head}. No text was found in the image.]"
    return f"[{head}. Text read from the image:\n" + "\n".join(seen.lines) + "\n]"
