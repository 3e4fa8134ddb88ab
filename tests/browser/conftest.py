"""One JupyterLab for all browser tests of a worker, one Chromium for each module, one page for each test.

Playwright's loop runs in the test's thread while it is open, and no other module may find it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest
from playwright.sync_api import BrowserContext, sync_playwright

from tests.browser.lab import Lab, lab
from tests.browser.notebook_page import NotebookPage
from tests.conftest import need

__all__ = ["Show"]

Show: TypeAlias = Callable[[str], NotebookPage]

# --no-sandbox: tests in a container often run as root. The rest keeps the browser from calling home.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def running_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    need("browser")
    with lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserContext]:
    """A profile whose cache the module's pages share: JupyterLab's scripts are many megabytes."""
    executable = need("browser")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        yield launched.new_context()
        launched.close()


@pytest.fixture(scope="module")
def show(running_lab: Lab, browser: BrowserContext) -> Iterator[Show]:
    """Open a notebook of the lab's folder in a page of its own: `show(name)`. Opening takes seconds: once a module."""
    opened: list[NotebookPage] = []

    def open_notebook(name: str) -> NotebookPage:
        opened.append(NotebookPage(browser.new_page(), running_lab, name))
        return opened[-1].open()

    yield open_notebook
    for notebook in opened:
        notebook.page.close()


@pytest.fixture
def opened(module_page: NotebookPage) -> Iterator[NotebookPage]:
    """The module's page; whatever it did that nobody saw fails the test that made it do so."""
    yield module_page
    done, module_page.watch.done = module_page.watch.done, []
    assert done == []
