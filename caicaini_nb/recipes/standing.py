"""What was proved of a recipe, in a sentence: the same on the command line and in the picker."""

from __future__ import annotations

from collections.abc import Mapping

from .recipe import Class, Recipe

__all__ = ["standing"]

RAN: Mapping[Class, str] = {
    "A": "The product itself was run with these files",
    "B": "The product's own code was run with these settings",
    "C": "The library it calls was run with these settings",
    "D": "Not run: there is nothing that could be run in a test",
}


def standing(recipe: Recipe) -> str:
    """Which part of the tool ran, with its version and the date."""
    said = RAN[recipe.kind]
    return f"{said} (version {recipe.version}, {recipe.date})." if recipe.verify else f"{said}."
