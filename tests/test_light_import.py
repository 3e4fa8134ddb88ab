"""Importing the package and loading the extension stay light: what is heavy waits until it is used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "asyncio",
    "httpx",
    "ipywidgets",
    "matplotlib",
    "msgspec",
    "numpy",
    "pandas",
    "platformdirs",
    "sqlite3",
    "starlette",
    "tiktoken",
    "uvicorn",
}

IMPORT = """
import sys
before = set(sys.modules)
import caicaini_nb
print(*sorted(set(sys.modules) - before))
"""

# IPython brings sqlite3 and asyncio of its own, so only what the extension adds is counted.
LOAD = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
before = set(sys.modules)
shell.run_line_magic("load_ext", "caicaini_nb")
added = set(sys.modules) - before
assert "caicaini" in shell.magics_manager.magics["cell"], "the cell magic is not registered"
assert "caicaini" in shell.magics_manager.magics["line"], "the line magic is not registered"
print(*sorted(added))
"""


def added(program: str, folder: Path) -> set[str]:
    """The modules that the program says it added, from a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("program", [IMPORT, LOAD], ids=["import", "load_ext"])
def test_nothing_heavy_is_loaded(program: str, tmp_path: Path) -> None:
    names = added(program, tmp_path)
    assert "caicaini_nb" in names
    assert {name.split(".")[0] for name in names} & HEAVY == set()


def test_the_check_sees_a_heavy_module(tmp_path: Path) -> None:
    names = added(IMPORT.replace("import caicaini_nb", "import sqlite3"), tmp_path)
    assert {name.split(".")[0] for name in names} & HEAVY == {"sqlite3"}
