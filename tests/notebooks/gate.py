"""What a committed notebook must be, as pure checks of its content that return the faults found.

The checks refuse what a run under nbval lets pass: cells that were never run, a `UsageError` that only
printed, a picture nobody can hear described. They run nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import nbformat

__all__ = ["CHECKS", "code_cells", "headings", "prose", "registry_faults"]

Notebook = dict[str, Any]
Cell = dict[str, Any]

CELLS = (20, 40)
WORDS = (600, 1_200)
CODE_LINES_MEDIAN = 4
CODE_LINES_MAXIMUM = 15
BYTES = 200_000

KEY_SHAPED = re.compile("cai_" + r"api_[A-Za-z0-9_-]{16,}|\b" + "sk" + r"-[A-Za-z0-9_-]{20,}")
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$", re.MULTILINE)
MARKDOWN_IMAGE = re.compile(r"!\[([^\]]*)\]")
HTML_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
ALT = re.compile(r"""\balt\s*=\s*(?:"[^"]*\w[^"]*"|'[^']*\w[^']*')""", re.IGNORECASE)
NOT_PROSE = re.compile(r"<[^>]+>|\]\([^)]*\)|`[^`]*`")


def source(cell: Cell) -> str:
    """A cell's text, whether it is stored as one string or as lines."""
    text = cell["source"]
    return text if isinstance(text, str) else "".join(text)


def code_cells(notebook: Notebook) -> list[Cell]:
    """The code cells that hold code."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code" and source(cell).strip()]


def prose(notebook: Notebook) -> str:
    """All Markdown text without its fenced code."""
    cells = (source(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    return FENCE.sub("", "\n\n".join(cells))


def headings(notebook: Notebook) -> list[tuple[int, str]]:
    """Every heading in order, as its level and text."""
    return [(len(level), text) for level, text in HEADING.findall(prose(notebook))]


def outputs(notebook: Notebook) -> Iterator[tuple[int, Cell, dict[str, Any]]]:
    """Every output with its cell and the cell's place in the notebook."""
    for index, cell in enumerate(notebook["cells"]):
        for output in cell.get("outputs", []):
            yield index, cell, output


def format_faults(notebook: Notebook) -> list[str]:
    """Valid nbformat 4.5, every cell with an id of its own."""
    if (notebook.get("nbformat"), notebook.get("nbformat_minor")) != (4, 5):
        return ["it is not nbformat 4.5: save it with a current JupyterLab"]
    identifiers = [cell.get("id") for cell in notebook["cells"]]
    if None in identifiers or len(set(identifiers)) < len(identifiers):
        return ["each cell needs an id of its own: save it with a current JupyterLab"]
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        return [f"it is not a valid notebook: {str(error).splitlines()[0]}"]
    return []


def order_faults(notebook: Notebook) -> list[str]:
    """All code cells run once, from the first to the last."""
    counts = [cell.get("execution_count") for cell in code_cells(notebook)]
    if counts == list(range(1, len(counts) + 1)):
        return []
    return [f"the cells were not run once in order from a fresh kernel: {counts}"]


def error_faults(notebook: Notebook) -> list[str]:
    """No error that is not announced by its tag, and no tag without its error."""
    found = []
    for index, cell in enumerate(notebook["cells"]):
        announced = "raises-exception" in cell["metadata"].get("tags", [])
        failed = any(output["output_type"] == "error" for output in cell.get("outputs", []))
        if failed and not announced:
            found.append(f"cell {index} ends in an error and has no tag raises-exception")
        if announced and not failed:
            found.append(f"cell {index} has the tag raises-exception and no error")
    return found


def usage_error_faults(notebook: Notebook) -> list[str]:
    """No mistyped magic: IPython only prints it, so a run passes."""
    return [
        f"cell {index} shows a UsageError"
        for index, _, output in outputs(notebook)
        if "UsageError" in json.dumps(output)
    ]


