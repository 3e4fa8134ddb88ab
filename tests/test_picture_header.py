"""What a file's first bytes say, for every type and for bytes cut off anywhere."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as some

from caicaini_nb.pictures.header import other_kind, picture_size, picture_type

FORMS: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "png": ("PNG", "RGB", {}, "image/png"),
    "gif": ("GIF", "P", {}, "image/gif"),
    "jpeg": ("JPEG", "RGB", {}, "image/jpeg"),
    "progressive jpeg": ("JPEG", "RGB", {"progressive": True}, "image/jpeg"),
    "jpeg with a profile": ("JPEG", "RGB", {"icc_profile": b"p" * 3000, "comment": b"\xff\xc0 no frame"}, "image/jpeg"),
    "lossy webp": ("WEBP", "RGB", {}, "image/webp"),
    "lossless webp": ("WEBP", "RGB", {"lossless": True}, "image/webp"),
    "webp with alpha": ("WEBP", "RGBA", {}, "image/webp"),
}


def made(form: str, width: int, height: int) -> bytes:
    kind, mode, options, _ = FORMS[form]
    file = BytesIO()
    picture = PIL.Image.new(mode, (width, height))
    if mode == "RGBA":
        picture.putpixel((0, 0), (1, 2, 3, 4))
    picture.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [(1, 1), (37, 512), (300, 7)])
def test_type_and_size(form: str, size: tuple[int, int]) -> None:
    data = made(form, *size)
    assert picture_type(data) == FORMS[form][3]
    assert picture_size(data) == size


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_is_cut_off_has_its_size_or_none(form: str) -> None:
    data = made(form, 300, 7)
    assert {picture_size(data[:length]) for length in range(min(len(data), 4000))} <= {None, (300, 7)}


@given(some.sampled_from([made(form, 9, 5)[:16] for form in FORMS]), some.binary(max_size=60))
def test_no_bytes_are_too_odd(start: bytes, rest: bytes) -> None:
    size = picture_size(start + rest)
    assert size is None or len(size) == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"PK\x03\x04rest", "a ZIP archive or an Office document"),
        (b"\x00\x00\x00\x18ftypheic", "a HEIC picture"),
        (b"\x00\x00\x00\x18ftypisom", "a video"),
        (b"RIFF\x00\x00\x00\x00WAVE", "a sound or video file"),
        (b"<?xml version='1.0'?><svg xmlns=''>", "an SVG drawing"),
        (b"\n<!DOCTYPE html><html>", "a web page"),
        (b"merchant,total\nCaf\xc3\xa9,3\n", "text"),
        (b"\xc3\xa9" * 512 + b"\xc3", "text"),
        (b"\x01\x00\xff\xfe\x80", "in a form nobody here can read"),
    ],
)
def test_what_it_is_instead(data: bytes, words: str) -> None:
    assert picture_type(data) is None
    assert other_kind(data) == words
