"""Where tools are installed: once, whole or not at all, and what is missing on a machine is one sentence."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from caicaini_nb.errors import ConfigurationError
from caicaini_nb.recipes import environment as module
from caicaini_nb.recipes.environment import Environment, clean_variables, find_node, prepare
from caicaini_nb.recipes.installing import cached
from caicaini_nb.recipes.shelf import named


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "caicaini-nb" / "recipes"


def test_a_folder_is_made_once_and_only_whole(cache: Path) -> None:
    made: list[Path] = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "file").write_text("x")

    assert cached("tool-1", make) == cached("tool-1", make) == cache / "tool-1"
    assert len(made) == 1

    def fail(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise ConfigurationError("no", action="no")

    with pytest.raises(ConfigurationError):
        cached("tool-2", fail)
    assert [path.name for path in cache.iterdir()] == ["tool-1"]


def test_a_cache_that_cannot_be_written_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*arguments: object, **options: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("caicaini_nb.recipes.installing.tempfile.mkdtemp", read_only)
    with pytest.raises(ConfigurationError, match="Read-only file system") as caught:
        cached("tool", lambda folder: None)
    assert "XDG_CACHE_HOME" in caught.value.action


def test_what_cannot_be_installed_says_why(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "line\nNo space left on device\n")

    monkeypatch.setattr("caicaini_nb.recipes.installing.subprocess.run", fails)
    with pytest.raises(ConfigurationError, match="could not be installed: No space left on device"):
        prepare(named("openai-python"))
    assert list(cache.iterdir()) == []


def test_a_machine_without_uv_or_node_is_told_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("caicaini_nb.recipes.environment.shutil.which", lambda *given, **options: None)
    with pytest.raises(ConfigurationError, match="uv") as caught:
        prepare(named("openai-python"))
    assert caught.value.action == "Run: pip install uv."
    with pytest.raises(ConfigurationError, match=r"Node\.js 20"):
        find_node(tmp_path)


def test_an_old_node_is_not_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, said in (("node", "v18.19.0"), ("npm", "9")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {said}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(ConfigurationError, match=r"Node\.js 20 or newer"):
        find_node(tmp_path)
    (tmp_path / "node").write_text("#!/bin/sh\necho v24.1.0\n")
    assert find_node(tmp_path) == tmp_path / "node"


def test_versions_are_read_where_the_tool_is(tmp_path: Path) -> None:
    (tmp_path / "site" / "Some.Tool-1.2.dist-info").mkdir(parents=True)
    (tmp_path / "modules" / "@a" / "b").mkdir(parents=True)
    (tmp_path / "modules" / "@a" / "b" / "package.json").write_text(json.dumps({"version": "3.4"}))
    found = Environment((), str(tmp_path / "site"), str(tmp_path / "modules"))
    assert (found.version("some-tool"), found.version("@a/b"), found.version("none-such")) == ("1.2", "3.4", None)
    assert found.locks("some-tool")
    assert not found.locks("curl")


def test_nothing_of_the_user_s_comes_along(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("OPENAI_BASE_URL", "SOME_API_KEY", "HTTPS_PROXY", "https_proxy", "GITHUB_TOKEN", "NODE_OPTIONS"):
        monkeypatch.setenv(name, "of-the-user")
    monkeypatch.setenv("LANG_OF_TEST", "kept")
    variables = clean_variables(tmp_path, Environment(("/first",)))
    assert "of-the-user" not in variables.values()
    assert variables["LANG_OF_TEST"] == "kept"
    assert variables["HOME"] == str(tmp_path)
    assert variables["PATH"].startswith(f"/first{os.pathsep}")
    assert variables["NO_PROXY"] == module.LOOPBACK
