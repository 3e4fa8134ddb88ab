"""Every committed notebook passes the gate, the registry matches, each check finds a fault planted for it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.notebooks import gate

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
Notebook = dict[str, Any]
SENTENCE = "You send one message and read what comes back, with its cost in credits beside it. "


def load(path: Path) -> Notebook:
    """The notebook as it is stored."""
    found: Notebook = json.loads(path.read_text(encoding="utf-8"))
    return found


def markdown(number: int, text: str) -> dict[str, Any]:
    """One text cell."""
    return {"cell_type": "markdown", "id": f"text-{number}", "metadata": {}, "source": text}


def code(number: int, text: str) -> dict[str, Any]:
    """One code cell, run as the given number, with one printed line."""
    output = {"output_type": "stream", "name": "stdout", "text": "4\n"}
    return {
        "cell_type": "code",
        "id": f"code-{number}",
        "metadata": {},
        "execution_count": number,
        "outputs": [output],
        "source": text,
    }


@pytest.fixture
def sound() -> Notebook:
    """A notebook with nothing wrong."""
    cells = [markdown(0, "# Send a message\n\n![A chart: two bars, 3 and 5 credits](chart.png)")]
    for number in range(1, 13):
        cells += [markdown(number, f"## Part {number}\n\n" + SENTENCE * 4), code(number, "print(2 + 2)")]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS, "notebooks/ holds no notebook"


@pytest.mark.parametrize("name", gate.CHECKS)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_committed_notebook_passes(path: Path, name: str) -> None:
    found = gate.CHECKS[name](load(path))
    assert not found, "\n".join(found)


def test_the_registry_is_valid_and_matches_the_files() -> None:
    registry = yaml.safe_load((FOLDER / "registry.yaml").read_text(encoding="utf-8"))
    schema = json.loads((FOLDER / "registry.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(registry, schema, cls=jsonschema.Draft202012Validator)
    titles = {
        path.name: next((text for level, text in gate.headings(load(path)) if level == 1), "") for path in NOTEBOOKS
    }
    found = gate.registry_faults(registry, titles)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", gate.CHECKS)
def test_a_sound_notebook_has_no_fault(sound: Notebook, name: str) -> None:
    assert gate.CHECKS[name](sound) == []


def cell_of(notebook: Notebook) -> dict[str, Any]:
    """The first code cell, to plant a fault in."""
    return gate.code_cells(notebook)[0]


def error() -> dict[str, Any]:
    """An error output as IPython stores it."""
    return {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": ["ValueError: no"]}


def stream(name: str, text: str) -> dict[str, Any]:
    """A stream output."""
    return {"output_type": "stream", "name": name, "text": text}


def shorten(notebook: Notebook) -> None:
    """Leave only the headings of the text."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = cell["source"].splitlines()[0]


