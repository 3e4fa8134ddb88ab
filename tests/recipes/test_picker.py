"""The picker without a browser: what it chooses, what it refuses, and what it leaves in a file. It shows no key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from caicaini_nb import RecipePicker
from caicaini_nb.errors import ConfigurationError
from caicaini_nb.recipes.choice import choose
from caicaini_nb.recipes.render import render_all
from caicaini_nb.recipes.shelf import named
from caicaini_nb.recipes.verb import recipe_verb
from tests.recipes.conftest import KEY


@pytest.fixture
def picker() -> Iterator[RecipePicker]:
    made = RecipePicker("openai-python")
    yield made
    made.close()


def test_it_renders_what_the_command_line_renders(picker: RecipePicker) -> None:
    picker.pick(provider="cailag", model="glm-4-flash")
    recipe = named("openai-python")
    assert picker.files == render_all(recipe, choose(recipe, "cailag", model="glm-4-flash"))
    for shown in (repr(picker), picker._repr_mimebundle_()["text/html"]):
        assert "https://cailag.xin/v1" in shown
        assert "glm-4-flash" in shown


def test_what_is_left_out_stays_where_it_can(picker: RecipePicker) -> None:
    picker.pick(model="caicaini/haiku", base="https://gateway.example/v1")
    picker.pick("openai-node")
    assert (picker.choice.model, picker.choice.base) == ("caicaini/haiku", "https://gateway.example/v1")
    picker.pick(provider="cailag")
    assert (picker.choice.model, picker.choice.base) == ("deepseek-chat", "https://cailag.xin/v1")


def test_a_mistake_changes_nothing(picker: RecipePicker) -> None:
    before = picker.choice
    for wrong in ({"tool": "openai-pyton"}, {"provider": "openai"}, {"model": "deepseek-chat"}, {"base": "x"}):
        with pytest.raises(ConfigurationError):
            picker.pick(**wrong)
        assert (picker.choice, picker.recipe.tool) == (before, "openai-python")


def test_a_mistake_by_hand_is_told(picker: RecipePicker) -> None:
    assert picker.widget
    picker._controls["base"].value = "nonsense"
    assert "is not a base" in picker._controls["said"].value
    assert picker._controls["base"].value == "https://caicaini.com/v1"
    picker._controls["provider"].value = "cailag"
    assert "is not a base" not in picker._controls["said"].value
    assert picker._controls["model"].value == "deepseek-chat"


def test_no_markup_of_a_template_gets_through(picker: RecipePicker) -> None:
    picker.pick("plain-http")
    assert picker.widget
    for html in (picker._controls["files"].value, picker._repr_mimebundle_()["text/html"]):
        assert "&lt;?php" in html
        assert "<?php" not in html


def test_no_key_shows(picker: RecipePicker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAICAINI_API_KEY", KEY)
    assert KEY not in repr(picker) + picker._repr_mimebundle_()["text/html"]


def test_the_verb_takes_tool_provider_and_model() -> None:
    for words, wanted in (
        ([], ("openai-python", "caicaini", "caicaini/auto")),
        (["fetch"], ("fetch", "caicaini", "caicaini/auto")),
        (["fetch", "cailag"], ("fetch", "cailag", "deepseek-chat")),
        (["fetch", "cailag", "glm-4-flash"], ("fetch", "cailag", "glm-4-flash")),
        (["fetch", "glm-4-flash"], ("fetch", "cailag", "glm-4-flash")),
    ):
        made = recipe_verb(words)
        assert (made.recipe.tool, made.choice.provider, made.choice.model) == wanted
        made.close()
    with pytest.raises(ConfigurationError, match="takes a tool, a provider and a model"):
        recipe_verb(["fetch", "cailag", "glm-4-flash", "more"])
