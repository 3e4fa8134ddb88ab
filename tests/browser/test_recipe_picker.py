"""The recipe picker by hand and by keyboard: choose, read, copy, and what stays in the file."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Show
from tests.browser.lab import Lab
from tests.browser.made import notebook
from tests.browser.notebook_page import TIMEOUT, NotebookPage

CELLS = ["%load_ext caicaini_nb", "%caicaini recipe openai-python", "%caicaini recipe openai-pyton"]


@pytest.fixture(scope="module")
def module_page(running_lab: Lab, show: Show) -> NotebookPage:
    opened = show(running_lab.put("recipes.ipynb", notebook(*CELLS)))
    opened.run(0, 1)
    return opened


@pytest.fixture
def picker(opened: NotebookPage) -> Locator:
    """The live part, once it is there."""
    found = opened.output(1).locator(".caicaini-live")
    found.scroll_into_view_if_needed(timeout=TIMEOUT)
    return found


def test_another_provider_has_its_own_models_base_and_key(picker: Locator) -> None:
    expect(picker.locator("pre")).to_contain_text('base_url="https://caicaini.com/v1"')
    picker.get_by_label("Provider").select_option("cailag")
    expect(picker.locator("pre")).to_contain_text('base_url="https://cailag.xin/v1"')
    expect(picker.locator("pre")).to_contain_text('os.environ["CAILAG_API_KEY"]')
    expect(picker.get_by_label("Model").locator("option")).to_have_count(70)
    picker.get_by_label("Model").select_option("glm-4-flash")
    expect(picker.locator("pre")).to_contain_text('MODEL = "glm-4-flash"')


def test_a_base_that_is_none_is_told_and_changes_nothing(picker: Locator) -> None:
    picker.get_by_label("Base").fill("not a base")
    picker.get_by_label("Base").press("Enter")
    expect(picker.get_by_role("status")).to_contain_text("is not a base")
    expect(picker.locator("pre")).to_contain_text("https://cailag.xin/v1")
    expect(picker.get_by_label("Base")).to_have_value("https://cailag.xin/v1")


def test_it_copies_what_it_shows(opened: NotebookPage, picker: Locator) -> None:
    opened.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = picker.get_by_role("button", name="Copy chat.py")
    button.focus()
    button.press("Enter")
    expect(button).to_have_text("Copied")
    copied = opened.page.evaluate("navigator.clipboard.readText()")
    assert copied == picker.locator("pre").text_content()
    assert "cailag.xin" in copied


def test_another_tool_keeps_provider_and_model(picker: Locator) -> None:
    picker.get_by_label("Tool").select_option("fetch")
    expect(picker.locator("pre")).to_have_count(4)
    expect(picker.get_by_label("Model")).to_have_value(re.compile(".*"))
    expect(picker.locator("pre").first).to_contain_text("class Client")


def test_nothing_serious_stands_in_the_way(opened: NotebookPage, picker: Locator) -> None:
    found = Axe().run(opened.page, context={"include": [[".caicaini"]]})
    serious = [fault for fault in found.response["violations"] if fault["impact"] in ("serious", "critical")]
    assert [f"{fault['id']}: {fault['nodes'][0]['html'][:120]}" for fault in serious] == []


def test_the_files_stay_in_the_notebook(opened: NotebookPage, picker: Locator) -> None:
    cell = opened.saved()[1]
    html = "".join(output.data.get("text/html", "") for output in cell.outputs)
    assert "chat.py" in html or "client.ts" in html
    assert "proof" in html
    assert "onclick" not in html


def test_a_mistake_names_what_is_near(opened: NotebookPage) -> None:
    opened.run(2)
    expect(opened.output(2)).to_contain_text("Did you mean openai-python")
