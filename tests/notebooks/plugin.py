"""A pytest plugin for nbval: each notebook runs plain, keyless, with a ledger and a sandbox of its own.

The Makefile names it with `-p tests.notebooks.plugin`. It acts before nbval starts a notebook's kernel, which
takes the environment over, and it ends the notebook's sandbox after its last cell.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from caicaini_nb.sandbox import process

__all__ = ["NotebookEnvironment", "pytest_configure"]

OURS = ("CAICAINI_", "CAILAG_")
STOP = [sys.executable, "-m", "caicaini_nb.sandbox", "stop"]


def environment(notebook: Path, folder: Path) -> dict[str, str]:
    """The variables one notebook runs with; `folder` takes all that it leaves behind."""
    return {
        "CAICAINI_PLAIN": "1",
        "CAICAINI_CACHE": str(folder / "replies.sqlite"),
        "CAICAINI_JOBS": str(folder / "jobs"),
        "CAICAINI_LEDGER": str(folder / "ledger.sqlite"),
        "CAICAINI_PACING": str(folder / "pacing.sqlite"),
        "CAICAINI_SANDBOX_HOME": str(folder / "sandbox"),
        "CAICAINI_SANDBOX_ENGINE": "rules",
        "IPYTHONDIR": str(folder / "ipython"),
        "JPY_SESSION_NAME": str(notebook),
        "JUPYTER_PLATFORM_DIRS": "1",
    }


class NotebookEnvironment:
    """Sets and resets the environment as the run goes from notebook to notebook."""

    def __init__(self) -> None:
        self._current: Path | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._patch = pytest.MonkeyPatch()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Enter a notebook's environment before its first cell."""
        if item.path.suffix == ".ipynb" and item.path != self._current:
            self._enter(item.path)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Leave it after its last."""
        if self._current is not None and (nextitem is None or nextitem.path != self._current):
            self._leave()

    def _enter(self, notebook: Path) -> None:
        self._current = notebook
        self._folder = tempfile.TemporaryDirectory(prefix="caicaini-notebook-")
        for name in list(os.environ):
            if name.startswith(OURS):
                self._patch.delenv(name)
        for name, value in environment(notebook, Path(self._folder.name)).items():
            self._patch.setenv(name, value)

    def _leave(self) -> None:
        # A sandbox left alone ends by itself only after idle minutes, when its folder is long gone.
        if process.find() is not None:
            subprocess.run(STOP, check=True, capture_output=True, timeout=60)
        self._patch.undo()
        self._current = None
        if self._folder is not None:
            self._folder.cleanup()


def pytest_configure(config: pytest.Config) -> None:
    """Register the plugin's state with this run."""
    config.pluginmanager.register(NotebookEnvironment(), "notebook-environment")
