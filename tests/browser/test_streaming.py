"""A streamed answer as somebody watches it in JupyterLab: it grows, it ends clean, it can be stopped."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import quantiles

from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.made import notebook, pace
from tests.browser.notebook_page import NotebookPage, Sample

PACE = 0.02
COUNTED = ", ".join(str(number) for number in range(1, 51))


def steps(samples: Sequence[Sample], whole: int) -> list[Sample]:
    """The frames in which the answer had grown and was not yet all there."""
    return [after for before, after in pairwise(samples) if before.length < after.length < whole]


def test_an_answer_grows_and_is_saved_once(running_lab: Lab, show: Callable[..., NotebookPage]) -> None:
    name = running_lab.put("streaming.ipynb", notebook(pace(PACE), "%%caicaini\nCount to 50."))
    opened = show(name)
    opened.run(0)
    opened.run(1)
    opened.finish(1)
    opened.sample(2)
    opened.run(2)
    opened.finish(2)
    expect(opened.output(2)).to_contain_text("sandbox · rules")
    samples = opened.samples()

    grown = steps(samples, len(COUNTED))
    assert len(grown) >= 10
    gaps = [after.at - before.at for before, after in pairwise(grown)]
    assert quantiles(gaps, n=20)[-1] < 500  # a token comes each 20 ms, a frame is drawn each 16
    shrunk = [(before, after) for before, after in pairwise(samples) if after.length < before.length]
    assert shrunk == [], "the answer was seen to vanish for a moment"

    expect(opened.outputs(2)).to_have_count(1)
    output, = opened.saved().cells[2].outputs
    assert output.output_type == "display_data"
    assert set(output.data) == {"text/markdown", "text/plain"}
    assert output.data["text/markdown"].startswith(f"{COUNTED}\n\n<small>**sandbox")
    assert output.metadata["caicaini"]["origin"] == "sandbox"
    assert output.metadata["caicaini"]["usage"]["output_tokens"] > 50


def test_a_long_answer_of_many_blocks_becomes_one_output(running_lab: Lab, show: Callable[..., NotebookPage]) -> None:
    name = running_lab.put("long.ipynb", notebook(pace(0.0005), "%%caicaini --max-tokens 8000\nCount to 1500."))
    opened = show(name)
    opened.run_all()
    opened.finish()
    expect(opened.outputs(2)).to_have_count(1)
    output, = opened.saved().cells[2].outputs
    assert "1498, 1499, 1500" in output.data["text/markdown"]


def test_the_stop_button_keeps_the_text_and_the_next_cell_works(
    running_lab: Lab, show: Callable[..., NotebookPage]
) -> None:
    cells = (pace(0.05), "%%caicaini\nCount to 400.", "%%caicaini\nWhat is 17 * 23?")
    opened = show(running_lab.put("stopped.ipynb", notebook(*cells)))
    opened.run(0)
    opened.run(1)
    opened.finish(1)
    opened.run(2)
    expect(opened.output(2)).to_contain_text("7, 8, 9")
    opened.interrupt()
    opened.finish(2)

    text = opened.output(2).inner_text()
    counted = re.match(r"[\d, ]+", text)
    assert counted is not None
    whole = ", ".join(str(number) for number in range(1, 401))
    assert whole.startswith(counted.group().strip())
    assert len(counted.group()) < len(whole)
    expect(opened.output(2)).to_contain_text("Interrupted")
    expect(opened.output(2)).to_contain_text("sandbox · rules")
    assert "Traceback" not in text

    opened.run(3)
    opened.finish(3)
    expect(opened.output(3)).to_contain_text("17 * 23 = 391")
    shown = opened.saved().cells[2].outputs
    assert [output.output_type for output in shown] == ["display_data", "error"]
    assert shown[0].metadata["caicaini"]["complete"] is False
