"""Recipes of the tests' own: what `write` is tried on, in a folder that is no git work tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from caicaini_nb.recipes import shelf
from caicaini_nb.recipes.recipe import Recipe, read_recipe

__all__ = ["KEY"]

KEY = "cai_" + "api_" + "sbx_" + "Zq7" * 9 + "Z"
YAML = """\
tool: {tool}
title: A tool
outcome: It reads its models from a file of its own.
homepage: https://example.com
class: A
version: "1.0"
date: 2026-11-21
level: beginner
minutes: 1
surfaces: [chat]
providers: [caicaini, cailag]
variables: {{CAICAINI_API_KEY: the key, CAILAG_API_KEY: the key}}
needs: {{}}
files:
  - template: {template}
    key: {key}
    write: {{to: "~/.tool/{template}", how: {how}{more}}}
verify: {{command: sh verify.sh, package: curl}}
"""
# tool → template, its text, how the key is named, how it is written
TOOLS = {
    "listed": (
        "config.yaml",
        "name: Acme\nmodels:\n  # ours\n  - name: @{title}\n    model: @{model}\n    base: @{base}\n    key: @{key}\n",
        "'${{ secrets.@{key_variable} }}'",
        "yaml-list",
        ", list: models, identity: name",
    ),
    "bare": (
        "extra.yaml",
        "- model_id: @{model}\n  api_base: @{base}\n  api_key_name: @{key}\n",
        "'@{key_variable}'",
        "yaml-list",
        ", identity: model_id",
    ),
    "lines": ("tool.env", "# for the tool\nTOOL_BASE=@{base}\nTOOL_KEY=@{key}\n", "'${@{key_variable}}'", "env", ""),
    "whole": ("tool.conf", "base @{base}\nkey @{key}\n", "'$@{key_variable}'", "whole", ""),
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a home folder, empty and outside any work tree."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Recipe]:
    """Make one recipe for each way of writing."""
    for tool, (template, text, key, how, more) in TOOLS.items():
        folder = tmp_path / "recipes" / tool
        folder.mkdir(parents=True)
        (folder / template).write_text(text, encoding="utf-8")
        (folder / "recipe.yaml").write_text(
            YAML.format(tool=tool, template=template, key=key, how=how, more=more), encoding="utf-8"
        )
    monkeypatch.setattr(shelf, "root", lambda: tmp_path / "recipes")
    shelf.named.cache_clear()
    return {tool: read_recipe(tmp_path / "recipes" / tool) for tool in TOOLS}
