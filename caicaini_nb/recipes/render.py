"""Templates to files: `@{name}` is replaced, everything else stays byte for byte. No key is ever put in unasked.

In a template `@{key}` is where the key would stand: it becomes the way the tool names an environment variable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from ..errors import ConfigurationError
from .choice import Choice
from .recipe import Recipe, RecipeFile

__all__ = ["key_reference", "render", "render_all", "variables_in"]

NAME = re.compile(r"@\{([a-z_]+)\}")


def render(recipe: Recipe, file: RecipeFile, choice: Choice, *, key: str | None = None) -> str:
    """The file for this choice. `key` is what stands for the key, by default a reference to the environment.

    Raises `ConfigurationError` for a name in the template that nobody knows.
    """
    return filled(template(recipe, file), {**choice.names(), "key": key or key_reference(file, choice)}, file.template)


def render_all(recipe: Recipe, choice: Choice, changed: Mapping[str, str] | None = None) -> dict[str, str]:
    """Every file of the recipe for this provider, by name; `changed` replaces what a name stands for."""
    names = {**choice.names(), **(changed or {})}
    return {
        file.template: filled(template(recipe, file), {"key": key_reference(file, choice), **names}, file.template)
        for file in recipe.files_for(choice.provider)
    }


def key_reference(file: RecipeFile, choice: Choice) -> str:
    """How the tool names the variable that holds the key; `${NAME}` where a person has to put it in."""
    variable = choice.names()["key_variable"]
    return filled(file.key, {"key_variable": variable}, "key") if file.key else f"${{{variable}}}"


def template(recipe: Recipe, file: RecipeFile) -> str:
    """The template's text, as it is in the recipe's folder."""
    path = recipe.path / file.template
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        cause = f"{recipe.tool}/{file.template} cannot be read: {error}"
    raise ConfigurationError(cause, action="Install caicaini-nb again.")


def variables_in(path: Path) -> set[str]:
    """The names a template asks for."""
    return set(NAME.findall(path.read_text(encoding="utf-8")))


def filled(text: str, values: Mapping[str, str], where: str) -> str:
    """The text with each name replaced once; what is put in is not scanned again."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            near = get_close_matches(found[1], values, n=1)
            hint = f"Did you mean @{{{near[0]}}}?" if near else f"Use one of {', '.join(sorted(values))}."
            raise ConfigurationError(f"{where} asks for @{{{found[1]}}}", action=hint)
        return values[found[1]]

    return NAME.sub(value, text)
