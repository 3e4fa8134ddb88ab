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
    from PIL import Image

    try:
        image = Image.open(BytesIO(picture.data), formats=[picture.format.upper()])
        # A second header in the file can state another size than the one that was checked.
        if image.size != (picture.width, picture.height):
            raise Unreadable(f"its size is {image.size[0]} × {image.size[1]}, not what its header says")
        image.draft("RGB", (LARGEST, LARGEST))
        image.load()
    except Unreadable:
        raise
    except Exception as error:  # Pillow's readers raise whatever their parsers meet; all of it means the same
        raise Unreadable(f"{type(error).__name__}: {error}") from None
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
    """Turn a decoded picture as its camera says, at most `LARGEST` pixels a side, as RGB or RGBA."""
    from PIL import Image, ImageOps

    if image.mode in DEEP:
        image = image.convert("F").point(lambda value: value * DEEP[image.mode] + 0).convert("L")
    clear = "A" in image.mode or "a" in image.mode or "transparency" in image.info
    plain = image if image.mode in ("RGB", "RGBA") else image.convert("RGBA" if clear else "RGB")
    try:
        turned = ImageOps.exif_transpose(plain)
    except Exception:  # a broken note of the camera's does not break the picture
        turned = plain
    if max(turned.size) > LARGEST:
        turned.thumbnail((LARGEST, LARGEST), Image.Resampling.BOX)
    return turned
