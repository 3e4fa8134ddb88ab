"""A real JupyterLab on a loopback port, with every folder it writes to in one place.

It refuses to share anything with the user: settings, workspaces, kernels' ledger and sandbox are its own, and ended
with it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import OURS

__all__ = ["Lab", "lab"]

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0
FOLDERS = {
    "HOME": "home",
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "IPYTHONDIR": "ipython",
    "XDG_DATA_HOME": "share",
    "XDG_CONFIG_HOME": "home/config",
    "XDG_CACHE_HOME": "home/cache",
    "CAICAINI_SANDBOX_HOME": "sandbox",
}
TOKEN = "proof"
QUIET = (
    "--LabApp.news_url=None",
    "--LabApp.extension_manager=readonly",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)


@dataclass(frozen=True)
class Lab:
    """A running server: `url` of its root, the folder of `notebooks` it shows (a copy), its `ledger` file."""

    url: str
    notebooks: Path
    ledger: Path
    settings: Path

    def address(self, notebook: str) -> str:
        """The page that shows one notebook and no other document."""
        return f"{self.url}doc/tree/{notebook}?reset&token={TOKEN}"

    def put(self, name: str, notebook: Mapping[str, Any]) -> str:
        """Add a notebook to the folder."""
        (self.notebooks / name).write_text(json.dumps(notebook), encoding="utf-8")
        return name

    def set(self, name: str, values: Mapping[str, Any]) -> None:
        """Write one of the application's own settings, as its settings editor does."""
        folder = self.settings / "@jupyterlab" / "apputils-extension"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.jupyterlab-settings").write_text(json.dumps(values), encoding="utf-8")


@contextmanager
def lab(folder: Path) -> Iterator[Lab]:
    """Start one with a copy of the project's notebooks; ends the server, its kernels and their sandbox."""
    for name in FOLDERS.values():
        (folder / name).mkdir(parents=True)
    notebooks = folder / "notebooks"
    shutil.copytree(ROOT / "notebooks", notebooks)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    environment |= {name: str(folder / place) for name, place in FOLDERS.items()}
    environment["CAICAINI_LEDGER"] = str(folder / "ledger.db")
    with open(folder / "server.log", "wb") as log:
        server = subprocess.Popen(_command(notebooks), cwd=notebooks, env=environment, stdout=log, stderr=log)
        try:
            url = _url(server, folder)
            running = Lab(url, notebooks, folder / "ledger.db", folder / "settings")
            running.set("notification", {"fetchNews": "false"})  # else its question lies over the notebook
            yield running
        finally:
            server.terminate()
            server.wait(START_SECONDS)
            stop = [sys.executable, "-m", "caicaini_nb.sandbox", "stop"]
            subprocess.run(
                stop, env=environment, capture_output=True, check=False
            )  # none runs if no cell asked for one


def _command(notebooks: Path) -> list[str]:
    options = ("--no-browser", "--ServerApp.port=0", "--ServerApp.ip=127.0.0.1", f"--IdentityProvider.token={TOKEN}")
    # Chromium's own sandbox aside, a container's tests often run as root.
    return [sys.executable, "-m", "jupyterlab", *options, "--allow-root", f"--notebook-dir={notebooks}", *QUIET]


def _url(server: subprocess.Popen[bytes], folder: Path) -> str:
    """The server's address, from its runtime file, once it answers."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        for path in (folder / "runtime").glob("jpserver-*.json"):
            if (url := _answering(path)) is not None:
                return url
        time.sleep(0.05)
    raise RuntimeError(f"JupyterLab did not start:\n{(folder / 'server.log').read_text(encoding='utf-8')[-2000:]}")


def _answering(path: Path) -> str | None:
    try:
        url = str(json.loads(path.read_text(encoding="utf-8"))["url"])
        with urllib.request.urlopen(f"{url}api/status?token={TOKEN}", timeout=5):
            return url
    except (OSError, ValueError):
        return None
