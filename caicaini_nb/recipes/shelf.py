"""Which recipes there are: in the installed package, else in the checkout it runs from. It reads one at a time."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from pathlib import Path

from ..errors import ConfigurationError
from .recipe import Recipe, read_recipe

__all__ = ["named", "names", "root"]

PACKAGE = Path(__file__).parents[1]


@cache
def root() -> Path:
    """The folder of the recipes. Raises `ConfigurationError` where an installation left them out."""
    for folder in (PACKAGE / "data" / "recipes", PACKAGE.parent / "recipes"):
        if (folder / "recipe.schema.json").is_file():
            return folder
    raise ConfigurationError("This installation holds no recipes", action="Install caicaini-nb again.")


def names() -> list[str]:
    """The tools there are recipes for, in alphabetical order."""
    return sorted(path.parent.name for path in root().glob("*/recipe.yaml"))


@cache
def named(tool: str) -> Recipe:
    """The recipe for a tool. Raises `ConfigurationError` with near names for one there is none for."""
    known = names()
    if tool not in known:
        near = get_close_matches(tool.lower(), known, n=3, cutoff=0.5) or [
            name for name in known if tool.lower() and (tool.lower() in name or name in tool.lower())
        ]
        hint = f"Did you mean {' or '.join(near)}?" if near else f"Use one of {', '.join(known)}."
        raise ConfigurationError(f"There is no recipe for {tool!r}", action=hint)
    return read_recipe(root() / tool)
