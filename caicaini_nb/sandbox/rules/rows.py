"""Cutting a text into the parts that a list of objects may come from: lines, clauses, sentences, what `and` joins.

A table gives its lines with the names of its columns. Each way to cut is one proposal; the one whose parts give the
most is kept. It refuses a table whose lines have different numbers of cells.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from caicaini_nb.sandbox.rules.lazy_pattern import deferred

__all__ = ["MOST", "Row", "best_rows", "ways"]

MOST = 200
CUTS = (
    deferred(r"\n+"),
    deferred(r"[;；]\s*|\n+"),
    deferred(r"[;；。]\s*|\n+|(?<=[.!?])\s+"),
    deferred(
        r"[;；。]\s*|\n+|(?<=[.!?])\s+|,\s+(?:and\s+)?(?=[A-Z\d])|\s+and\s+(?=(?:the\s)?[A-Z\d])|[，、]|和(?=[\u4e00-\u9fff])"
    ),
    deferred(r"\n+|;\s*|(?<=[.!?])\s+|(?<=\d),\s+(?:and\s+)?(?=[A-Za-z])|[)]\s*(?:,|and)\s+"),
    deferred(r"\n+|;\s*|(?<=[.!?])\s+|,\s+(?:and\s+)?|\s+and\s+|[，。；、]"),
)
NUMBERING = deferred(r"^\s*(?:[-*•]|\d{1,3}[.)](?=\s))?\s*")


HEADS = 20  # lines among which the one with the names is looked for
DELIMITERS = "|\t;,"
RULE = deferred(r"\s*:?-+:?\s*")


@dataclass(frozen=True)
class Row:
    """An object that a part of a text gave: the required properties it gave, and the paths of those it did not."""

    value: Any
    taken: frozenset[str]
    guessed: tuple[tuple[str, ...], ...]


def best_rows(text: str, wanted: int, row: Callable[[str], Row | None]) -> list[Row]:
    """The rows by the way to cut that gives the most values; of two alike the first.

    Only a part that gives more than half of the `wanted` properties is a row.
    """
    best: list[Row] = []
    most = 0
    for parts in ways(text):
        rows = [found for part in parts if (found := row(part)) is not None and len(found.taken) * 2 > wanted > 0]
        gained = sum(len(found.taken) * 2 - wanted for found in rows)
        if gained > most:
            best, most = rows, gained
    return best


def ways(text: str) -> list[list[str]]:
    """The parts by each way to cut, without bullets and numbering; ways that cut alike are one."""
    found = [[NUMBERING.sub("", part).strip() for part in cut.split(text)[:MOST] if part.strip()] for cut in CUTS]
    return [list(parts) for parts in dict.fromkeys(map(tuple, [*_tables(text), *found]))]


def _tables(text: str) -> list[list[str]]:
    """The lines below a line of column names, each cell after its column's name; none where there is no table."""
    lines = [line for line in text.splitlines() if line.strip()][: MOST + HEADS]
    for mark in DELIMITERS:
        rows = [_cells(line, mark) for line in lines]
        for at, head in enumerate(rows[:-1][:HEADS]):
            body = [row for row in rows[at + 1 :] if not all(RULE.fullmatch(cell) for cell in row)]
            if len(head) > 1 and body and all(map(_is_name, head)) and len(body[0]) == len(head):
                return [
                    ["; ".join(map(": ".join, zip(head, row, strict=True))) for row in body if len(row) == len(head)]
                ]
    return []


def _cells(line: str, mark: str) -> list[str]:
    bare = line.strip().strip("|") if mark == "|" else line
    return [cell.strip() for cell in next(csv.reader([bare], delimiter=mark, skipinitialspace=True), [])]


def _is_name(cell: str) -> bool:
    return 0 < len(cell) <= 30 and any(map(str.isalpha, cell)) and not any(map(str.isdigit, cell))
