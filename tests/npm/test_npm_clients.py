"""Clients from npm against the sandbox, on the machine's Node.js; each `.test.mjs` holds the checks of one client.

The packages are installed from `package-lock.json`, which names no registry, into the user's cache folder; no script of
theirs runs.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from caicaini_nb.recipes.installing import npm_packages
from caicaini_nb.sandbox import Sandbox
from tests.conftest import need
from tests.installation import clean_environment

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
# client → how many checks it passes
CLIENTS = {"openai": 14, "anthropic": 12, "ai_sdk": 11}


@pytest.fixture
def box(sandbox: Sandbox) -> Iterator[Sandbox]:
    """The session's sandbox with room for every call of a client."""
    sandbox.set_tier("enterprise", requests=100_000, input_tokens=10**9, streams=20)
    yield sandbox
    sandbox.set_tier("pay_as_you_go")


@pytest.mark.parametrize("client", CLIENTS)
def test_the_client_finds_nothing_missing(box: Sandbox, client: str, tmp_path: Path) -> None:
    node = need("node")
    packages = npm_packages("clients", HERE)
    (tmp_path / "node_modules").symlink_to(packages / "node_modules", target_is_directory=True)
    for module in HERE.glob("*.mjs"):
        shutil.copy2(module, tmp_path / module.name)
    done = subprocess.run(
        [node, "--test", "--test-reporter=tap", f"{client}.test.mjs"],
        cwd=tmp_path,
        env=clean_environment(tmp_path)
        | {
            "CAICAINI_BASE": box.base_url,
            "CAICAINI_CAILAG_BASE": box.cailag_base_url,
            "CAICAINI_API_KEY": box.api_key,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    counts = {name: int(number) for name, number in re.findall(r"^# (\w+) (\d+)$", done.stdout, re.MULTILINE)}
    assert done.returncode == 0, done.stdout + done.stderr
    assert (counts["pass"], counts["fail"], counts["skipped"]) == (CLIENTS[client], 0, 0), done.stdout


def test_the_lock_names_no_registry() -> None:
    lock = (HERE / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert "registry" not in lock
    assert lock.count('"integrity"') == lock.count('"node_modules/')