def stderr_faults(notebook: Notebook) -> list[str]:
    """Nothing on the error stream: no warning, no progress bar."""
    return [
        f"cell {index} writes to stderr" for index, _, output in outputs(notebook) if output.get("name") == "stderr"
    ]


def key_faults(notebook: Notebook) -> list[str]:
    """Nothing that looks like a key, in any cell, output or metadata; it is not repeated here."""
    return ["it holds what looks like a key"] if KEY_SHAPED.search(json.dumps(notebook)) else []


def image_faults(notebook: Notebook) -> list[str]:
    """Every picture in the text says in words what it shows."""
    text = prose(notebook)
    silent = [alt for alt in MARKDOWN_IMAGE.findall(text) if not alt.strip()]
    silent += [tag for tag in HTML_IMAGE.findall(text) if not ALT.search(tag)]
    return [f"{len(silent)} images have no alt text"] if silent else []


def heading_faults(notebook: Notebook) -> list[str]:
    """One H1, and it comes first."""
    levels = [level for level, _ in headings(notebook)]
    if levels.count(1) == 1 and levels[0] == 1:
        return []
    return [f"one H1 is wanted, as the first heading: the levels are {levels}"]


def size_faults(notebook: Notebook) -> list[str]:
    """Small enough to open at once: under 200 KB."""
    size = len(json.dumps(notebook, ensure_ascii=False).encode())
    return [f"it has {size:,} bytes, under {BYTES:,} wanted"] if size >= BYTES else []


def length_faults(notebook: Notebook) -> list[str]:
    """20 to 40 cells and 600 to 1,200 words."""
    words = [word for word in NOT_PROSE.sub(" ", prose(notebook)).split() if any(map(str.isalnum, word))]
    measured = [("cells", len(notebook["cells"]), CELLS), ("words", len(words), WORDS)]
    return [
        f"it has {count:,} {what}, {low} to {high:,} wanted"
        for what, count, (low, high) in measured
        if not low <= count <= high
    ]


def code_faults(notebook: Notebook) -> list[str]:
    """Code cells of 4 lines in the median and 15 at most, empty lines not counted."""
    lengths = [sum(1 for line in source(cell).splitlines() if line.strip()) for cell in code_cells(notebook)]
    if not lengths:
        return ["it has no code"]
    found = [
        f"a code cell has {length} lines, at most {CODE_LINES_MAXIMUM} wanted"
        for length in lengths
        if length > CODE_LINES_MAXIMUM
    ]
    if median(lengths) > CODE_LINES_MEDIAN:
        found.append(f"code cells have {median(lengths)} lines in the median, at most {CODE_LINES_MEDIAN} wanted")
    return found


def registry_faults(registry: dict[str, Any], titles: dict[str, str]) -> list[str]:
    """One entry for each notebook file and one file for each entry, in reading order, under its own title."""
    listed = [entry["path"] for entry in registry["notebooks"]]
    found = [f"{path} is in registry.yaml and is no file" for path in listed if path not in titles]
    found += [f"{path} has no entry in registry.yaml" for path in titles if path not in listed]
    if listed != sorted(set(listed)):
        found.append("registry.yaml does not list each notebook once in reading order")
    for entry in registry["notebooks"]:
        if titles.get(entry["path"], entry["title"]) != entry["title"]:
            found.append(f"{entry['path']} is headed {titles[entry['path']]!r}, registry.yaml says {entry['title']!r}")
        found += [
            f"{entry['path']} builds on {path}, which comes after it"
            for path in entry.get("after", [])
            if path >= entry["path"]
        ]
    return found


CHECKS: dict[str, Callable[[Notebook], list[str]]] = {
    "format": format_faults,
    "order": order_faults,
    "errors": error_faults,
    "usage errors": usage_error_faults,
    "stderr": stderr_faults,
    "keys": key_faults,
    "images": image_faults,
    "headings": heading_faults,
    "size": size_faults,
    "length": length_faults,
    "code": code_faults,
}
