"""One JupyterLab for all browser tests of a worker, one Chromium for each module, one page for each test.

Playwright's loop runs in the test's thread while it is open, and no other module may find it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, sync_playwright

from tests.browser.lab import Lab, lab
from tests.browser.notebook_page import NotebookPage
from tests.conftest import need

__all__: list[str] = []

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
WIDE = (1280, 900)


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


@pytest.fixture
def show(running_lab: Lab, browser: BrowserContext) -> Iterator[Callable[..., NotebookPage]]:
    """Open a notebook of the lab's folder in a page of its own: `show(name, size=(width, height))`."""
    opened: list[NotebookPage] = []

    def open_notebook(name: str, size: tuple[int, int] = WIDE) -> NotebookPage:
        page = browser.new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        opened.append(NotebookPage(page, running_lab, name))
        return opened[-1].open()

    yield open_notebook
    for notebook in opened:
        notebook.page.close()
        assert notebook.watch.errors == []
        assert notebook.watch.foreign == []
        assert notebook.watch.dialogs == []


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    folder = tmp_path / "screenshots"
    folder.mkdir()
    return folder
