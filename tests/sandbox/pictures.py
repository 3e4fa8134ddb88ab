"""Pictures for the sandbox's tests, drawn when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from caicaini_nb.sandbox.engine import Picture

__all__ = ["RECEIPT", "drawn", "encoded", "picture", "receipt"]

# left and right text of each line; an empty line is a gap
RECEIPT: tuple[tuple[str, str], ...] = (
    ("BLUE DOOR CAFE", ""),
    ("12 Harbour Street", ""),
    ("Date: 2026-03-14", ""),
    ("", ""),
    ("Flat white x2", "7.60"),
    ("Almond croissant", "3.90"),
    ("Quiche Lorraine", "8.50"),
    ("", ""),
    ("Subtotal", "20.00"),
    ("VAT 9.2%", "1.84"),
    ("TOTAL EUR", "21.84"),
    ("Thank you!", ""),
)


def drawn(lines: Sequence[tuple[str, str]], width: int = 560, height: int = 360) -> Image.Image:
    """Draw lines of text, black on white, in the font that Pillow carries."""
    image = Image.new("RGB", (width, height), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(18)
    for number, (left, right) in enumerate(lines):
        pen.text((40, 12 + 28 * number), left, fill="black", font=font)
        pen.text((width - 40, 12 + 28 * number), right, fill="black", font=font, anchor="ra")
    return image


def receipt() -> Image.Image:
    """Draw the receipt, 560 × 360 pixels."""
    return drawn(RECEIPT)


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """Return an image's bytes in a format of Pillow's."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def picture(image: Image.Image, kind: str = "PNG", **options: Any) -> Picture:
    """Return an image as the sandbox's engines get it."""
    name = {"WEBP": "WebP"}.get(kind, kind)
    return Picture(name, image.width, image.height, encoded(image, kind, **options))
