"""Names of colours and their shares."""

from __future__ import annotations

import pytest
from PIL import Image

from caicaini_nb.sandbox.vision.colours import MOST, dominant

NAMED = {
    "#000000": "black", "#141414": "black", "#ffffff": "white", "#f6f6f2": "white", "#808080": "grey",
    "#ff0000": "red", "#ffa500": "orange", "#8b4513": "brown", "#ffff00": "yellow", "#008000": "green",
    "#00ffff": "cyan", "#1f77b4": "blue", "#0000ff": "blue", "#7b2fbe": "purple", "#ff69b4": "pink", "#ffc0cb": "pink",
}  # fmt: skip


@pytest.mark.parametrize("code", NAMED)
def test_a_plain_colour_has_its_name(code: str) -> None:
    (colour,) = dominant(Image.new("RGB", (7, 5), code))
    assert colour == (NAMED[code], 1.0)


def test_shares_are_of_all_pixels_most_first() -> None:
    image = Image.new("RGB", (100, 100), "white")
    image.paste("red", (0, 0, 100, 30))
    image.paste("blue", (0, 30, 100, 40))
    image.paste("green", (0, 40, 10, 41))  # a thousandth: left out
    assert dominant(image) == (("white", 0.599), ("red", 0.3), ("blue", 0.1))


def test_what_is_clear_has_no_colour() -> None:
    image = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 10, 4))
    assert dominant(image) == (("transparent", 0.6), ("red", 0.4))


def test_a_large_picture_is_sampled_not_averaged() -> None:
    fine = Image.new("L", (1999, 1999))
    for x in range(0, 1999, 2):
        fine.paste(255, (x, 0, x + 1, 1999))
    assert {colour.name for colour in dominant(fine.convert("RGB"))} <= {"black", "white"}


def test_no_more_than_a_few_are_named() -> None:
    image = Image.new("RGB", (len(NAMED), 1))
    image.putdata([tuple(bytes.fromhex(code[1:])) for code in NAMED])
    assert len(dominant(image)) == MOST
