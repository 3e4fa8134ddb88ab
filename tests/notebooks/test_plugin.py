"""Notebooks under nbval as `make notebooks` runs them: a changed output fails, no user setting gets in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SHOW = """\
import os
names = sorted(name for name in os.environ if name.startswith(("CAICAINI_", "CAILAG_")))
print(*names)
print(os.environ["CAICAINI_PLAIN"], os.path.basename(os.environ["JPY_SESSION_NAME"]))
print("msg_" + os.urandom(8).hex())
"""
SHOWN = (
    "CAICAINI_CACHE CAICAINI_JOBS CAICAINI_LEDGER CAICAINI_PACING CAICAINI_PLAIN"
    " CAICAINI_SANDBOX_ENGINE CAICAINI_SANDBOX_HOME\n"
    "1 01_show_settings.ipynb\nmsg_0123456789abcdef\n"
)


def notebook(folder: Path, text: str) -> Path:
    """Write a notebook of one cell that is said to have printed the text."""
    output = {"output_type": "stream", "name": "stdout", "text": text}
    cell = {
        "cell_type": "code",
        "id": "show",
        "metadata": {},
        "execution_count": 1,
        "outputs": [output],
        "source": SHOW,
    }
    path = folder / "01_show_settings.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}))
    return path


def validate(path: Path) -> subprocess.CompletedProcess[str]:
    """Run one notebook the way the Makefile does."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.notebooks.plugin",
        "--nbval",
        "--nbval-current-env",
    ]
    command += ["--nbval-sanitize-with", str(ROOT / "tests/notebooks/sanitize.cfg"), "-p", "no:cacheprovider"]
    variables = os.environ | {"CAICAINI_API_KEY": "not for notebooks", "CAILAG_BASE": "nowhere"}
    return subprocess.run(
        [*command, str(path)],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.slow
def test_a_notebook_runs_plain_and_keyless_and_may_differ_in_ids(tmp_path: Path) -> None:
    done = validate(notebook(tmp_path, SHOWN))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


@pytest.mark.slow
def test_a_changed_output_fails(tmp_path: Path) -> None:
    done = validate(notebook(tmp_path, SHOWN.replace("CAICAINI_PLAIN", "CAICAINI_FANCY")))
    assert done.returncode == 1
    assert "1 failed" in done.stdout
