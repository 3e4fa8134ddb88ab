"""A key in a file: only when asked for, for its owner only, and never in a git work tree."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from caicaini_nb.errors import ConfigurationError
from caicaini_nb.recipes.choice import choose
from caicaini_nb.recipes.recipe import Recipe
from caicaini_nb.recipes.writing import undo, write
from tests.conftest import need
from tests.recipes.conftest import KEY
from tests.recipes.test_writing import THEIRS, name_of, put, refused

Tools = dict[str, Recipe]


def test_no_key_goes_into_a_file_unasked(home: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAICAINI_API_KEY", KEY)
    monkeypatch.setenv("CAICAINI_BASE", "http://127.0.0.1:9/v1")
    for recipe in tools.values():
        (path,) = write(recipe, choose(recipe, "caicaini"))
        assert KEY not in path.read_text()
        assert "CAICAINI_API_KEY" in path.read_text()


def test_a_key_that_was_asked_for_is_for_its_owner_only(
    home: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAICAINI_API_KEY", KEY)
    recipe, before = tools["listed"], THEIRS.encode()
    path = put(home, "listed", name_of(recipe), before)
    path.chmod(0o644)
    write(recipe, choose(recipe, "caicaini", "http://127.0.0.1:9/v1"), key_in_file=True)
    assert KEY in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    undo(recipe)
    assert path.read_bytes() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert not [found for found in home.parent.rglob("*") if found.is_file() and KEY.encode() in found.read_bytes()]


def test_without_a_key_none_is_written(home: Path, tools: Tools) -> None:
    refused(tools["listed"], "CAICAINI_API_KEY is not set", key_in_file=True)


@pytest.mark.needs("git")
@pytest.mark.parametrize("deep", [False, True])
def test_no_key_goes_into_a_git_work_tree(
    home: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch, deep: bool
) -> None:
    monkeypatch.setenv("CAICAINI_API_KEY", KEY)
    inside = home / ("a/b/c" if deep else "")
    inside.mkdir(parents=True, exist_ok=True)
    subprocess.run([need("git"), "init", "--quiet", str(home)], check=True)
    (home / "link").symlink_to(inside, target_is_directory=True)
    for recipe in tools.values():
        for place in (inside / "new.yaml", home / "link" / "new.yaml"):
            with pytest.raises(ConfigurationError, match="git work tree"):
                write(recipe, choose(recipe, "caicaini", "http://127.0.0.1:9/v1"), place, key_in_file=True)
    assert not [path for path in home.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def test_a_key_with_quotes_is_refused(home: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAICAINI_API_KEY", 'a"b')
    refused(tools["listed"], "quotes", key_in_file=True)
