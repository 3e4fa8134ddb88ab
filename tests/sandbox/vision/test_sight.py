"""What is seen, without the text reader's packages: a reader of the test's own stands in."""

from __future__ import annotations

import pytest
from PIL import Image

from caicaini_nb.sandbox.engine import Picture
from caicaini_nb.sandbox.vision import seen_text, sight
from caicaini_nb.sandbox.vision.remembered import Remembered
from caicaini_nb.sandbox.vision.sight import Eyes
from caicaini_nb.sandbox.vision.text_reader import NoReader
from tests.sandbox.pictures import picture, receipt


def reading(*lines: str) -> Eyes:
    return Eyes(lambda image: lines)


def test_without_a_reader_there_are_no_lines_to_know_of() -> None:
    seen = Eyes(None).see(picture(receipt()))
    assert seen.lines is None
    assert seen.colours[0].name == "white"


def test_a_plain_surface_is_not_given_to_the_reader() -> None:
    def read(image: Image.Image) -> tuple[str, ...]:
        raise AssertionError("nothing is there to read")

    seen = Eyes(read).see(picture(Image.new("RGB", (9, 9), "teal")))
    assert (seen.lines, seen.trouble) == ((), "")


@pytest.mark.parametrize(
    ("error", "trouble"),
    [(ValueError("bad shape"), "ValueError: bad shape"), (NoReader("no weights"), "no weights")],
)
def test_a_reader_that_fails_is_told_not_raised(error: Exception, trouble: str) -> None:
    def read(image: Image.Image) -> tuple[str, ...]:
        raise error

    seen = Eyes(read).see(picture(receipt()))
    assert (seen.lines, seen.trouble) == (None, trouble)


def test_the_same_bytes_are_looked_at_once_and_the_oldest_forgotten() -> None:
    looked: list[bytes] = []

    def look(given: Picture) -> int:
        looked.append(given.data)
        return len(looked)

    remembered = Remembered(look, kept=2)
    results = [remembered(Picture("PNG", 1, 1, data)) for data in (b"a", b"a", b"b", b"c", b"b", b"a", b"b")]
    assert results == [1, 1, 2, 3, 2, 4, 2]


def test_what_failed_is_tried_again() -> None:
    outcomes = iter([ValueError(), None])

    def look(given: Picture) -> int:
        if error := next(outcomes):
            raise error
        return 7

    remembered = Remembered(look, kept=2)
    with pytest.raises(ValueError):
        remembered(Picture("PNG", 1, 1, b""))
    assert remembered(Picture("PNG", 1, 1, b"")) == 7


def test_a_model_is_told_of_each_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Image.new("RGB", (20, 10), "red"), Image.new("RGB", (20, 10), "blue")
    eyes = reading("TOTAL  21.84", "Thank you!")
    monkeypatch.setattr(sight, "eyes", lambda: eyes)
    moving = picture(first, "GIF", save_all=True, append_images=[second])
    assert seen_text([picture(receipt()), moving]) == (
        "[image 1: PNG 560×360, white 97%, grey 2%, black 2%. Text read from the image:\nTOTAL  21.84\nThank you!\n]\n"
        "[image 2: GIF 20×10, first frame of an animation, red 100%. No text was found in the image.]"
    )
    monkeypatch.setattr(sight, "eyes", lambda: Eyes(None))
    assert seen_text([picture(first)]) == "[image 1: PNG 20×10, red 100%. Its text was not read.]"
    assert seen_text([]) == ""
