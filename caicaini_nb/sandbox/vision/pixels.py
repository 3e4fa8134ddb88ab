"""The pixels of a picture, decoded by Pillow: first frame, upright, at most 2000 pixels a side.

Refuses with `Unreadable` what Pillow cannot decode to its end and what turns out larger than its header said. A
picture's size must have been checked before: that is what bounds the memory (8000 × 8000 pixels take 256 MB).
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from caicaini_nb.sandbox.engine import Picture

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["LARGEST", "Unreadable", "decode", "fault", "is_animated", "upright"]

LARGEST = 2_000  # pixels a side; the text reader would scale down to this anyway
DEEP = {"I": 1 / 256, "I;16": 1 / 256, "I;16B": 1 / 256, "F": 1 / 256}  # grey deeper than 8 bits: scale to them


class Unreadable(ValueError):
    """Bytes that are no whole picture of their format."""


def decode(picture: Picture) -> Image.Image:
    """Decode the first frame to its end; a JPEG far over `LARGEST` comes out scaled down."""
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(BytesIO(picture.data), formats=[picture.format.upper()])
        # A second header in the file can state another size than the one that was checked.
        if image.size != (picture.width, picture.height):
            raise Unreadable(f"its size is {image.size[0]} × {image.size[1]}, not what its header says")
        image.draft("RGB", (LARGEST, LARGEST))
        image.load()
    except Unreadable:
        raise
    except UnidentifiedImageError:  # its text would show an object's address
        raise Unreadable("what follows its header is broken") from None
    except Exception as error:  # Pillow's readers raise whatever their parsers meet; all of it means the same
        raise Unreadable(f"{error}"[:200] or type(error).__name__) from None
    return image


def fault(picture: Picture) -> str:
    """Say what is wrong with a picture's bytes, nothing when they decode to their end."""
    try:
        decode(picture)
    except Unreadable as unreadable:
        return str(unreadable)
    return ""


def is_animated(image: Image.Image) -> bool:
    """Whether a decoded picture has frames after the first; the second is looked for, not drawn."""
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:  # a broken second frame is as good as none
        return False


def upright(image: Image.Image) -> Image.Image:
    """Return a decoded picture turned as its camera says, at most `LARGEST` pixels a side, as RGB or RGBA."""
    from PIL import ImageOps

    clear = "A" in image.mode or "a" in image.mode or "transparency" in image.info
    small = _shrunk(_continuous(image, clear)).convert("RGBA" if clear else "RGB")
    small.info.update(exif=image.info.get("exif", b""))
    try:
        return ImageOps.exif_transpose(small)
    except Exception:  # a broken note of the camera's does not break the picture
        return small


def _continuous(image: Image.Image, clear: bool) -> Image.Image:
    """The picture in a mode whose levels can be averaged: no palette, 8 bits."""
    if image.mode in DEEP:
        return image.convert("F").point(lambda level: level * DEEP[image.mode]).convert("L")
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("P", "PA") or "transparency" in image.info:
        return image.convert("RGBA" if clear else "RGB")
    return image


def _shrunk(image: Image.Image) -> Image.Image:
    from PIL import Image

    scale = LARGEST / max(image.size)
    if scale >= 1:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BOX, reducing_gap=2.0)
