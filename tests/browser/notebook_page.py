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
from playwright.sync_api import ConsoleMessage, Dialog, Locator, Page, Request, expect

from tests.browser.lab import Lab

__all__ = ["NotebookPage", "Watch"]

TIMEOUT = 30_000  # ms
LOOPBACK = frozenset({"127.0.0.1", "localhost", ""})  # no host: data: and blob: stay inside the page
# What a page of JupyterLab alone says, narrowly, with the reason.
TOLERATED: Sequence[tuple[re.Pattern[str], str]] = ()
# Samples the length of an output's text whenever the page changes, with the time in ms.
SAMPLER = """(output) => {
    const samples = [[performance.now(), output.innerText.length]];
    const observer = new MutationObserver(() => samples.push([performance.now(), output.innerText.length]));
    observer.observe(output, {childList: true, subtree: true, characterData: true});
    window.caicainiSamples = samples;
}"""


@dataclass
class Watch:
    """What a page did: errors on its console, hosts it asked that are not this machine, dialogs it opened."""

    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def over(self, page: Page) -> Watch:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._request)
        page.on("dialog", self._dialog)
        return self

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(pattern.search(message.text) for pattern, _ in TOLERATED):
            self.errors.append(message.text)

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in LOOPBACK | {None}:
            self.foreign.append(request.url)

    def _dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


class NotebookPage:
    """Opened by `open`; cells are counted from 0 over the code cells only."""

    def __init__(self, page: Page, lab: Lab, notebook: str) -> None:
        self.page = page
        self.watch = Watch().over(page)
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

    def run_all(self) -> None:
        """Choose Run All Cells in the menu."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    def run(self, cell: int) -> None:
        """Click into a cell and press Ctrl+Enter; returns while it runs."""
        self.cells.nth(cell).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")

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
        indicator = self.panel.locator(".jp-Notebook-ExecutionIndicator")
        expect(indicator).to_have_attribute("data-status", "idle", timeout=TIMEOUT)

    def sample(self, cell: int) -> None:
        """Begin to record how long the text of a cell's output is."""
        self.output(cell).evaluate(SAMPLER)

    def samples(self) -> list[tuple[float, int]]:
        """What was recorded: milliseconds and characters."""
        return [(at, length) for at, length in self.page.evaluate("window.caicainiSamples")]

    def saved(self) -> Any:
        """Save with Ctrl+S and read the file."""
        before = self._file.stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        until = time.monotonic() + TIMEOUT / 1000
        while self._file.stat().st_mtime_ns == before:
            assert time.monotonic() < until, "the notebook was not saved"
            self.page.wait_for_timeout(20)
        self.page.wait_for_timeout(100)
        return nbformat.read(self._file, as_version=4)  # type: ignore[no-untyped-call]
