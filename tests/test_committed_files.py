"""No committed file names a registry, a machine or a key; nothing is unfinished; no source is too long."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path, PurePath

import pytest

from tests.committed import FILE_LINES, FUNCTION_LINES, long_functions, too_long, words
from tests.conftest import need
from tests.imports import sources

ROOT = Path(__file__).parents[1]


def committed() -> list[PurePath]:
    """Every file that is committed or would be, relative to the project."""
    command = [need("git"), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [PurePath(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def text_of(path: PurePath) -> str | None:
    """The file's text, None where it is not text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def test_no_forbidden_word_is_committed() -> None:
    files = committed()
    assert PurePath("pyproject.toml") in files
    texts = {path: text for path in files if (text := text_of(path)) is not None}
    found = [fault for path, text in texts.items() for fault in words(path, text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("check", [too_long, long_functions])
def test_source_stays_short(check: Callable[[PurePath, str], list[str]]) -> None:
    found = [
        fault
        for path in sources()
        for fault in check(PurePath(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


PLANTED = {
    "registry": ("README.md", "pip install -i https://" + "pypi" + ".org/simple x"),
    "machine": ("Makefile", "cd /wo" + "rk/main"),
    "home": ("docs.md", "PYTHON=/ro" + "ot/.pyenv/bin/python"),
    "real key": ("tests/test_a.py", "key = '" + "cai_" + "api_" + "a1B-" * 8 + "'"),
    "other key": ("a.ipynb", "sk" + "-" + "a1B2" * 8),
    "sandbox key in a notebook": ("notebooks/a.ipynb", "cai_" + "api_sbx_" + "a1B-" * 7),
    "unfinished": ("caicaini_nb/a.py", "# TO" + "DO: later"),
    "hidden failure": ("Makefile", "pytest |" + "| true"),
}


@pytest.mark.parametrize(("path", "text"), PLANTED.values(), ids=PLANTED)
def test_a_planted_word_is_found(path: str, text: str) -> None:
    assert len(words(PurePath(path), f"first line\n{text}\n")) == 1


ALLOWED = {
    "sandbox key in a test": ("tests/test_a.py", "cai_" + "api_sbx_" + "a1B-" * 7),
    "shown prefix": ("README.md", "cai_" + "api_sbx_…"),
    "network path": ("README.md", "see docs/network/work/list and https://example.com/work/x"),
}


@pytest.mark.parametrize(("path", "text"), ALLOWED.values(), ids=ALLOWED)
def test_an_innocent_line_passes(path: str, text: str) -> None:
    assert words(PurePath(path), text) == []


def test_a_long_file_and_a_long_function_are_found() -> None:
    path = PurePath("caicaini_nb/a.py")
    body = "    x = 1\n"
    assert too_long(path, "\n" * FILE_LINES)
    assert too_long(path, "\n" * (FILE_LINES - 1)) == []
    assert long_functions(path, "def f():\n" + body * (FUNCTION_LINES - 1))
    assert long_functions(path, "def f():\n" + body * (FUNCTION_LINES - 2)) == []
