"""The usage meter: what it costs the kernel that makes calls, and how soon a call moves it on the page."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import expect, sync_playwright

from tests.benchmarks.kernel import Kernel, kernel
from tests.benchmarks.rounds import Figure, Reach
from tests.benchmarks.setting import Setting
from tests.browser.conftest import ARGUMENTS
from tests.browser.lab import lab
from tests.browser.made import notebook
from tests.browser.notebook_page import NotebookPage
from tests.conftest import find_browser

__all__ = ["measure"]

LOAD = """\
import time
from statistics import median
from caicaini_nb import connect
from caicaini_nb.widgets import UsageMeter
client = connect()
def finish():
    time.sleep(0.11)  # so that each is painted at once and none with the next
    row = client.ledger.begin(provider="caicaini", origin="hosted", surface="messages", operation="a", model="m")
    begun = time.process_time()
    client.ledger.finish(row, "ok", credits=1, input_tokens=9, output_tokens=9, total_ms=1.0)
    return (time.process_time() - begun) * 1000
"""
ROWS = 15
CALL = "reply = client.send('What is 17 * 23?')\nended = time.time()\nended"
# Notes when the page shows another text in the tile, in seconds since 1970: kernel and browser share a clock here.
WATCH = """(tile) => {
    const live = document.querySelector(".caicaini-live");
    const calls = () => /this kernel.*?call/.exec(live.textContent)?.[0];
    let last = calls();
    window.moved = [];
    new MutationObserver(() => {
        if (calls() !== last) window.moved.push(Date.now() / 1000);
        last = calls();
    }).observe(live, { childList: true, subtree: true, characterData: true });
}"""


def measure(setting: Setting) -> Iterator[Figure]:
    rounds = setting.rounds(7)
    with kernel(setting.folder, CAICAINI_BASE=setting.base, CAICAINI_API_KEY=setting.key) as running:
        running.run(LOAD)
        bare = [_finish(running) for _ in range(rounds)]
        running.run("meter = UsageMeter(client)\nmeter")
        shown = [_finish(running) for _ in range(rounds)]
    yield Figure("a call's row completed, with a meter on screen, kernel CPU", "ms", shown, bare, "without", Reach(2))
    if (executable := find_browser()) is not None:
        lags = list(_lags(setting, executable, rounds))
        yield Figure("from a call's end to the meter's move in JupyterLab", "ms", lags, reach=Reach(300))


def _finish(running: Kernel) -> float:
    return float(running.value(f"median(finish() for _ in range({ROWS}))"))


def _lags(setting: Setting, executable: str, rounds: int) -> Iterator[float]:
    """Milliseconds, one for each call; the first is made before, so that everything is loaded."""
    with lab(setting.folder / "lab") as running, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        name = running.put("meter.ipynb", notebook(LOAD, "UsageMeter(client)", CALL))
        page = NotebookPage(browser.new_page(), running, name).open()
        page.run(0, 1, 2)
        tile = page.output(1).locator(".tile", has_text="this kernel")
        tile.evaluate(WATCH)
        for number in range(rounds):
            page.page.evaluate("window.moved.length = 0")
            page.run(2)
            expect(tile).to_contain_text(f"{number + 2} calls")
            moved = min(page.page.evaluate("window.moved"))
            ended = float(page.outputs(2).inner_text())
            page.page.wait_for_timeout(1000)  # for what JupyterLab still does after a cell
            yield (moved - ended) * 1000
        browser.close()
