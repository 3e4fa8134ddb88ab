"""A hostile answer shown in JupyterLab asks nobody for anything, opens nothing, and shows where its links lead."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.canary import Canary, canary
from tests.browser.conftest import Show
from tests.browser.lab import Lab
from tests.browser.made import notebook
from tests.browser.notebook_page import NotebookPage
from tests.browser.payloads import payloads

PER_CELL = 12  # JupyterLab shows about fifty outputs of a cell
SETTLE = 500  # ms for an image that was let through to be asked for
SHOW = """\
import json, time
from pathlib import Path
from caicaini_nb.display.render import NotebookScreen, PlainScreen
from caicaini_nb.reply import Choice, Reply, TextBlock

def reply(text):
    return Reply(choices=(Choice(0, (TextBlock(text),), "end_turn"),), model=text[:40], origin="sandbox")

def stream(text):
    screen = NotebookScreen(get_ipython().display_pub)
    half = len(text) // 2
    for part in (text[:half], text[half:]):
        screen.text(part)
        time.sleep(0.05)
    screen.done(reply(text))

def show(texts):
    for text in texts:
        stream(text)  # each takes the place of the one before
    get_ipython().display_pub.clear_output()
    for text in texts:
        PlainScreen(get_ipython().display_pub, steady=False).done(reply(text))

payloads = json.loads(Path("payloads.json").read_text("utf-8"))
"""
DIRECT = "from IPython.display import Markdown\nMarkdown({!r})"
LEADING = "a[href^='http:'], a[href^='https:'], a[href^='mailto:'], a[href^='#']"
ACTIVE = "script, img, image, iframe, object, embed, video, audio, svg, form, input, style, link"
HTML_OF = "found => found.map(element => element.outerHTML)"
HANDLERS = "found => found.flatMap(element => element.getAttributeNames().filter(name => name.startsWith('on')))"
BESIDE = "found => found.map(link => link.closest('p, li, td, h1, h2, blockquote').textContent)"


@pytest.fixture(scope="module")
def counted() -> Iterator[Canary]:
    with canary() as counting:
        yield counting


@pytest.fixture(scope="module")
def hostile(counted: Canary) -> list[str]:
    return payloads(counted.url)


@pytest.fixture(scope="module")
def module_page(running_lab: Lab, show: Show, counted: Canary, hostile: list[str]) -> NotebookPage:
    (running_lab.notebooks / "payloads.json").write_text(json.dumps(hostile), encoding="utf-8")
    direct = DIRECT.format(f"![x]({counted.url}markdown) <img src={counted.url}html>")
    cells = [f"show(payloads[{start}:{start + PER_CELL}])" for start in range(0, len(hostile), PER_CELL)]
    return show(running_lab.put("hostile.ipynb", notebook(SHOW, direct, *cells)))


def test_a_canary_that_is_asked_says_so(opened: NotebookPage, counted: Canary) -> None:
    """The proof below would be worth nothing if Markdown as it came were harmless in JupyterLab."""
    opened.run(0, 1)
    opened.page.wait_for_timeout(SETTLE)
    assert sorted(counted.hits) == ["/html", "/markdown"]


def test_hostile_answers_do_nothing(opened: NotebookPage, counted: Canary, hostile: list[str]) -> None:
    assert len(hostile) >= 60
    counted.hits.clear()
    opened.run(0, *range(2, opened.cells.count()))
    opened.page.wait_for_timeout(SETTLE)
    shown = opened.panel.locator(".jp-RenderedMarkdown.jp-OutputArea-output:has(small)")
    expect(shown).to_have_count(len(hostile))
    assert shown.locator(ACTIVE).evaluate_all(HTML_OF) == []
    assert shown.locator(f"a:not({LEADING})").evaluate_all(HTML_OF) == []
    assert shown.locator("*").evaluate_all(HANDLERS) == []
    beside = shown.locator("a[href*='evil.example']").evaluate_all(BESIDE)
    assert beside
    assert [text for text in beside if "evil.example" not in text] == []
    assert counted.hits == []
