"""A hostile answer shown in JupyterLab asks nobody for anything, opens nothing, and shows where its links lead."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.canary import canary
from tests.browser.lab import Lab
from tests.browser.made import notebook
from tests.browser.notebook_page import NotebookPage
from tests.browser.payloads import payloads

PER_CELL = 12  # JupyterLab shows about fifty outputs of a cell
SETTLE = 500  # ms for an image that was let through to be asked for
SHOW = """\
import json, time
from pathlib import Path
from caicaini_nb.render import NotebookScreen
from caicaini_nb.reply import Choice, Reply, TextBlock

def show(text):
    screen = NotebookScreen(get_ipython().display_pub)
    half = len(text) // 2
    for part in (text[:half], text[half:]):
        screen.text(part)
        time.sleep(0.05)
    screen.done(Reply(choices=(Choice(0, (TextBlock(text),), "end_turn"),), model=text[:40], origin="sandbox"))

payloads = json.loads(Path("payloads.json").read_text("utf-8"))
"""
DIRECT = "from IPython.display import Markdown\nMarkdown({!r})"
ALLOWED = "a[href^='http:'], a[href^='https:'], a[href^='mailto:'], a[href^='#']"
ACTIVE = "script, img, image, iframe, object, embed, video, audio, svg, form, input, style, link"



def test_a_canary_that_is_asked_says_so(running_lab: Lab, show: Callable[..., NotebookPage]) -> None:
    """The proof below would be worth nothing if Markdown as it came were harmless in JupyterLab."""
    with canary() as counted:
        direct = DIRECT.format(f"![x]({counted.url}markdown) <img src={counted.url}html>")
        opened = show(running_lab.put("direct.ipynb", notebook(direct)))
        opened.run(1)
        opened.finish(1)
        opened.page.wait_for_timeout(SETTLE)
        assert sorted(counted.hits) == ["/html", "/markdown"]


def test_hostile_answers_do_nothing(running_lab: Lab, show: Callable[..., NotebookPage]) -> None:
    with canary() as counted:
        hostile = payloads(counted.url)
        assert len(hostile) >= 60
        (running_lab.notebooks / "payloads.json").write_text(json.dumps(hostile), encoding="utf-8")
        starts = range(0, len(hostile), PER_CELL)
        cells = [f"for payload in payloads[{start}:{start + PER_CELL}]:\n    show(payload)" for start in starts]
        opened = show(running_lab.put("hostile.ipynb", notebook(SHOW, *cells)))
        opened.run_all()
        opened.finish()
        for number in range(opened.cells.count()):
            opened.cells.nth(number).scroll_into_view_if_needed()
        opened.page.wait_for_timeout(SETTLE)

        shown = opened.panel.locator(".jp-RenderedMarkdown.jp-OutputArea-output")
        expect(shown).to_have_count(len(hostile))
        assert shown.locator(ACTIVE).evaluate_all("found => found.map(element => element.outerHTML)") == []
        acting = shown.locator(f"a:not({ALLOWED})")
        assert acting.evaluate_all("found => found.map(element => element.outerHTML)") == []
        handlers = "found => found.flatMap(e => e.getAttributeNames().filter(name => name.startsWith('on')))"
        assert shown.locator("*").evaluate_all(handlers) == []
        for link in shown.locator("a[href*='evil.example']").all():
            expect(link.locator("xpath=ancestor-or-self::*[self::p or self::a][1]")).to_contain_text("evil.example")
        assert counted.hits == []
    assert opened.watch.dialogs == []
