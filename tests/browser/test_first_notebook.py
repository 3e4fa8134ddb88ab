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
from PIL import Image

from tests.browser.conftest import Show
from tests.browser.lab import Lab
from tests.browser.made import code, pace
from tests.browser.notebook_page import WIDE, NotebookPage

NOTEBOOK = "01_send_your_first_message.ipynb"
STREAMED = "Count from 1 to 40"
RECEIPT = re.compile(r"sandbox · rules · caicaini/\w+ · [\d,]+ tokens in, [\d,]+ out · [\d,]+ credits?")
PICTURE = Path(__file__).with_name("screenshot.png")


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
    return next(place for place, cell in enumerate(opened.saved()) if STREAMED in cell.source)


def test_it_runs_from_top_to_bottom(opened: NotebookPage, streamed: int) -> None:
    opened.choose("Edit", "Clear Outputs of All Cells")
    opened.sample(streamed)
    opened.choose("Run", "Run All Cells")
    opened.finish()

    lengths = [sample.length for sample in opened.samples()]
    grown = [after for before, after in pairwise(lengths) if before < after < max(lengths)]
    assert len(grown) >= 3
    assert RECEIPT.search(opened.output(streamed).inner_text())
    cells = opened.saved()
    expected = [cell.source for cell in cells if "raises-exception" in cell.metadata.get("tags", ())]
    assert expected, "the notebook shows one failure on purpose"
    assert [cell.source for cell in cells if any(each.output_type == "error" for each in cell.outputs)] == expected


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize("size", [WIDE, (760, 900)], ids=["wide", "narrow"])
def test_it_can_be_pictured(
    opened: NotebookPage, streamed: int, tmp_path: Path, theme: str, size: Sequence[int]
) -> None:
    opened.show_in(theme, size)
    picture = picture_of(opened, streamed)
    (tmp_path / "screenshot.png").write_bytes(picture)
    image = Image.open(io.BytesIO(picture)).convert("L")
    assert image.width >= size[0] * 0.8
    dark, light = image.getextrema()
    assert light - dark > 150, "there is text on a ground"
    assert (image.resize((1, 1)).getpixel((0, 0)) > 127) == (theme == "JupyterLab Light")
    if os.environ.get("CAICAINI_SCREENSHOT") == "1" and theme == "JupyterLab Light" and size == WIDE:
        PICTURE.write_bytes(picture)


def picture_of(opened: NotebookPage, streamed: int) -> bytes:
    """The notebook's area, scrolled so that the streamed answer and its receipt end it."""
    opened.cells.nth(streamed).evaluate("cell => cell.scrollIntoView({block: 'end'})")
    opened.page.mouse.move(0, 0)
    opened.page.wait_for_timeout(200)
    box = opened.panel.locator(".jp-WindowedPanel-outer").bounding_box()
    assert box is not None
    return opened.page.screenshot(clip={"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]})


def test_the_committed_picture_is_one() -> None:
    with Image.open(PICTURE) as image:
        assert image.width >= 1000
        assert len(image.convert("L").histogram()) == 256
        dark, light = image.convert("L").getextrema()
    assert light - dark > 150
