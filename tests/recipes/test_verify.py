"""Verification itself: it passes what works, and says in a sentence what does not, with the table's own words."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from caicaini_nb.errors import ConfigurationError, VerificationError
from caicaini_nb.key import Key
from caicaini_nb.recipes import verify as verifying
from caicaini_nb.recipes.choice import choose
from caicaini_nb.recipes.environment import Environment
from caicaini_nb.recipes.recipe import Recipe, RecipeFile, Verification
from caicaini_nb.recipes.trial import broken_names, run_trial
from caicaini_nb.recipes.verify import verify
from tests.recipes.conftest import KEY

PROGRAM = """
import json, os, sys, urllib.error, urllib.request
config = json.load(open("config.json"))
body = json.dumps({"model": config["model"], "messages": [{"role": "user", "content": "Count to 5"}]}).encode()
headers = {"Content-Type": "application/json", "Authorization": "Bearer " + os.environ[config["key"]]}
request = urllib.request.Request(config["base"] + "/chat/completions", body, headers)
try:
    answer = json.load(urllib.request.urlopen(request))
except urllib.error.HTTPError as error:
    sys.exit(f"status {error.code}: {error.read().decode()} {headers}")
assert "5" in answer["choices"][0]["message"]["content"]
print("ok plain")
assert not [name for name in os.environ if name.startswith(("OPENAI", "PYTHONPATH"))], "a setting came along"
assert os.path.realpath(os.environ["HOME"]) == os.path.realpath("home")
"""
TABLE = """# Made

| symptom | cause | fix |
| --- | --- | --- |
| `status 404 … model` | The model is unknown. | Take another. |
| `status 404` | The base lacks its /v1. | Add it. |
| `status 400` | The model is unknown. | Take another. |
| `status 401` | The key is wrong. | Take another. |
| `status 402` | No credits are left. | Top up. |
| `status 429` | Too many requests. | Wait. |
"""
CONFIG = '{"base": "@{base}", "model": "@{model}", "key": "@{key_variable}"}'


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    """A recipe whose tool is Python itself, so that nothing has to be installed."""
    folder = tmp_path / "recipes" / "made"
    folder.mkdir(parents=True)
    for name, text in (("verify.py", PROGRAM), ("README.md", TABLE), ("config.json", CONFIG)):
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", "of-somebody-else")
    return Recipe(
        "made", "Made", "", "", "A", "beginner", 1, ("chat",), ("caicaini", "cailag"), version="1",
        files=(RecipeFile("config.json"),), verify=Verification("python3 verify.py", "curl"), folder=str(folder),
    )  # fmt: skip


@pytest.mark.slow
def test_what_works_passes_and_what_is_broken_fails_as_the_table_says(made: Recipe) -> None:
    told: list[str] = []
    found = verify(made, tell=told.append)
    assert found.ran == {"caicaini": ("plain",), "cailag": ("plain",)}
    assert [(seen.method, seen.path, seen.status, seen.times) for seen in found.seen] == [
        ("POST", "/cailag/v1/chat/completions", 200, 1),
        ("POST", "/v1/chat/completions", 200, 1),
    ]
    things = ("base", "key", "model", "402", "429")
    assert found.broken == [f"{name} {what}" for name in ("caicaini", "cailag") for what in things]
    assert "caicaini, key broken: The key is wrong. Take another." in [line.rpartition(" (")[0] for line in told]


def quick(made: Recipe, **change: object) -> Recipe:
    """For one provider and one thing broken."""
    assert made.verify is not None
    check = msgspec.structs.replace(made.verify, breaks=("key",))
    return msgspec.structs.replace(made, providers=("caicaini",), verify=check, **change)


def edit(made: Recipe, name: str, old: str, new: str) -> None:
    path = made.path / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


MISTAKES = {
    "it ignores the key": ("verify.py", 'os.environ[config["key"]]', "'x'", "made with caicaini: The key is wrong"),
    "no symptom fits": ("README.md", "`status 401`", "`other`", "key broken: its table has no symptom that was seen"),
    "another cause": ("README.md", "The key is wrong.", "Who knows.", "its table answers with another cause"),
    "no step is told": ("verify.py", 'print("ok plain")', "pass", "told of no step"),
    "it takes any answer": ("verify.py", "sys.exit(f", "sys.exit(0 and f", "its verify passed all the same"),
    "it never ends": ("verify.py", "import json", "while True: pass\nimport json", "did not end within 1 seconds"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("name", "old", "new", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_a_sentence(made: Recipe, name: str, old: str, new: str, said: str) -> None:
    edit(made, name, old, new)
    recipe = quick(made)
    if "within" in said:
        assert recipe.verify is not None
        recipe = msgspec.structs.replace(recipe, verify=msgspec.structs.replace(recipe.verify, seconds=1))
    with pytest.raises(VerificationError, match=said) as caught:
        verify(recipe)
    assert "\n" not in str(caught.value)


def test_another_version_is_told(made: Recipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "site" / "some_tool-2.0.dist-info").mkdir(parents=True)
    monkeypatch.setattr(verifying, "prepare", lambda recipe: Environment((), str(tmp_path / "site")))
    assert made.verify is not None
    check = msgspec.structs.replace(made.verify, package="some-tool")
    with pytest.raises(VerificationError, match=r"is written for some-tool 1, but 2\.0 is installed"):
        verify(msgspec.structs.replace(made, verify=check))
    with pytest.raises(VerificationError, match="None is installed"):
        verify(msgspec.structs.replace(made, verify=msgspec.structs.replace(made.verify, package="no-tool")))


def test_live_needs_a_key_and_nothing_to_run_is_told(made: Recipe) -> None:
    with pytest.raises(ConfigurationError, match="No key is set"):
        verify(made, live=True)
    with pytest.raises(ConfigurationError, match="nothing to run"):
        verify(msgspec.structs.replace(made, verify=None, kind="D"))


def test_the_key_stands_in_nothing_that_is_kept(made: Recipe) -> None:
    choice = choose(made, "caicaini", "http://127.0.0.1:9/v1")
    edit(made, "verify.py", "import json", "import os\nprint(dict(os.environ))\nimport json")
    trial = run_trial(made, choice, Key(KEY), Environment())
    assert not trial.ok
    assert KEY not in trial.output + trial.sentence + repr(trial)
    assert "CAICAINI_API_KEY" in trial.output


def test_what_is_broken() -> None:
    choice = choose(Recipe("t", "", "", "", "A", "beginner", 1, ("chat",), ("caicaini",)), "caicaini")
    assert broken_names(choice, "base") == {"base": "https://caicaini.com", "host": "https://caicaini.com/v1"}
    assert broken_names(choice, "model") == {"model": "no-such-model"}
    assert broken_names(choice, "402") == {}
