"""`write` and `undo` on fresh, existing, malformed, linked and read-only files: byte for byte, no key in a git tree."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from caicaini_nb.errors import ConfigurationError
from caicaini_nb.recipes import shelf
from caicaini_nb.recipes.choice import choose
from caicaini_nb.recipes.recipe import Recipe, read_yaml
from caicaini_nb.recipes.writing import undo, write

Tools = dict[str, Recipe]

THEIRS = """\
# my own models, please keep
name: mine
version: 2.0.0

models:
    # the good one
    - name: "Local"      # quoted
      model: llama
      note: |
        two
        # lines
    - {name: Short, model: x}

# what follows is not about models
rules: [be kind,   stay brief]
"""
EXISTING = {
    "listed": THEIRS,
    "bare": "# mine\n- model_id: other\n  api_base: http://x/v1\n\n# end\n",
    "lines": "# mine\nexport OTHER='a b'\n\nTOOL_KEY = old\nLAST=1",
}
# Its blank lines belong to the note, which would lose them to an entry that follows.
KEPT_BLANKS = "models:\n- name: A\n  note: |+\n    x\n\n\n"
MALFORMED = {
    "listed": [
        "models: [a",
        "- a\n",
        "models: {a: b}\n",
        "models: 3\n",
        "models: [{name: x}]\n",
        "a\n",
        "\tmodels:\n",
        KEPT_BLANKS,
    ],
    "bare": ["a: b\n", "[{model_id: x}]\n", "- text\n"],
    "lines": ["this is no assignment\n", "A=1\n{json}\n"],
}


def put(home: Path, tool: str, name: str, content: bytes) -> Path:
    path = home / ".tool" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def name_of(recipe: Recipe) -> str:
    return recipe.files[0].template


@pytest.mark.parametrize("tool", ["listed", "bare", "lines", "whole"])
@pytest.mark.parametrize("provider", ["caicaini", "cailag"])
def test_a_fresh_file_comes_and_goes(home: Path, tools: Tools, tool: str, provider: str) -> None:
    recipe = tools[tool]
    (path,) = write(recipe, choose(recipe, provider))
    assert path == home / ".tool" / name_of(recipe)
    assert choose(recipe, provider).base in path.read_text(encoding="utf-8")
    assert undo(recipe) == [path]
    assert list(home.rglob("*")) == [] or not (home / ".tool").exists()


@pytest.mark.parametrize("tool", EXISTING)
def test_an_existing_file_keeps_its_lines_and_comes_back(home: Path, tools: Tools, tool: str) -> None:
    recipe, before = tools[tool], EXISTING[tool].encode()
    path = put(home, tool, name_of(recipe), before)
    path.chmod(0o640)
    write(recipe, choose(recipe, "caicaini"))
    after = path.read_text(encoding="utf-8")
    kept = [line for line in EXISTING[tool].splitlines() if not line.startswith("TOOL_KEY")]
    assert [line for line in after.splitlines() if line in kept] == kept
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    write(recipe, choose(recipe, "cailag"))  # twice: what we wrote ourselves is not what was there before
    undo(recipe)
    assert path.read_bytes() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_list_gets_its_entry_after_the_last_one(home: Path, tools: Tools) -> None:
    recipe = tools["listed"]
    path = put(home, "listed", name_of(recipe), THEIRS.encode())
    write(recipe, choose(recipe, "caicaini"))
    found = read_yaml(path.read_text(encoding="utf-8"))
    assert [entry["name"] for entry in found["models"]] == ["Local", "Short", "Caicaini"]
    assert found["name"] == "mine"
    assert found["models"][0]["note"] == "two\n# lines\n"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines.index("    - name: Caicaini") < lines.index("# what follows is not about models")


def test_an_entry_of_the_same_name_is_replaced_where_it_stands(home: Path, tools: Tools) -> None:
    recipe = tools["listed"]
    path = put(home, "listed", name_of(recipe), b"models:\n- name: Caicaini\n  model: old\n# mine\n- name: Z\n")
    write(recipe, choose(recipe, "caicaini", model="caicaini/haiku"))
    text = path.read_text(encoding="utf-8")
    assert [entry["name"] for entry in read_yaml(text)["models"]] == ["Caicaini", "Z"]
    assert "old" not in text
    assert "# mine\n- name: Z\n" in text
    assert read_yaml(text)["models"][0]["model"] == "caicaini/haiku"


@pytest.mark.parametrize(
    "text", ["", "# nothing yet\n", "name: mine\n", "models: []\nname: x\n", "models:\n", "name: x"]
)
def test_a_list_that_is_missing_or_empty_is_made(home: Path, tools: Tools, text: str) -> None:
    recipe = tools["listed"]
    path = put(home, "listed", name_of(recipe), text.encode())
    write(recipe, choose(recipe, "caicaini"))
    found = read_yaml(path.read_text(encoding="utf-8"))
    assert [entry["name"] for entry in found["models"]] == ["Caicaini"]
    assert found["name"] == ("mine" if "mine" in text else "x" if "name: x" in text else "Acme")
    undo(recipe)
    assert path.read_bytes() == text.encode()


def test_lines_are_replaced_or_added_once(home: Path, tools: Tools) -> None:
    recipe = tools["lines"]
    path = put(home, "lines", name_of(recipe), EXISTING["lines"].encode())
    write(recipe, choose(recipe, "caicaini"))
    assert path.read_text(encoding="utf-8") == (
        "# mine\nexport OTHER='a b'\n\nTOOL_KEY=${CAICAINI_API_KEY}\nLAST=1\nTOOL_BASE=https://caicaini.com/v1\n"
    )


@pytest.mark.parametrize(("tool", "text"), [(tool, text) for tool, texts in MALFORMED.items() for text in texts])
def test_a_malformed_file_is_left_alone(home: Path, tools: Tools, tool: str, text: str) -> None:
    recipe = tools[tool]
    path = put(home, tool, name_of(recipe), text.encode())
    refused(recipe, "Nothing was written")
    assert path.read_bytes() == text.encode()


def refused(recipe: Recipe, said: str, *, key_in_file: bool = False) -> None:
    """It is one sentence, an action, and nothing is there to undo."""
    with pytest.raises(ConfigurationError, match=said) as caught:
        write(recipe, choose(recipe, "caicaini"), key_in_file=key_in_file)
    assert "\n" not in str(caught.value)
    assert caught.value.action
    with pytest.raises(ConfigurationError, match="Nothing of"):
        undo(recipe)


def soft_link(home: Path, path: Path) -> None:
    (home / "elsewhere").write_text("models: []\n")
    path.symlink_to(home / "elsewhere")


def hard_link(home: Path, path: Path) -> None:
    (home / "elsewhere").write_text("models: []\n")
    os.link(home / "elsewhere", path)


def folder(home: Path, path: Path) -> None:
    path.mkdir()


def latin(home: Path, path: Path) -> None:
    path.write_bytes("name: café\n".encode("latin-1"))


def windows(home: Path, path: Path) -> None:
    path.write_bytes(b"name: x\r\nmodels: []\r\n")


def marked(home: Path, path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbfname: x\n")


NOT_TO_BE_TOUCHED = {
    "is a link": [soft_link, hard_link],
    "is not a file": [folder],
    "not UTF-8": [latin],
    "Windows line ends": [windows],
    "byte order mark": [marked],
}


@pytest.mark.parametrize(
    ("said", "make"), [(said, make) for said, makes in NOT_TO_BE_TOUCHED.items() for make in makes]
)
def test_what_is_not_to_be_touched(home: Path, tools: Tools, said: str, make: Callable[[Path, Path], None]) -> None:
    recipe = tools["listed"]
    path = home / ".tool" / name_of(recipe)
    path.parent.mkdir()
    make(home, path)
    before = path.read_bytes() if path.is_file() else None
    refused(recipe, said)
    assert before == (path.read_bytes() if path.is_file() else None)


@pytest.mark.parametrize("before", [b"\xef\xbb\xbfname: x\r\nmodels:\r\n- name: A\r\n", b"name: x\r\n"])
def test_windows_files_stay_what_they_are_when_asked(home: Path, tools: Tools, before: bytes) -> None:
    recipe = tools["listed"]
    path = put(home, "listed", name_of(recipe), before)
    write(recipe, choose(recipe, "caicaini"), windows=True)
    after = path.read_bytes()
    assert after.startswith(before[:8])
    assert after.count(b"\n") == after.count(b"\r\n") > before.count(b"\n")
    undo(recipe)
    assert path.read_bytes() == before


def test_a_disk_that_refuses_leaves_everything_as_it_was(
    home: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tools["listed"]
    path = put(home, "listed", name_of(recipe), THEIRS.encode())
    replace = os.replace

    def full(source: str, place: Path) -> None:
        if Path(place) == path:
            raise OSError(28, "No space left on device")
        replace(source, place)

    monkeypatch.setattr("caicaini_nb.recipes.target.os.replace", full)
    refused(recipe, "No space left on device")
    assert path.read_bytes() == THEIRS.encode()
    assert list(path.parent.iterdir()) == [path], "nothing half-written stays behind"


def test_a_read_only_home_is_one_sentence(home: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*arguments: object, **options: object) -> tuple[int, str]:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("caicaini_nb.recipes.target.tempfile.mkstemp", read_only)
    refused(tools["listed"], "Read-only file system")
    assert not (home / ".tool" / name_of(tools["listed"])).exists()


def test_a_file_changed_since_is_not_undone(home: Path, tools: Tools) -> None:
    recipe = tools["listed"]
    (path,) = write(recipe, choose(recipe, "caicaini"))
    path.write_text(path.read_text() + "more: 1\n")
    with pytest.raises(ConfigurationError, match="has changed since"):
        undo(recipe)
    assert "more: 1" in path.read_text()


def test_a_whole_file_never_replaces_another(home: Path, tools: Tools) -> None:
    put(home, "whole", name_of(tools["whole"]), b"theirs\n")
    refused(tools["whole"], "is there already")


WRITTEN = [tool for tool in shelf.names() if any(file.write for file in shelf.named(tool).files)]


@pytest.mark.parametrize("tool", WRITTEN)
@pytest.mark.parametrize("provider", ["caicaini", "cailag"])
def test_every_recipe_that_is_written(home: Path, monkeypatch: pytest.MonkeyPatch, tool: str, provider: str) -> None:
    """Fresh, then the other provider's beside it, then back: the real recipes into their tools' own places."""
    monkeypatch.chdir(home)
    recipe = shelf.named(tool)
    other = "cailag" if provider == "caicaini" else "caicaini"
    (path,) = write(recipe, choose(recipe, provider))
    first = path.read_text(encoding="utf-8")
    write(recipe, choose(recipe, other))
    both = path.read_text(encoding="utf-8")
    (file,) = (file for file in recipe.files_for(other) if file.write)
    assert file.write is not None
    if file.write.how == "yaml-list":
        assert choose(recipe, provider).base in both, "the first provider's entry stays"
        assert first in both or set(first.splitlines()) <= set(both.splitlines())
    assert choose(recipe, other).base in both
    assert "@{" not in both
    undo(recipe)
    assert not path.exists()
