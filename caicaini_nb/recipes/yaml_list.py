"""Entries of a list in a YAML file: ours take the place of those with the same name or follow the last, line by line.

Nothing else of the file is written anew, so comments, order, quotes and spacing stay byte for byte. What comes out is
read again and compared with what was meant; where that differs, or where the list stands on one line, it refuses.
"""

from __future__ import annotations

import textwrap
from typing import Any

import msgspec

from ..errors import ConfigurationError
from .recipe import Written, read_yaml

__all__ = ["merged_list"]


class Place(msgspec.Struct, frozen=True):
    """Where a list stands: the lines of each entry (first, one after the last) and how far its dashes are indented."""

    entries: list[tuple[int, int]]
    indent: int


def merged_list(text: str, ours: str, written: Written, newline: str) -> str:
    """`text` with the entries of `ours`; its other top-level keys are added where they are missing."""
    theirs, wanted = read_yaml(text), read_yaml(ours)
    if theirs is None:
        return text + _ended(text, newline) + ours.replace("\n", newline)
    expected = _expected(theirs, wanted, written)
    lines = [line + newline if not line.endswith(("\n", "\r")) else line for line in text.splitlines(keepends=True)]
    fresh = _entry_lines(ours, written)
    root = _compose(text)
    found = _list_node(root, written)
    known = theirs.get(written.list) if written.list else theirs
    if found is None or not known:
        lines = _without_empty(lines, root, written)
        head = [f"{written.list}:{newline}"] if written.list else []
        lines += head + [
            line + newline for entry in fresh.values() for line in textwrap.indent(entry, "  ").splitlines()
        ]
    else:
        lines = _spliced(lines, found, known, fresh, written, newline)
    lines += _missing_keys(theirs, wanted, written, newline)
    merged = "".join(lines)
    if read_yaml(merged) != expected:
        raise _refused("The file is written in a way that cannot be kept")
    return merged


def _expected(theirs: Any, wanted: Any, written: Written) -> Any:
    """What the merged file must mean. Raises `ConfigurationError` for a file of another shape."""
    mine: list[Any] = wanted[written.list] if written.list else wanted
    if type(theirs).__name__ != ("dict" if written.list else "list"):
        raise _refused("The file is not what the tool reads: its outermost value is of another kind")
    current = (theirs.get(written.list) or []) if written.list else theirs
    if not isinstance(current, list) or not all(isinstance(entry, dict) for entry in current):
        raise _refused(f"{written.list or 'The file'} is not a list of entries")
    named = {entry.get(written.identity): entry for entry in mine}
    kept = [named.pop(entry.get(written.identity), entry) for entry in current]
    result = [*kept, *named.values()]
    return {**wanted, **theirs, written.list: result} if written.list else result


def _spliced(
    lines: list[str], node: Any, known: list[Any], fresh: dict[str, str], written: Written, newline: str
) -> list[str]:
    """The lines with each entry replaced where its name is there, the others after the last."""
    place = _place(node, lines)
    prefix = " " * place.indent
    left = dict(fresh)
    for (first, after), entry in reversed(list(zip(place.entries, known, strict=True))):
        name = str(entry.get(written.identity))
        if name in left:
            lines[first:after] = _as_lines(left.pop(name), prefix, newline)
    last = _place(_list_node(_compose("".join(lines)), written), lines).entries[-1][1]
    for entry_text in reversed(left.values()):
        lines[last:last] = _as_lines(entry_text, prefix, newline)
    return lines


def _place(node: Any, lines: list[str]) -> Place:
    if node.flow_style:
        raise _refused("The list stands on one line, in brackets")
    entries = []
    for item in node.value:
        first = item.start_mark.line
        if lines[first].lstrip(" \ufeff")[:1] != "-":
            raise _refused("An entry begins below its dash")
        entries.append((first, _last_line(item, lines) + 1))
    return Place(entries, len(lines[entries[0][0]]) - len(lines[entries[0][0]].lstrip(" ")))


def _last_line(node: Any, lines: list[str]) -> int:
    """The last line of a node's own text; comments and blanks below it belong to what follows."""
    if isinstance(node.value, list) and node.value and not node.flow_style:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last, lines)
    line = node.end_mark.line
    if node.end_mark.column == 0 and line > node.start_mark.line:  # a block of text ends where the next thing begins
        line -= 1
        while line > node.start_mark.line and not lines[line].strip():
            line -= 1
    return int(line)


def _list_node(root: Any, written: Written) -> Any:
    if not written.list:
        return root
    return next((value for key, value in root.value if key.value == written.list), None)


def _without_empty(lines: list[str], root: Any, written: Written) -> list[str]:
    """The lines without a key that has an empty list or nothing: it is written anew at the end."""
    keys = [key for key, _ in root.value if written.list and key.value == written.list]
    if not keys:
        return lines
    start = keys[0].start_mark.line
    if not lines[start].startswith(f"{written.list}:"):
        raise _refused(f"{written.list} is empty in a way that cannot be kept")
    return lines[:start] + lines[start + 1 :]


def _entry_lines(ours: str, written: Written) -> dict[str, str]:
    """The text of each of our entries, from its dash on, by name."""
    lines = ours.splitlines(keepends=True)
    wanted = read_yaml(ours)
    place = _place(_list_node(_compose(ours), written), lines)
    texts = [textwrap.dedent("".join(lines[first:after])) for first, after in place.entries]
    entries = wanted[written.list] if written.list else wanted
    return {str(entry[written.identity]): text for entry, text in zip(entries, texts, strict=True)}


def _missing_keys(theirs: Any, wanted: Any, written: Written, newline: str) -> list[str]:
    """Lines for our other top-level keys that the file does not have: plain values only."""
    if not written.list:
        return []
    missing = [name for name in wanted if name not in theirs and name != written.list]
    return [f"{name}: {msgspec.json.encode(wanted[name]).decode()}{newline}" for name in missing]


def _as_lines(text: str, prefix: str, newline: str) -> list[str]:
    return [f"{prefix}{line}{newline}" for line in text.splitlines()]


def _compose(text: str) -> Any:
    from ruamel.yaml import YAML  # read_yaml came first: it says how to install it

    return YAML(typ="rt", pure=True).compose(text)


def _ended(text: str, newline: str) -> str:
    return newline if text and not text.endswith(("\n", "\r")) else ""


def _refused(cause: str) -> ConfigurationError:
    return ConfigurationError(cause, action="Add by hand what `caicaini recipes show` prints.")
