"""What a docstring says of a function and of each of its parameters: Google's, reST's and numpy's styles.

Plain text only: nothing of it is rendered, and a style it does not know gives the summary alone.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

__all__ = ["read_docstring"]

BLANK = re.compile(r"\n[ \t]*\n")
SECTION = re.compile(r"(?m)^(?:Args|Arguments|Parameters|Params)\s*:?[ \t]*\n(?P<line>-{3,}[ \t]*\n)?")
HEADING = re.compile(r"(?m)^(?:[A-Z][\w ]*:[ \t]*$|[A-Z][\w ]*\n-{3,}[ \t]*$|:\w+)")
REST = re.compile(
    r"(?m)^:(?:param|parameter|arg|argument)[ \t]+(?:[^:\n]*[ \t])?\*{0,2}(?P<name>\w+):[ \t]*(?P<text>.*)$"
)
GOOGLE = re.compile(r"^\*{0,2}(?P<name>\w+)[ \t]*(?:\([^)]*\))?:[ \t]*(?P<text>.*)$")
NUMPY = re.compile(r"^\*{0,2}(?P<name>\w+(?:[ \t]*,[ \t]*\w+)*)(?:[ \t]*:.*)?$")


def read_docstring(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """The first paragraph on one line, and what is said of each parameter."""
    text = (inspect.getdoc(function) or "").strip()
    ends = [found.start() for pattern in (BLANK, SECTION, REST) if (found := pattern.search(text))]
    summary = _joined(text[: min(ends, default=None)].splitlines())
    return summary, _rest(text) | _section(text)


def _rest(text: str) -> dict[str, str]:
    return {found["name"]: _joined([found["text"], *_indented(text[found.end() :])]) for found in REST.finditer(text)}


def _indented(rest: str) -> list[str]:
    """The lines right after a field that belong to it."""
    lines: list[str] = []
    for line in rest.splitlines()[1:]:
        if not line.strip() or not line[0].isspace():
            break
        lines.append(line)
    return lines


def _section(text: str) -> dict[str, str]:
    begins = SECTION.search(text)
    if begins is None:
        return {}
    body = text[begins.end() :]
    ends = HEADING.search(body)
    entry = NUMPY if begins["line"] else GOOGLE
    return _entries(body[: ends.start()] if ends else body, entry)


def _entries(body: str, entry: re.Pattern[str]) -> dict[str, str]:
    """Entries stand at the least indent of the section; what is indented more goes on with the one above."""
    lines = [line for line in body.splitlines() if line.strip()]
    least = min((_indent(line) for line in lines), default=0)
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for line in lines:
        begun = entry.match(line.strip()) if _indent(line) == least else None
        if begun:
            names = re.split(r"[ \t]*,[ \t]*", begun["name"])
            found |= {name: [begun.groupdict().get("text") or ""] for name in names}
        else:
            for name in names:
                found[name].append(line)
    return {name: _joined(parts) for name, parts in found.items() if _joined(parts)}


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _joined(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())
