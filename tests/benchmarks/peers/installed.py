"""The interpreters of the peers' environments, each made once from its lock."""

from __future__ import annotations

from pathlib import Path

from caicaini_nb.recipes.installing import locked_python

__all__ = ["interpreter"]


def interpreter(name: str) -> Path:
    """The interpreter of the environment that `NAME.txt` beside this file pins."""
    return locked_python(f"bench-{name}", Path(__file__).with_name(f"{name}.txt")) / "bin" / "python"
