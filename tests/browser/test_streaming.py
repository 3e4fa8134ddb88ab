"""A streamed answer as somebody watches it in JupyterLab: it grows, it ends clean, it can be stopped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import quantiles

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Show
from tests.browser.lab import Lab
from tests.browser.made import notebook, pace
from tests.browser.notebook_page import NotebookPage, Sample

COUNTED = ", ".join(str(number) for number in range(1, 51))
CELLS = {
    "load": "%load_ext caicaini_nb",
    "slow": pace(0.02),
    "grows": "%%caicaini\nCount to 50.",
    "fast": pace(0.0005),
    "long": "%%caicaini --max-tokens 8000\nCount to 800.",
    "slower": pace(0.05),
    "stopped": "%%caicaini\nCount to 400.",
    "next": "%%caicaini\nWhat is 17 * 23?",
}
CELL = {name: number for number, name in enumerate(CELLS)}


@pytest.fixture(scope="module")
def module_page(running_lab: Lab, show: Show) -> NotebookPage:
    opened = show(running_lab.put("streaming.ipynb", notebook(*CELLS.values())))
    opened.run(CELL["load"])
    return opened


def steps(samples: Sequence[Sample], whole: int) -> list[Sample]:
    """The frames in which the answer had grown and was not yet all there."""
    return [after for before, after in pairwise(samples) if before.length < after.length < whole]


def test_an_answer_grows_and_is_saved_once(opened: NotebookPage) -> None:
    cell = CELL["grows"]
    opened.run(CELL["slow"])
    opened.sample(cell)
    opened.run(cell)
    expect(opened.output(cell)).to_contain_text("sandbox · rules")
    samples = opened.samples()

    grown = steps(samples, len(COUNTED))
    assert len(grown) >= 10
    gaps = [after.at - before.at for before, after in pairwise(grown)]
    assert quantiles(gaps, n=20)[-1] < 500  # a token comes each 20 ms, a frame is drawn each 16
    shrunk = [(before, after) for before, after in pairwise(samples) if after.length < before.length]
    assert shrunk == [], "the answer was seen to vanish for a moment"

    expect(opened.outputs(cell)).to_have_count(1)
    (output,) = opened.saved()[cell].outputs
    assert output.output_type == "display_data"
    assert set(output.data) == {"text/markdown", "text/plain"}
    assert output.data["text/markdown"].startswith(f"{COUNTED}\n\n<small>**sandbox")
    assert output.metadata["caicaini"]["origin"] == "sandbox"
    assert output.metadata["caicaini"]["usage"]["output_tokens"] > 50


def test_a_long_answer_of_many_blocks_becomes_one_output(opened: NotebookPage) -> None:
    cell = CELL["long"]
    opened.run(CELL["fast"], cell)
    expect(opened.outputs(cell)).to_have_count(1)
    (output,) = opened.saved()[cell].outputs
    assert "798, 799, 800" in output.data["text/markdown"]


def test_the_stop_button_keeps_the_text_and_the_next_cell_works(opened: NotebookPage) -> None:
    cell = CELL["stopped"]
    opened.run(CELL["slower"])
    opened.start(cell)
    expect(opened.output(cell)).to_contain_text("7, 8, 9")
    opened.interrupt()
    opened.finish(cell)

    text = opened.output(cell).inner_text()
    counted = re.match(r"[\d, ]+", text)
    assert counted is not None
    whole = ", ".join(str(number) for number in range(1, 401))
    assert whole.startswith(counted.group().strip())
    assert len(counted.group()) < len(whole)
    expect(opened.output(cell)).to_contain_text("Interrupted")
    expect(opened.output(cell)).to_contain_text("sandbox · rules")
    assert "Traceback" not in text

    opened.run(CELL["next"])
    expect(opened.output(CELL["next"])).to_contain_text("17 * 23 = 391")
    shown = opened.saved()[cell].outputs
    assert [output.output_type for output in shown] == ["display_data", "error"]
    assert shown[0].metadata["caicaini"]["complete"] is False
