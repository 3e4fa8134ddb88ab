"""A saved notebook as somebody meets it later: opened without a kernel, from a source one trusts or does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import nbformat
from nbformat.sign import NotebookNotary
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.lab import Lab
from tests.browser.notebook_page import Watch

__all__ = ["reopened"]


@contextmanager
def reopened(lab: Lab, browser: BrowserContext, name: str, *, trusted: bool) -> Iterator[tuple[Page, Watch]]:
    """A page with a copy of the lab's notebook `name`, and no kernel; what the page did that nobody sees."""
    saved: Any = json.loads((lab.notebooks / name).read_text(encoding="utf-8"))
    saved["metadata"]["kernelspec"] = {"name": "nowhere", "display_name": "Nowhere"}
    copy = lab.put(f"{'trusted' if trusted else 'foreign'}_{name}", saved)
    if trusted:
        notary: Any = NotebookNotary(data_dir=str(lab.settings.parent / "data"))  # type: ignore[no-untyped-call]
        notary.sign(nbformat.read(lab.notebooks / copy, as_version=4))  # type: ignore[no-untyped-call]
        notary.store.close()
    page = browser.new_page()
    try:
        watch = Watch().over(page)
        page.goto(lab.address(copy))
        page.get_by_role("button", name="No Kernel", exact=True).click(timeout=60_000)
        expect(page.locator(".jp-CodeCell").first).to_be_visible(timeout=60_000)
        yield page, watch
    finally:
        page.close()
