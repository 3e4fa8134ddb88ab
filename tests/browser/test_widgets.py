"""The live views as somebody uses them: JupyterLab and Notebook 7, by hand and keyboard, live and from the file."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Show
from tests.browser.lab import TOKEN, Lab
from tests.browser.made import notebook
from tests.browser.notebook_page import TIMEOUT, NotebookPage
from tests.browser.reopened import reopened

NAME = "widgets.ipynb"
CELLS = {
    "load": "%load_ext caicaini_nb\nfrom caicaini_nb import compare, connect\nfrom caicaini_nb.widgets import *\n"
    "client = connect()\nsaid = compare('Count to 9.', ['caicaini/haiku', 'caicaini/opus'])",
    "meter": "%caicaini meter",
    "call": "%%caicaini --model caicaini/haiku\nWhat is 17 * 23?",
    "dashboard": "UsageDashboard(client)",
    "picker": "picker = ModelPicker(client)\npicker",
    "counter": "TokenCounter(client)",
    "panel": "ChatPanel(client)",
}
CELL = {name: number for number, name in enumerate(CELLS)}
VIEWS = ("meter", "dashboard", "picker", "counter", "panel")
SERIOUS = ("serious", "critical")
# Asked for a model that ended with its kernel, the widget manager says so on the console; nothing of ours does.
GONE = re.compile(r"console Error: widget model not found")


@pytest.fixture(scope="module")
def module_page(running_lab: Lab, show: Show) -> NotebookPage:
    opened = show(running_lab.put(NAME, notebook(*CELLS.values())))
    opened.run(CELL["load"], *(CELL[view] for view in VIEWS))
    return opened


def live(opened: NotebookPage, view: str) -> Locator:
    """The live part of a view, once it is there."""
    found = opened.output(CELL[view]).locator(".caicaini-live")
    found.scroll_into_view_if_needed(timeout=TIMEOUT)
    return found


def tile(meter: Locator, name: str) -> Locator:
    return meter.locator(".tile", has_text=name)


def faults(page: Any) -> list[str]:
    """What axe calls serious in the outputs; rules that JupyterLab's own frame breaks are not ours."""
    found = Axe().run(page, context={"include": [[".caicaini"]]})
    return [
        f"{fault['id']}: {node['html'][:120]}"
        for fault in found.response["violations"]
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]


def test_a_call_moves_the_meter(opened: NotebookPage) -> None:
    meter = live(opened, "meter")
    expect(tile(meter, "this kernel")).to_contain_text("2 calls")
    expect(opened.output(CELL["meter"]).locator(".caicaini-twin")).to_be_hidden()
    opened.run(CELL["call"])
    expect(tile(meter, "this kernel")).to_contain_text("3 calls")
    expect(tile(meter, "last call")).to_contain_text("2 credits")


def test_the_reset_counts_down_by_itself(opened: NotebookPage) -> None:
    opened.run(CELL["call"])
    clock = live(opened, "meter").locator("[data-left]")
    before = int(re.sub(r"\D", "", clock.inner_text()))
    expect(clock).to_have_text(f"reset in {before - 2} s", timeout=TIMEOUT)


def test_the_dashboard_answers_the_keyboard(opened: NotebookPage) -> None:
    dashboard = live(opened, "dashboard")
    expect(dashboard.locator("tbody th")).to_have_text(["caicaini/opus", "caicaini/haiku"])
    expect(dashboard.locator("svg")).to_have_attribute("aria-label", re.compile("Credits by model.*2 bars"))
    dashboard.get_by_label("By", exact=True).focus()
    opened.page.keyboard.press("ArrowDown")
    expect(dashboard.locator("tbody th")).to_have_text([re.compile(r"20\d\d-\d\d-\d\d")])
    expect(dashboard.locator("svg")).to_have_attribute("aria-label", re.compile("Credits by day.*1 bars"))
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("ArrowDown")
    expect(dashboard.locator("svg")).to_have_attribute("aria-label", re.compile("Tokens by day"))
    with opened.page.expect_download() as download:
        dashboard.get_by_text("Export CSV").press("Enter")
    assert download.value.suggested_filename == "usage-by-day-caicaini.csv"
    dashboard.get_by_role("tab", name="Reconcile").click()
    dashboard.get_by_text("Ask the service").press("Enter")
    expect(dashboard.get_by_text("Ledger and service agree")).to_be_visible()
    dashboard.get_by_role("tab", name="Usage").click()