PLANTED: dict[str, tuple[str, Callable[[Notebook], object]]] = {
    "an old format": ("format", lambda notebook: notebook.update(nbformat_minor=4)),
    "no cell id": ("format", lambda notebook: cell_of(notebook).pop("id")),
    "a cell id twice": ("format", lambda notebook: cell_of(notebook).update(id="code-2")),
    "an output of no kind": (
        "format",
        lambda notebook: cell_of(notebook).update(outputs=[{"output_type": "x"}]),
    ),
    "a cell that was not run": ("order", lambda notebook: cell_of(notebook).update(execution_count=None)),
    "a cell run twice": ("order", lambda notebook: cell_of(notebook).update(execution_count=14)),
    "a stray error": ("errors", lambda notebook: cell_of(notebook)["outputs"].append(error())),
    "a tag without its error": (
        "errors",
        lambda notebook: cell_of(notebook)["metadata"].update(tags=["raises-exception"]),
    ),
    "a mistyped magic": (
        "usage errors",
        lambda notebook: cell_of(notebook)["outputs"].append(stream("stdout", "UsageError: Line magic not found")),
    ),
    "a warning": (
        "stderr",
        lambda notebook: cell_of(notebook)["outputs"].append(stream("stderr", "Warning")),
    ),
    "a key in a cell": (
        "keys",
        lambda notebook: cell_of(notebook).update(source="key = 'cai_" + "api_" + "a1B2" * 8 + "'"),
    ),
    "a key in an output": (
        "keys",
        lambda notebook: cell_of(notebook)["outputs"].append(stream("stdout", "sk-" + "a1B2" * 8)),
    ),
    "an image without alt text": (
        "images",
        lambda notebook: notebook["cells"].append(markdown(90, "![](chart.png)")),
    ),
    "an img tag without alt": (
        "images",
        lambda notebook: notebook["cells"].append(markdown(90, '<img src="a.png" alt="">')),
    ),
    "two H1": ("headings", lambda notebook: notebook["cells"].append(markdown(90, "# Another"))),
    "an H1 that comes late": (
        "headings",
        lambda notebook: notebook["cells"].insert(0, markdown(90, "## First")),
    ),
    "no H1": ("headings", lambda notebook: notebook["cells"].pop(0)),
    "too big": (
        "size",
        lambda notebook: cell_of(notebook)["outputs"].append(stream("stdout", "x" * gate.BYTES)),
    ),
    "too few cells": ("length", lambda notebook: notebook["cells"].__delitem__(slice(12, None))),
    "too many cells": (
        "length",
        lambda notebook: notebook["cells"].extend(markdown(n, "") for n in range(90, 110)),
    ),
    "too few words": ("length", shorten),
    "too many words": ("length", lambda notebook: notebook["cells"].append(markdown(90, SENTENCE * 60))),
    "a long cell": ("code", lambda notebook: cell_of(notebook).update(source="x = 1\n" * 16)),
    "long cells": (
        "code",
        lambda notebook: [cell.update(source="x = 1\n" * 5) for cell in gate.code_cells(notebook)],
    ),
    "no code": ("code", lambda notebook: notebook.update(cells=[markdown(0, "# Send")])),
}


@pytest.mark.parametrize(("check", "plant"), PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_found(sound: Notebook, check: str, plant: Callable[[Notebook], object]) -> None:
    plant(sound)
    assert gate.CHECKS[check](sound) != []


def test_every_check_has_a_planted_fault() -> None:
    assert {check for check, _ in PLANTED.values()} == set(gate.CHECKS)


def test_an_announced_error_passes(sound: Notebook) -> None:
    cell = cell_of(sound)
    cell["metadata"]["tags"] = ["raises-exception"]
    cell["outputs"] = [error()]
    assert gate.error_faults(sound) == []


def test_code_in_the_text_is_not_a_heading(sound: Notebook) -> None:
    sound["cells"].append(markdown(90, "```python\n# not a heading\n```"))
    assert gate.heading_faults(sound) == []


TITLES = {"01_send_a_message.ipynb": "Send a message", "02_stream_it.ipynb": "Stream it"}
ENTRIES: list[dict[str, Any]] = [
    {"path": "01_send_a_message.ipynb", "title": "Send a message"},
    {"path": "02_stream_it.ipynb", "title": "Stream it", "after": ["01_send_a_message.ipynb"]},
]


def test_a_registry_that_matches_has_no_fault() -> None:
    assert gate.registry_faults({"notebooks": ENTRIES}, TITLES) == []


REGISTRY_FAULTS: dict[str, Callable[[list[dict[str, Any]]], object]] = {
    "a file is not listed": lambda entries: entries.pop(),
    "an entry is no file": lambda entries: entries.append({"path": "03_x.ipynb", "title": "X"}),
    "listed twice": lambda entries: entries.append(entries[1]),
    "out of order": lambda entries: entries.reverse(),
    "another title": lambda entries: entries[0].update(title="Say hello"),
    "builds on a later one": lambda entries: entries[0].update(after=["02_stream_it.ipynb"]),
}


@pytest.mark.parametrize("plant", REGISTRY_FAULTS.values(), ids=REGISTRY_FAULTS)
def test_a_planted_registry_fault_is_found(plant: Callable[[list[dict[str, Any]]], object]) -> None:
    entries = copy.deepcopy(ENTRIES)
    plant(entries)
    assert gate.registry_faults({"notebooks": entries}, TITLES) != []
