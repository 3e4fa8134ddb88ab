"""Notebook 01 as a learner meets it: opened in JupyterLab, run from top to bottom, read, and pictured."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from tests.browser.conftest import Show
from tests.browser.lab import Lab
from tests.browser.made import code, pace
from tests.browser.notebook_page import NotebookPage

NOTEBOOK = "01_send_your_first_message.ipynb"
STREAMED = "Count from 1 to 40"
RECEIPT = re.compile(r"sandbox · rules · caicaini/\w+ · [\d,]+ tokens in, [\d,]+ out · [\d,]+ credits?")
PICTURE = Path(__file__).with_name("screenshot.png")
TALL = (1280, 1300)
MARGIN = 16  # pixels above and below what is pictured
WANTED = os.environ.get("CAICAINI_SCREENSHOT") == "1"  # read before a test's environment is cleaned


@pytest.fixture(scope="module")
def module_page(running_lab: Lab, show: Show) -> NotebookPage:
    """The notebook as it is committed, with one cell more, which slows the sandbox down so that a stream is seen."""
    path = running_lab.notebooks / NOTEBOOK
    found = json.loads(path.read_text(encoding="utf-8"))
    first = next(place for place, cell in enumerate(found["cells"]) if cell["cell_type"] == "code")
    found["cells"].insert(first + 1, code(pace(0.02)))
    path.write_text(json.dumps(found), encoding="utf-8")
    return show(NOTEBOOK)


@pytest.fixture
def streamed(opened: NotebookPage) -> int:
    """The cell whose answer is watched."""
    return next(place for place, cell in enumerate(opened.on_disk()) if STREAMED in cell.source)


def test_it_runs_from_top_to_bottom(opened: NotebookPage, streamed: int) -> None:
    opened.choose("Edit", "Clear Outputs of All Cells")
    opened.sample(streamed)
    opened.choose("Run", "Run All Cells")
    opened.finish()

    lengths = [sample.length for sample in opened.samples()]
    grown = [after for before, after in pairwise(lengths) if before < after < max(lengths)]
    assert len(grown) >= 3
    assert RECEIPT.search(opened.output(streamed).text_content() or "")  # rendered or not: it is out of sight
    cells = opened.saved()
    expected = [cell.source for cell in cells if "raises-exception" in cell.metadata.get("tags", ())]
    assert expected, "the notebook shows one failure on purpose"
    assert [cell.source for cell in cells if any(each.output_type == "error" for each in cell.outputs)] == expected


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize("size", [TALL, (760, 900)], ids=["wide", "narrow"])
def test_it_can_be_pictured(
    opened: NotebookPage, streamed: int, tmp_path: Path, theme: str, size: Sequence[int]
) -> None:
    opened.show_in(theme, size)
    picture = picture_of(opened, streamed)
    (tmp_path / "screenshot.png").write_bytes(picture)
    with Image.open(io.BytesIO(picture)) as image:
        assert image.width >= size[0] * 0.8
        shades = ImageStat.Stat(image.convert("L"))
    assert is_written_on(shades)
    assert (shades.mean[0] > 127) == (theme == "JupyterLab Light")
    if WANTED and theme == "JupyterLab Light" and size == TALL:
        PICTURE.write_bytes(picture)


def picture_of(opened: NotebookPage, streamed: int) -> bytes:
    """From the first prompt to the receipt of the streamed answer, as far as the window is high."""
    last = opened.output(streamed)
    for _ in range(2):  # cells far from sight have a guessed height: scrolling there once corrects it
        last.evaluate("output => output.scrollIntoView({block: 'end'})")
        opened.page.wait_for_timeout(200)
    first = next(place for place, cell in enumerate(opened.on_disk()) if cell.source.startswith("%%caicaini"))
    area = opened.panel.locator(".jp-WindowedPanel-outer").bounding_box()
    top, end = opened.cells.nth(first).bounding_box(), last.bounding_box()
    assert area is not None
    assert top is not None
    assert end is not None
    y = max(area["y"], top["y"] - MARGIN)
    height = min(end["y"] + end["height"] + MARGIN, area["y"] + area["height"]) - y
    opened.page.mouse.move(0, 0)
    return opened.page.screenshot(clip={"x": area["x"], "y": y, "width": area["width"], "height": height})


def is_written_on(shades: ImageStat.Stat) -> bool:
    """Whether there is text on a ground: dark and light, and more than a few spots of either."""
    dark, light = shades.extrema[0]
    return light - dark > 150 and shades.stddev[0] > 8


def test_a_blank_picture_is_found() -> None:
    assert not is_written_on(ImageStat.Stat(Image.new("L", (100, 100), 255)))


def test_the_committed_picture_is_one() -> None:
    with Image.open(PICTURE) as image:
        assert image.width >= 1000
        assert is_written_on(ImageStat.Stat(image.convert("L")))
