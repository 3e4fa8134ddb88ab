"""`recipe.yaml` as a value: what the recipe is for, which files it gives, how it is verified.

It refuses fields nobody knows, and what is not of the type the JSON Schema beside the recipes says.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from ..errors import ConfigurationError

__all__ = ["BREAKS", "Class", "Needs", "Recipe", "RecipeFile", "Verification", "Written", "read_recipe", "read_yaml"]

Class: TypeAlias = Literal["A", "B", "C", "D"]
# What is broken on purpose, one at a time: the base's /v1, the key, the model's id, no credits left, too many requests.
BREAKS = ("base", "key", "model", "402", "429")


class Needs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the machine must have. `disk` is what the tool takes there, such as *40 MB*."""

    python: str | None = None
    node: str | None = None
    disk: str | None = None
    other: str | None = None


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where `write` puts a file: `to` is its usual path, `how` what becomes of a file that is there.

    `how` is `env` (lines NAME=value), `yaml-list` (the entries of `list`, known by their field `identity`) or `whole`.
    """

    to: str
    how: Literal["env", "yaml-list", "whole"]
    list: str = ""
    identity: str = ""


class RecipeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One template. `key` is how the tool names the key's variable; without it a template names it in its own way."""

    template: str
    surface: Literal["messages", "chat"] | None = None
    providers: tuple[str, ...] = ("caicaini", "cailag")
    key: str | None = None
    write: Written | None = None


class Verification(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How it is verified: `command` in the tool's environment; `package` is the one whose version is verified.

    `breaks` says what is broken on purpose and must fail with the table's sentence, `broken_with` for which providers
    (all of them where it is not said). `faults` are the sandbox's that it is run under once more, each named to it in
    RECIPE_FAULT, and must stand. `seconds` bounds one run; a `heavy` one is left out of *all*.
    """

    command: str
    package: str
    seconds: int = 120
    breaks: tuple[str, ...] = BREAKS
    faults: tuple[str, ...] = ()
    broken_with: tuple[str, ...] = ()
    heavy: bool = False


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One recipe. `version` and `date` are those of its last verification by its author.

    `install` is the command that installs the tool, `program` what it is called on the path.
    """

    tool: str
    title: str
    outcome: str
    homepage: str
    kind: Class = msgspec.field(name="class")
    level: Literal["beginner", "intermediate", "advanced"]
    minutes: int
    surfaces: tuple[Literal["messages", "chat"], ...]
    providers: tuple[Literal["caicaini", "cailag"], ...]
    version: str | None = None
    date: str | None = None
    install: str | None = None
    program: str | None = None
    variables: Mapping[str, str] = {}
    needs: Needs = Needs()
    files: tuple[RecipeFile, ...] = ()
    verify: Verification | None = None
    folder: str = ""

    @property
    def path(self) -> Path:
        """The recipe's folder."""
        return Path(self.folder)

    def files_for(self, provider: str) -> tuple[RecipeFile, ...]:
        """The templates that are for this provider."""
        return tuple(file for file in self.files if provider in file.providers)


def read_recipe(folder: Path) -> Recipe:
    """Read `recipe.yaml` in a folder. Raises `ConfigurationError` for what is not one."""
    path = folder / "recipe.yaml"
    try:
        return msgspec.convert({**read_yaml(path.read_text(encoding="utf-8")), "folder": str(folder)}, Recipe)
    except (OSError, UnicodeDecodeError, TypeError, msgspec.ValidationError) as error:
        cause = f"{folder.name}/recipe.yaml is no recipe: {error}"
    raise ConfigurationError(cause, action="Compare it with recipes/recipe.schema.json.")


def read_yaml(text: str) -> Any:
    """YAML as plain values; dates stay text. Raises `ConfigurationError` where it is malformed."""
    try:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError
    except ImportError:
        raise ConfigurationError(
            "Recipes are YAML, and ruamel.yaml is not installed", action="Run: pip install 'caicaini-nb[recipes]'."
        ) from None
    try:
        return _dates_as_text(YAML(typ="safe", pure=True).load(text))
    except YAMLError as error:
        cause = f"This is not YAML: {str(error).splitlines()[0]}"
    raise ConfigurationError(cause, action="Correct it, then try again.")


def _dates_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _dates_as_text(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