def test_a_model_is_picked_a_text_counted_an_answer_stopped(opened: NotebookPage) -> None:
    picker = live(opened, "picker")
    picker.get_by_label("thinking").check()
    expect(picker.locator("option")).to_have_count(4)
    picker.get_by_label("Model").select_option("caicaini/opus")
    expect(picker.locator("table")).to_contain_text("32,768")

    counter = live(opened, "counter")
    counter.get_by_label("Text").fill("How many tokens is this?")
    expect(tile(counter, "tokens")).to_have_text(re.compile(r"tokens\d+"))

    panel = live(opened, "panel")
    panel.get_by_label("Message").fill("What is 12 * 12?")
    panel.get_by_role("button", name="Send").press("Enter")
    expect(panel.locator("[role=log]")).to_contain_text("12 * 12 = 144")
    before = opened.cells.count()
    panel.get_by_role("button", name="To a cell").click()
    expect(opened.cells).to_have_count(before + 1)
    expect(opened.cells.last.locator(".cm-content")).to_contain_text("What is 12 * 12?")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_nothing_serious_stands_in_anybodys_way(opened: NotebookPage, theme: str) -> None:
    opened.show_in(theme, (1280, 2600))  # all views in sight: what is out of it is not looked at
    for view in VIEWS:
        expect(live(opened, view)).to_be_visible()
    assert faults(opened.page) == []


@pytest.mark.parametrize("trusted", [True, False], ids=["one's own", "another's"])
def test_the_file_shows_its_numbers_without_a_kernel(
    opened: NotebookPage, running_lab: Lab, browser: BrowserContext, trusted: bool
) -> None:
    opened.saved() if trusted else None
    with reopened(running_lab, browser, NAME, trusted=trusted) as (page, watch):
        page.set_viewport_size({"width": 1280, "height": 2600})
        twins = page.locator(".caicaini-twin")
        expect(twins).to_have_count(len(VIEWS))
        for text in ("this kernel", "Tokens by day", "caicaini/opus", "characters", "12 * 12 = 144"):
            expect(twins.filter(has_text=text).first).to_be_visible()
        page.wait_for_timeout(2500)  # as long as the widget manager looks for a model
        for text in ("Loading widget", "Error displaying widget"):
            for one in page.get_by_text(text).all():
                expect(one).to_be_hidden()
        assert [one for one in watch.done if not GONE.match(one)] == []
        assert faults(page) == []


def run_all(page: Page) -> None:
    """Choose it in the menu. Notebook 7 says idle before its kernel listens, and drops what is run until then."""
    begun = page.locator(".jp-InputPrompt", has_text=re.compile(r"\[(\*|\d+)\]"))
    for _ in range(10):
        for item in ("Run", "Run All Cells"):
            page.locator(".lm-MenuBar-itemLabel, .lm-Menu-itemLabel", has_text=re.compile(f"^{item}$")).last.click()
        with suppress(AssertionError):
            return expect(begun.first).to_be_visible(timeout=TIMEOUT / 3)
    raise AssertionError("no cell began to run")


def test_notebook_7_shows_them_too(running_lab: Lab, browser: BrowserContext) -> None:
    cells = [CELLS[name] for name in ("load", "meter", "call", "dashboard")]
    name = running_lab.put("widgets_in_notebook.ipynb", notebook(*cells))
    page = browser.new_page()
    page.goto(f"{running_lab.url}notebooks/{name}?token={TOKEN}")
    expect(page.locator(".jp-CodeCell").first).to_be_visible(timeout=4 * TIMEOUT)
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_attached(timeout=4 * TIMEOUT)
    run_all(page)
    views = page.locator(".caicaini-live")
    expect(tile(views.first, "this kernel")).to_contain_text("3 calls", timeout=4 * TIMEOUT)
    expect(views.nth(1).locator("tbody th").first).to_have_text("caicaini/opus", timeout=4 * TIMEOUT)
    expect(page.locator(".caicaini-twin").first).to_be_hidden()
    assert faults(page) == []
    page.close()
