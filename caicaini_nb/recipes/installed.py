"""Whether a recipe's tool is on this machine: its program, its Python package, or its npm package. It runs nothing."""

from __future__ import annotations

import json
import shutil
from importlib import metadata
from pathlib import Path

from ..errors import ConfigurationError
from .recipe import Recipe

__all__ = ["check_installed"]


def check_installed(recipe: Recipe) -> str:
    """Where the tool is, in words. Raises `ConfigurationError` with the command that installs it."""
    found = _program(recipe) or _python_package(recipe) or _npm_package(recipe)
    if found is not None:
        return found
    if recipe.install is None:
        return f"{recipe.title} cannot be looked for; see {recipe.homepage}"
    raise ConfigurationError(f"{recipe.title} is not installed here", action=f"Run: {recipe.install}")


def _program(recipe: Recipe) -> str | None:
    path = recipe.program and shutil.which(recipe.program)
    return f"{recipe.program} is {path}" if path else None


def _python_package(recipe: Recipe) -> str | None:
    if recipe.verify is None or recipe.needs.python is None:
        return None
    try:
        return f"{recipe.verify.package} {metadata.version(recipe.verify.package)} in this Python"
    except metadata.PackageNotFoundError:
        return None


def _npm_package(recipe: Recipe) -> str | None:
    if recipe.verify is None or recipe.needs.node is None:
        return None
    here = Path.cwd()
    for folder in (here, *here.parents):
        path = folder / "node_modules" / recipe.verify.package / "package.json"
        if path.is_file():
            return f"{recipe.verify.package} {json.loads(path.read_text(encoding='utf-8'))['version']} in {folder}"
    return None
