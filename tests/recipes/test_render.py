"""Choices and templates: what goes together, what is refused, and that no key is ever put in."""

from __future__ import annotations

from pathlib import Path

import pytest

from caicaini_nb.errors import ConfigurationError, ProviderConflictError
from caicaini_nb.recipes.choice import choose
from caicaini_nb.recipes.recipe import Recipe, RecipeFile
from caicaini_nb.recipes.render import render, render_all
from caicaini_nb.recipes.shelf import named
from tests.recipes.conftest import KEY

PYTHON = named("openai-python")


def test_defaults_are_the_provider_s() -> None:
    assert choose(PYTHON).names()["base"] == "https://caicaini.com/v1"
    cailag = choose(PYTHON, "cailag")
    assert (cailag.base, cailag.host, cailag.model) == ("https://cailag.xin/v1", "https://cailag.xin", "deepseek-chat")
    assert choose(PYTHON, model="glm-4-flash").provider == "cailag", "a documented model says whose it is"
    assert choose(PYTHON, base="http://127.0.0.1:8000/v1/").base == "http://127.0.0.1:8000/v1"


WRONG = {
    "the other's model": ({"provider": "caicaini", "model": "deepseek-chat"}, "not of caicaini"),
    "unknown provider": ({"provider": "openai"}, "does not cover 'openai'"),
    "no base": ({"base": "caicaini.com"}, "is not a base"),
    "no /v1": ({"base": "https://caicaini.com"}, "lacks the /v1"),
    "plain http": ({"base": "http://example.com/v1"}, "plain http"),
    "a quote in the base": ({"base": "https://x.com/'/v1"}, "is no base"),
    "a quote in the model": ({"model": 'a"b'}, "is no model"),
    "a brace in the model": ({"model": "${HOME}"}, "is no model"),
    "a line break": ({"model": "a\nb"}, "is no model"),
}


@pytest.mark.parametrize(("asked", "said"), WRONG.values(), ids=WRONG)
def test_what_cannot_work_is_refused(asked: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        choose(PYTHON, **asked)
    assert caught.value.action
    assert isinstance(caught.value, ProviderConflictError) == (said == "not of caicaini")


def test_an_unknown_tool_names_what_is_near() -> None:
    for typed, near in (("openai-pyton", "openai-python"), ("Openai-Node", "openai-node"), ("http", "plain-http")):
        with pytest.raises(ConfigurationError, match=near):
            named(typed)
    with pytest.raises(ConfigurationError, match="Use one of"):
        named("zzz")


@pytest.fixture
def made(tmp_path: Path) -> Recipe:
    (tmp_path / "a.txt").write_bytes("@{base}|@{key}|@{model}\r\n@{}@base @ {base}${X} é\n".encode())
    file = RecipeFile(template="a.txt", key="${@{key_variable}}")
    return Recipe("made", "", "", "", "A", "beginner", 1, ("chat",), ("caicaini",), files=(file,), folder=str(tmp_path))


def test_only_names_are_replaced_and_bytes_stay(made: Recipe) -> None:
    choice = choose(made)
    assert render(made, made.files[0], choice) == (
        "https://caicaini.com/v1|${CAICAINI_API_KEY}|caicaini/auto\r\n@{}@base @ {base}${X} é\n"
    )
    assert "@{key}" in render_all(made, choice, {"model": "@{key}"})["a.txt"], "what is put in is not scanned again"


def test_a_name_nobody_knows_is_an_error(made: Recipe) -> None:
    (made.path / "a.txt").write_text("@{bas}")
    with pytest.raises(ConfigurationError, match=r"Did you mean @\{base\}"):
        render(made, made.files[0], choose(made))


def test_no_key_of_the_environment_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("CAICAINI_API_KEY", "CAILAG_API_KEY"):
        monkeypatch.setenv(variable, KEY)
    for provider in PYTHON.providers:
        assert KEY not in "".join(render_all(PYTHON, choose(PYTHON, provider)).values())
