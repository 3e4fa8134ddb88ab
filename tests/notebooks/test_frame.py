"""The generated frame: each committed notebook has its own, once; writing it again changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.notebooks import frame

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
REGISTRY: dict[str, Any] = {
    "notebooks": [
        {"path": "01_send.ipynb", "title": "Send"},
        {"path": "02_stream.ipynb", "title": "Stream"},
        {"path": "03_fail.ipynb", "title": "Fail"},
    ]
}


def text(cell: dict[str, Any]) -> str:
    """A cell's text, whether it is stored as one string or as lines."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def notebook() -> dict[str, Any]:
    """A title and a recap, without a frame."""
    return {"cells": [{"source": "# Stream\n\nWhy."}, {"source": ["## Recap\n", "\n", "Done."]}]}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_committed_notebook_has_its_frame(path: Path) -> None:
    registry = yaml.safe_load((FOLDER / "registry.yaml").read_text(encoding="utf-8"))
    committed = json.loads(path.read_text(encoding="utf-8"))
    expected = frame.framed(committed, path.name, registry)
    for place in (0, -1):
        assert text(committed["cells"][place]) == text(expected["cells"][place]), "run make outputs"


def test_the_badges_stand_under_the_title() -> None:
    first = frame.framed(notebook(), "02_stream.ipynb", REGISTRY)["cells"][0]
    title, empty, badges, *rest = text(first).split("\n")
    assert (title, empty, rest) == ("# Stream", "", ["", "Why."])
    assert badges.count("[![") == 3
    assert badges.count("02_stream.ipynb") == 3


def test_the_links_name_the_neighbours() -> None:
    assert frame.links("01_send.ipynb", REGISTRY) == "**Next:** [Stream](02_stream.ipynb)"
    assert frame.links("03_fail.ipynb", REGISTRY) == "**Previous:** [Stream](02_stream.ipynb)"
    middle = "**Previous:** [Send](01_send.ipynb) · **Next:** [Fail](03_fail.ipynb)"
    assert frame.links("02_stream.ipynb", REGISTRY) == middle


def test_an_old_frame_is_replaced() -> None:
    once = frame.framed(notebook(), "02_stream.ipynb", REGISTRY)
    assert frame.framed(once, "02_stream.ipynb", REGISTRY) == once
    moved = frame.framed(once, "03_fail.ipynb", REGISTRY)
    assert moved == frame.framed(notebook(), "03_fail.ipynb", REGISTRY)


def test_the_given_notebook_is_left_as_it_is() -> None:
    given = notebook()
    frame.framed(given, "02_stream.ipynb", REGISTRY)
    assert given == notebook()
