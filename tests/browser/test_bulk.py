"""A job as somebody watches it in JupyterLab: its bar moves, and the kernel answers other cells meanwhile."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Show
from tests.browser.lab import Lab
from tests.browser.made import notebook
from tests.browser.notebook_page import NotebookPage

pytest.importorskip("tqdm")

ROWS = 300
CELLS = {
    "load": "%load_ext caicaini_nb",
    "account": (
        "from caicaini_nb import connect\n"
        "box = connect().sandbox\n"
        "box.set_tier('enterprise', requests=10_000, input_tokens=10**8, streams=100)\n"
        "box.set_pace(0.1)"
    ),
    "rows": f"rows = [{{'number': number}} for number in range({ROWS})]",
    "job": "%%caicaini --map rows --job watched --model caicaini/haiku --out job\nWhat is {{number}} + 1?",
    "other": "print('the kernel says', 6 * 7)",
    "faster": "box.set_pace(0)",
    "end": "print(job.result()['outcome'].value_counts().to_dict())",
}
CELL = {name: number for number, name in enumerate(CELLS)}
COUNT = re.compile(rf"(\d+)/{ROWS}")


@pytest.fixture(scope="module")
def module_page(running_lab: Lab, show: Show) -> NotebookPage:
    opened = show(running_lab.put("bulk.ipynb", notebook(*CELLS.values())))
    opened.run(CELL["load"], CELL["account"], CELL["rows"])
    return opened


def done(opened: NotebookPage) -> int:
    """The rows done, as the bar says."""
    found = COUNT.search(opened.output(CELL["job"]).inner_text())
    return int(found[1]) if found else 0


def test_the_bar_moves_and_the_kernel_answers_meanwhile(opened: NotebookPage) -> None:
    opened.run(CELL["job"])
    bar = opened.output(CELL["job"])
    expect(bar).to_contain_text(f"/{ROWS}")
    expect(bar).to_contain_text("credits", timeout=30_000)
    before = done(opened)
    opened.run(CELL["other"])
    expect(opened.output(CELL["other"])).to_contain_text("the kernel says 42")
    meanwhile = done(opened)
    assert meanwhile < ROWS, "the job was over before the other cell ran"
    opened.run(CELL["faster"], CELL["end"])
    expect(opened.output(CELL["end"])).to_contain_text(f"{{'ok': {ROWS}}}")
    expect(bar).to_contain_text(f"{ROWS}/{ROWS}")
    assert before <= meanwhile < done(opened)
