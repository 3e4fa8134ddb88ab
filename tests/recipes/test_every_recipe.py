"""Each recipe is whole: it follows the schema, its page answers every trap, nothing is left unrendered or unlocked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

from caicaini_nb.config import PROVIDERS
from caicaini_nb.recipes.choice import choose
from caicaini_nb.recipes.recipe import Recipe, read_yaml
from caicaini_nb.recipes.render import render_all, variables_in
from caicaini_nb.recipes.shelf import named, names, root
from caicaini_nb.recipes.symptoms import read_symptoms

SCHEMA = json.loads((root() / "recipe.schema.json").read_text(encoding="utf-8"))
SECTIONS = ["Before you begin", "Steps", "What you see", "Troubleshooting", "Undo"]
# What every table answers, and a word by which the answer is known.
TRAPS = {
    "base with or without /v1": r"/v1",
    "the Responses API": r"Responses|/responses",
    "Bearer or x-api-key": r"x-api-key",
    "unknown model": r"does not have this model|no such model|unknown model",
    "no models listed": r"[Nn]o models|models are listed|list .*empty",
    "a stream without usage": r"usage",
    "a proxy that buffers": r"buffer",
    "402": r"402",
    "429": r"429",
}
LEAST, MOST = 3, 7


@pytest.fixture(params=names())
def recipe(request: pytest.FixtureRequest) -> Recipe:
    """Yield each recipe in turn."""
    return named(request.param)


def readme(recipe: Recipe) -> str:
    return (recipe.path / "README.md").read_text(encoding="utf-8")


def test_it_follows_the_schema(recipe: Recipe) -> None:
    found = read_yaml((recipe.path / "recipe.yaml").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    assert found["tool"] == recipe.path.name


def test_its_page_has_one_title_and_the_sections_in_order(recipe: Recipe) -> None:
    heads = re.findall(r"^(#+) (.+)$", re.sub(r"```.*?```", "", readme(recipe), flags=re.DOTALL), re.MULTILINE)
    assert [text for level, text in heads if level == "#"] == [recipe.title]
    wanted = [text for level, text in heads if level == "##" and text in SECTIONS]
    assert wanted == SECTIONS
    steps = readme(recipe).split("## Steps")[1].split("\n## ")[0]
    assert LEAST <= len(re.findall(r"^\d+\. ", steps, re.MULTILINE)) <= MOST


def test_its_first_line_says_when_it_was_not_run(recipe: Recipe) -> None:
    first = readme(recipe).split("\n", 1)[1].strip().splitlines()[0]
    assert ("Not run" in first) == (recipe.verify is None)


def test_its_table_answers_every_trap(recipe: Recipe) -> None:
    rows = [f"{row.seen} {row.cause} {row.fix}" for row in read_symptoms(recipe.path / "README.md")]
    unanswered = [trap for trap, word in TRAPS.items() if not any(re.search(word, row) for row in rows)]
    assert not unanswered


def test_its_templates_are_rendered_whole_for_each_provider(recipe: Recipe) -> None:
    for provider in recipe.providers:
        choice = choose(recipe, provider)
        texts = render_all(recipe, choice)
        assert texts or recipe.verify is None
        together = "\n".join(texts.values())
        assert not re.search(r"@\{[a-z_]+\}", together)
        other = next(name for name in PROVIDERS if name != provider)
        assert PROVIDERS[other].base not in together, "it holds the other provider's base"
        if texts:
            assert choice.host in together or choice.base in together
            # a program with settings of its own keeps the key there: then the page names the variable
            assert PROVIDERS[provider].key_variable in together + readme(recipe), "it does not name the key's variable"


def test_it_names_every_variable_it_asks_for(recipe: Recipe) -> None:
    assert {PROVIDERS[provider].key_variable for provider in recipe.providers} <= set(recipe.variables)
    known = set(choose(recipe, recipe.providers[0]).names()) | {"key"}
    for file in recipe.files:
        assert variables_in(recipe.path / file.template) <= known


def test_its_surfaces_are_offered_by_its_providers(recipe: Recipe) -> None:
    for provider in recipe.providers:
        assert set(recipe.surfaces) & set(PROVIDERS[provider].surfaces)
    for file in recipe.files:
        assert file.surface is None or file.surface in recipe.surfaces
        if file.surface == "messages":
            assert "cailag" not in file.providers, "cailag has no messages surface"


def test_its_locks_hold_hashes_and_no_address(recipe: Recipe) -> None:
    lock = recipe.path / "requirements.txt"
    assert lock.is_file() == (recipe.path / "requirements.in").is_file()
    if lock.is_file():
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        assert all("==" in line for line in text.splitlines() if line and not line.startswith((" ", "#")))
        assert len(re.findall(r"^\S+==", text, re.MULTILINE)) <= text.count("--hash=sha256:")
    npm = recipe.path / "package-lock.json"
    assert npm.is_file() == (recipe.path / "package.json").is_file()
    if npm.is_file():
        packages = json.loads(npm.read_text(encoding="utf-8"))["packages"]
        assert not [name for name, entry in packages.items() if "resolved" in entry]
        assert not [name for name, entry in packages.items() if name and "integrity" not in entry]


def test_no_recipe_is_without_a_file_that_runs_it(recipe: Recipe) -> None:
    if recipe.verify is not None:
        assert any(recipe.path.glob("verify.*"))


def test_there_is_no_folder_that_is_no_recipe() -> None:
    folders = {path.name for path in root().iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(names())


def test_the_schema_sees_what_is_wrong() -> None:
    found = read_yaml((Path(named("openai-python").folder) / "recipe.yaml").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(SCHEMA)
    changes: list[dict[str, object]] = [
        {"class": "E"},
        {"class": "D"},
        {"minutes": 0},
        {"colour": "red"},
        {"providers": []},
    ]
    assert not [change for change in changes if validator.is_valid({**found, **change})]
    assert not validator.is_valid({name: value for name, value in found.items() if name != "homepage"})
