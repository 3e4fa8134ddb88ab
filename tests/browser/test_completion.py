"""Tab on the first line, as somebody presses it in JupyterLab."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Show
from tests.browser.lab import Lab
from tests.browser.made import notebook
from tests.browser.notebook_page import NotebookPage

CELLS = ("%load_ext caicaini_nb\ndef weather(place: str): ...", "%%caicaini --surf")


@pytest.fixture(scope="module")
def module_page(running_lab: Lab, show: Show) -> NotebookPage:
    opened = show(running_lab.put("completion.ipynb", notebook(*CELLS)))
    opened.run(0)
    return opened


@pytest.mark.needs("browser")
def test_tab_completes_an_option_then_its_values(opened: NotebookPage) -> None:
    keyboard = opened.page.keyboard
    line = opened.cells.nth(1).locator(".cm-content")
    offered = opened.page.locator(".jp-Completer:not(.lm-mod-hidden) .jp-Completer-match")
    line.click()
    keyboard.press("Control+End")
    keyboard.press("Tab")
    expect(offered).to_have_text(["--surface"])
    keyboard.press("Enter")
    expect(line).to_have_text("%%caicaini --surface")

    keyboard.type(" ")
    keyboard.press("Tab")
    expect(offered.nth(0)).to_have_text("messages")  # below these JupyterLab offers words of the cell itself
    expect(offered.nth(1)).to_have_text("chat")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(line).to_have_text("%%caicaini --surface chat")

    keyboard.type(" --tools wea")
    keyboard.press("Tab")
    expect(offered.first).to_have_text("weather")
    keyboard.press("Enter")
    expect(line).to_have_text("%%caicaini --surface chat --tools weather")
