"""One notebook open in JupyterLab, as somebody sees and clicks it, and what its page did that nobody sees.

What it waits for is on the page; what it concludes from is on the page or in the saved file.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
from playwright.sync_api import ConsoleMessage, Dialog, Locator, Page, Route, expect

from tests.browser.lab import Lab

__all__ = ["WIDE", "NotebookPage", "Sample", "Watch"]

TIMEOUT = 15_000  # ms
WIDE = (1280, 900)
LOOPBACK = frozenset({"127.0.0.1", "localhost", None})  # no host: data: and blob: stay inside the page
BADGES = re.compile(r"\[!\[[^\]]*\]\((https://[^)\s]+)\)\]\(https://")
BLANK = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20"/>'
# Notes at each painted frame, when it differs from the one before: ms, characters of the output, its height.
SAMPLER = """(output) => {
    const samples = window.caicainiSamples = [];
    const note = () => {
        const last = samples.at(-1), length = output.textContent.length, height = output.offsetHeight;
        if (!last || last[1] !== length || last[2] !== height) samples.push([performance.now(), length, height]);
        requestAnimationFrame(note);
    };
    note();
}"""


@dataclass(frozen=True)
class Sample:
    """What one painted frame showed: when (milliseconds), characters, height in pixels."""

    at: float
    length: int
    height: int


@dataclass
class Watch:
    """What a page `done` that nobody sees: errors on its console, requests that leave the machine, dialogs.

    `badges` are the images that the notebook's own prose shows. Nothing does leave the machine: badges are answered
    with a blank image, every other foreign address with a failure.
    """

    badges: frozenset[str] = frozenset()
    done: list[str] = field(default_factory=list)

    def over(self, page: Page) -> Watch:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.done.append(f"error {error}"))
        page.on("dialog", self._dialog)
        page.route(lambda url: urlsplit(url).hostname not in LOOPBACK, self._foreign)
        return self

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.done.append(f"console {message.text}")

    def _foreign(self, route: Route) -> None:
        if route.request.url in self.badges:
            route.fulfill(content_type="image/svg+xml", body=BLANK)
        else:
            self.done.append(f"request {route.request.url}")
            route.abort()

    def _dialog(self, dialog: Dialog) -> None:
        self.done.append(f"dialog {dialog.message}")
        dialog.dismiss()


class NotebookPage:
    """Opened by `open`; cells are counted from 0 over the code cells only."""

    def __init__(self, page: Page, lab: Lab, notebook: str) -> None:
        self.page = page
        page.set_default_timeout(TIMEOUT)
        page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        self.watch = Watch(_badges(lab.notebooks / notebook)).over(page)
        self.panel = page.locator(".jp-NotebookPanel")
        self.cells = self.panel.locator(".jp-CodeCell")
        self._lab = lab
        self._file: Path = lab.notebooks / notebook
        self._notebook = notebook

    def open(self) -> NotebookPage:
        self.page.goto(self._lab.address(self._notebook))
        expect(self.cells.first).to_be_visible(timeout=TIMEOUT)
        self.wait_until_idle()
        return self

    def choose(self, *items: str) -> None:
        """Click through the menus: `choose("Run", "Run All Cells")`."""
        for item in items:
            exactly = re.compile(f"^{re.escape(item)}$")
            self.page.locator(".lm-MenuBar-itemLabel, .lm-Menu-itemLabel", has_text=exactly).last.click()

    def show_in(self, theme: str, size: Sequence[int]) -> None:
        """Choose the theme in the menu and the window's width and height."""
        self.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        self.choose("Settings", "Theme", theme)
        expect(self.page.locator(f"body[data-jp-theme-name='{theme}']")).to_be_attached(timeout=TIMEOUT)
        self.page.set_viewport_size({"width": size[0], "height": size[1]})

    def start(self, cell: int) -> None:
        """Click into a cell and press Ctrl+Enter; returns while it runs."""
        self.cells.nth(cell).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")

    def run(self, *cells: int) -> None:
        """Run cells to their end, one after the other."""
        for cell in cells:
            self.start(cell)
            self.finish(cell)

    def interrupt(self) -> None:
        """Press the toolbar's stop button."""
        self.panel.locator('.jp-Toolbar [data-command="notebook:interrupt-kernel"]').click()

    def prompt(self, cell: int) -> Locator:
        """The `[1]:` beside a cell; `[*]:` while it runs or waits."""
        return self.cells.nth(cell).locator(".jp-InputPrompt")

    def outputs(self, cell: int) -> Locator:
        return self.cells.nth(cell).locator(".jp-OutputArea-output")

    def output(self, cell: int) -> Locator:
        """The whole output area of a cell."""
        return self.cells.nth(cell).locator(".jp-OutputArea").first

    def finish(self, cell: int | None = None, *, seconds: float = 60) -> None:
        """Wait until a cell, or every cell, has run."""
        chosen = range(self.cells.count()) if cell is None else [cell]
        for number in chosen:
            expect(self.prompt(number)).to_have_text(re.compile(r"\[\d+\]:"), timeout=seconds * 1000)
        self.wait_until_idle()

    def wait_until_idle(self) -> None:
        """The status bar knows: the notebook's own indicator also says idle when there is no kernel yet."""
        expect(self.page.locator("#jp-bottom-panel").get_by_text("| Idle")).to_be_visible(timeout=TIMEOUT)

    def sample(self, cell: int) -> None:
        """Begin to record what each frame shows of a cell's output."""
        self.output(cell).evaluate(SAMPLER)

    def samples(self) -> list[Sample]:
        """What was recorded, oldest first."""
        return [Sample(*values) for values in self.page.evaluate("window.caicainiSamples")]

    def saved(self) -> list[Any]:
        """Save what has changed with Ctrl+S; the code cells in the file."""
        before = self._file.stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        until = time.monotonic() + TIMEOUT / 1000
        while self._file.stat().st_mtime_ns == before or not (cells := self.on_disk()):
            assert time.monotonic() < until, "the notebook was not saved"
            self.page.wait_for_timeout(20)
        return cells

    def on_disk(self) -> list[Any]:
        """The code cells in the file as it is; none while it is being written."""
        try:
            found = nbformat.read(self._file, as_version=4)  # type: ignore[no-untyped-call]
        except nbformat.reader.NotJSONError:
            return []
        return [cell for cell in found.cells if cell.cell_type == "code"]


def _badges(notebook: Path) -> frozenset[str]:
    """The images that a notebook's prose shows inside links."""
    found = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    prose = "\n".join(cell.source for cell in found.cells if cell.cell_type == "markdown")
    return frozenset(BADGES.findall(prose))
