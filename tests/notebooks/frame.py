"""What frames every notebook and is generated from the registry: the badges under its title, the links at its end.

The functions are pure. `execute.py` writes the frame, a test compares it with what is committed.
"""

from __future__ import annotations

from typing import Any

__all__ = ["badges", "framed", "links"]

Notebook = dict[str, Any]

REPOSITORY = "caicaini-nb/caicaini-nb"
SERVICES = (
    (
        "Run it on Binder",
        "https://mybinder.org/badge_logo.svg",
        "https://mybinder.org/v2/gh/{repository}/HEAD?labpath=notebooks%2F{name}",
    ),
    (
        "Open it in Colab",
        "https://colab.research.google.com/assets/colab-badge.svg",
        "https://colab.research.google.com/github/{repository}/blob/HEAD/notebooks/{name}",
    ),
    (
        "Read it on nbviewer",
        "https://raw.githubusercontent.com/jupyter/design/main/logos/Badges/nbviewer_badge.svg",
        "https://nbviewer.org/github/{repository}/blob/HEAD/notebooks/{name}",
    ),
)
LINKS_BEGIN = ("**Previous:**", "**Next:**")


def badges(name: str) -> str:
    """One line of Markdown: where the notebook of this file name runs or reads without an installation."""
    return " ".join(
        f"[![{alt}]({image})]({address.format(repository=REPOSITORY, name=name)})" for alt, image, address in SERVICES
    )


def links(name: str, registry: dict[str, Any]) -> str:
    """One line of Markdown: the notebooks before and after this one in reading order."""
    entries = registry["notebooks"]
    place = [entry["path"] for entry in entries].index(name)
    beside = ((LINKS_BEGIN[0], entries[max(0, place - 1) : place]), (LINKS_BEGIN[1], entries[place + 1 : place + 2]))
    return " · ".join(f"{word} [{entry['title']}]({entry['path']})" for word, found in beside for entry in found)


def framed(notebook: Notebook, name: str, registry: dict[str, Any]) -> Notebook:
    """The notebook with its badges in the first cell and its links in the last; those it had are replaced."""
    cells = [dict(cell) for cell in notebook["cells"]]
    title, *rest = _without(cells[0], "[![").split("\n")
    cells[0]["source"] = "\n".join([title, "", badges(name), *rest])
    cells[-1]["source"] = "\n\n".join([_without(cells[-1], *LINKS_BEGIN).rstrip(), links(name, registry)])
    return {**notebook, "cells": cells}


def _without(cell: dict[str, Any], *beginnings: str) -> str:
    """The cell's text without the lines that begin so, and without the empty line that each of them leaves."""
    text = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    kept: list[str] = []
    for line in text.split("\n"):
        if line.startswith(beginnings):
            if kept and not kept[-1]:
                kept.pop()
        else:
            kept.append(line)
    return "\n".join(kept)
