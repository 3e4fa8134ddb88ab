"""Decoded pictures: one mode, upright, bounded; whatever the file had."""

from __future__ import annotations

import pytest
from PIL import Image

from caicaini_nb.sandbox.engine import Picture
from caicaini_nb.sandbox.vision.pixels import LARGEST, Unreadable, decode, fault, is_animated, upright
from tests.sandbox.pictures import encoded, picture

SLOPE = Image.linear_gradient("L").resize((40, 30))
MODES = {
    "1": SLOPE.convert("1"),
    "L": SLOPE,
    "P": SLOPE.convert("P"),
    "I;16": Image.new("I;16", (40, 30), 40_000),
    "LA": SLOPE.convert("LA"),
    "RGBA": SLOPE.convert("RGBA"),
}


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_becomes_rgb_or_rgba(mode: str) -> None:
    shown = upright(decode(picture(MODES[mode])))
    assert shown.mode == ("RGBA" if "A" in mode else "RGB")
    assert shown.size == (40, 30)


def test_sixteen_bits_keep_their_brightness() -> None:
    assert upright(decode(picture(Image.new("I;16", (2, 2), 0x8000)))).getpixel((0, 0)) == (128, 128, 128)


def test_print_colours_are_taken() -> None:
    shown = upright(decode(picture(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG")))
    red, green, blue = shown.getpixel((4, 4))  # type: ignore[misc]
    assert red > 200 > 60 > max(green, blue)


def test_a_photo_is_turned_as_its_camera_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter, clockwise
    photo = Image.new("RGB", (40, 20), "white")
    photo.paste("black", (0, 0, 20, 20))  # the left half ends up on top
    shown = upright(decode(picture(photo, "JPEG", exif=exif)))
    assert shown.size == (20, 40)
    assert shown.convert("L").getpixel((10, 5)) < 50 < 200 < shown.convert("L").getpixel((10, 35))  # type: ignore[operator]


@pytest.mark.parametrize("size", [(8000, 1), (1, 8000), (5000, 2500)])
def test_a_large_one_is_scaled_down(size: tuple[int, int]) -> None:
    shown = upright(decode(picture(Image.new("L", size))))
    assert max(shown.size) == LARGEST
    assert min(shown.size) >= 1


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_shown(kind: str) -> None:
    first, second = Image.new("RGB", (9, 9), "red"), Image.new("RGB", (9, 9), "blue")
    image = decode(picture(first, kind, save_all=True, append_images=[second]))
    shown = upright(image)
    assert is_animated(image)
    red, _, blue = shown.convert("RGB").getpixel((4, 4))  # type: ignore[misc]
    assert red > 200 > 50 > blue


def test_one_frame_is_no_animation() -> None:
    assert not is_animated(decode(picture(SLOPE.convert("P"), "GIF")))


def test_a_size_other_than_the_checked_one_is_refused() -> None:
    with pytest.raises(Unreadable, match="40 × 30"):
        decode(Picture("PNG", 4, 3, encoded(SLOPE)))


def test_no_format_but_its_own_is_tried() -> None:
    assert fault(Picture("JPEG", 40, 30, encoded(SLOPE)))
    assert not fault(picture(SLOPE))
