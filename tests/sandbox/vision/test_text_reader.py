"""The real text reader: what it reads, that it stays bounded, and that it never asks the network."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from caicaini_nb.sandbox.vision import text_reader
from caicaini_nb.sandbox.vision.text_reader import NARROWEST, NoReader, TextReader
from tests.sandbox.pictures import RECEIPT, receipt

EXPECTED = [f"{left}  {right}".strip() for left, right in RECEIPT if left]
VIEWS = {
    "as drawn": receipt(),
    "half size": receipt().resize((280, 180)),
    "rotated by 4 degrees": receipt().rotate(4, fillcolor="white", expand=True),
    "on glass": receipt().convert("RGBA"),
    "white on black": receipt().point(lambda level: 255 - level),
}


@pytest.fixture(scope="module")
def reader() -> Iterator[TextReader]:
    with pytest.MonkeyPatch.context() as patch:

        def refuse(*anything: object) -> NoReturn:
            raise AssertionError("the reader asked the network")

        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        text_reader.text_reader.cache_clear()
        yield text_reader.text_reader()


@pytest.mark.needs("vision")
@pytest.mark.parametrize("view", VIEWS)
def test_a_receipt_is_read_line_by_line(reader: TextReader, view: str, capfd: pytest.CaptureFixture[str]) -> None:
    found = reader.read(VIEWS[view])
    alike = SequenceMatcher(None, "\n".join(EXPECTED), "\n".join(found)).ratio()
    assert alike > 0.95, found
    assert "TOTAL EUR  21.84" in found
    assert capfd.readouterr() == ("", "")


@pytest.mark.needs("vision")
@pytest.mark.parametrize("size", [(1, 2000), (2000, 2), (3, 3)])
def test_a_strip_or_a_speck_does_not_exhaust_the_memory(reader: TextReader, size: tuple[int, int]) -> None:
    assert reader.read(Image.linear_gradient("L").resize(size).convert("RGB")) == ()


@given(width=st.integers(1, 2000), height=st.integers(1, 2000))
def test_what_the_reader_gets_is_never_a_strip(width: int, height: int) -> None:
    sheet = text_reader._prepared(Image.new("RGB", (width, height)))
    assert max(sheet.size) <= NARROWEST * min(sheet.size) + NARROWEST
    assert sheet.width >= width
    assert sheet.height >= height


def test_weights_that_are_missing_are_not_fetched(tmp_path: Path) -> None:
    with pytest.raises(NoReader, match=r"no \*_det_\*\.onnx"):
        text_reader._weights(tmp_path)


def test_a_package_that_does_not_load_is_no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> NoReturn:
        raise ImportError(f"{name}: a library is missing")

    monkeypatch.setattr(text_reader, "import_module", broken)
    text_reader.text_reader.cache_clear()
    with pytest.raises(NoReader, match="a library is missing"):
        text_reader.text_reader()


@pytest.mark.parametrize("missing", ["rapidocr", "onnxruntime"])
def test_both_packages_are_wanted(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setattr(text_reader, "find_spec", lambda name: None if name == missing else object())
    assert not text_reader.is_installed()
