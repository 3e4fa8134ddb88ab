"""`caicaini recipes …` as it is typed: what it prints, its exit status, one sentence for each mistake, never a key."""

from __future__ import annotations

from pathlib import Path

import pytest

from caicaini_nb.cli import main
from caicaini_nb.recipes.recipe import Recipe
from caicaini_nb.recipes.record import RECORD
from caicaini_nb.recipes.shelf import names
from caicaini_nb.recipes.verify import Verified
from caicaini_nb.sandbox import Sandbox
from tests.recipes.conftest import KEY

Said = pytest.CaptureFixture[str]


def typed(words: str) -> int:
    return main(["recipes", *words.split()])


def test_list_names_every_recipe(capsys: Said) -> None:
    assert typed("list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == names()


@pytest.mark.parametrize("tool", names())
def test_show_prints_the_files_and_no_key(capsys: Said, monkeypatch: pytest.MonkeyPatch, tool: str) -> None:
    monkeypatch.setenv("CAICAINI_API_KEY", KEY)
    monkeypatch.setenv("CAILAG_API_KEY", KEY)
    assert typed(f"show {tool}") == 0
    said = capsys.readouterr().out
    assert KEY not in said
    assert "@{" not in said


def test_show_takes_provider_base_and_model(capsys: Said) -> None:
    assert typed("show openai-python --provider cailag --base https://gateway.example/v1 --model glm-4-flash") == 0
    said = capsys.readouterr().out
    assert 'base_url="https://gateway.example/v1"' in said
    assert 'MODEL = "glm-4-flash"' in said
    assert "CAILAG_API_KEY" in said


MISTAKES = {
    "show openai-pyton": "Did you mean openai-python",
    "show openai-python --provider openai": "does not cover 'openai'",
    "show openai-python --base http://example.com/v1": "plain http",
    "write openai-python": "has no file of its own",
    "undo openai-python": "Nothing of openai-python was written",
    "verify": "You named no tool",
    "verify openai-python --record --quick": "leave out --live, --quick and --check",
    "doctor --provider openai": "There is no provider 'openai'",
}


@pytest.mark.parametrize(("words", "said"), MISTAKES.items(), ids=MISTAKES)
def test_a_mistake_is_one_sentence(capsys: Said, home: Path, words: str, said: str) -> None:
    assert typed(words) == 1
    heard = capsys.readouterr()
    assert said in heard.err
    assert heard.err.count("\n") == 1
    assert list(home.iterdir()) == []


def test_write_says_what_it_did_and_undo_takes_it_back(capsys: Said, home: Path, tools: dict[str, Recipe]) -> None:
    path = home / "mine.env"
    path.write_text("A=1\n")
    assert typed(f"write lines --provider cailag --to {path}") == 0
    said = capsys.readouterr().out
    assert f"Written: {path}" in said
    assert "The key is read from CAILAG_API_KEY" in said
    assert "TOOL_BASE=https://cailag.xin/v1" in path.read_text()
    assert typed("undo lines") == 0
    assert path.read_text() == "A=1\n"


def test_doctor_tells_step_by_step(capsys: Said, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAICAINI_API_KEY", sandbox.mint_key())
    assert typed(f"doctor --base {sandbox.base_url.removesuffix('/v1')}") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ok      key")
    assert lines[-1].endswith("[trap: base with or without /v1]")
    assert lines[-1].startswith("WRONG   auth")


def test_doctor_says_how_to_install_a_tool_that_is_missing(
    capsys: Said, tools: dict[str, Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tools["lines"].path / "recipe.yaml"
    path.write_text(path.read_text() + "install: npm install -g a-tool\nprogram: a-tool-that-is-not-here\n")
    assert typed("doctor lines") == 1
    assert capsys.readouterr().err == "A tool is not installed here. Run: npm install -g a-tool.\n"


def test_the_record_is_compared_and_not_written(
    capsys: Said, tools: dict[str, Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tools["lines"].path.parent
    for module in ("commands", "verify_command"):
        monkeypatch.setattr(f"caicaini_nb.recipes.{module}.root", lambda: folder)
    monkeypatch.setattr("caicaini_nb.recipes.verify.verify", worked)
    assert typed("verify --check") == 1
    assert capsys.readouterr().err.count("it was never verified") == len(tools)
    assert typed("verify --all --record") == 0
    capsys.readouterr()
    before = (folder / RECORD).read_bytes()
    assert typed("verify --all --check") == 0
    assert (folder / RECORD).read_bytes() == before
    (tools["lines"].path / "tool.env").write_text("TOOL_BASE=@{base}\n")
    assert typed("verify --check") == 1
    assert "lines: its files have changed" in capsys.readouterr().err


def worked(recipe: Recipe, **options: object) -> Verified:
    return Verified(recipe.tool, "1.0", 0.5, {"caicaini": ("plain",)})
