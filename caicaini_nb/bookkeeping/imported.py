"""Calls that other programs made, out of their logs into the ledger: one JSON object a line, each added once.

Their rows have the origin *imported*, so that no sum over your own calls takes them in unasked. A line that is not a
request is reported with its number, and the others are added.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import msgspec

from ..errors import ConfigurationError
from .entry import COLUMNS
from .line import Line, inner
from .litellm_line import is_litellm, read_litellm
from .openai_line import read_openai

__all__ = ["Imported", "Refused", "import_jsonl"]

AT_ONCE = 1000  # rows to a transaction: other kernels write in between
SHOWN = 5
Reading: TypeAlias = Callable[[], AbstractContextManager[sqlite3.Connection]]
NEW = "INSERT OR IGNORE INTO imported (line) VALUES (?)"
ADD = f"INSERT INTO entries ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
ALWAYS = {"origin": "imported", "attempt": 1, "process": ""}


class Refused(msgspec.Struct, frozen=True):
    """A line that is not a request, counted from 1, and why."""

    line: int
    reason: str


class Imported(msgspec.Struct, frozen=True):
    """What came of a file: rows added, requests that were in the ledger already, lines that are none."""

    added: int
    known: int
    refused: tuple[Refused, ...]

    def __str__(self) -> str:
        said = [f"{self.added:,} rows added", f"{self.known:,} known already"]
        if self.refused:
            shown = "; ".join(f"line {one.line}: {one.reason}" for one in self.refused[:SHOWN])
            more = f"; and {len(self.refused) - SHOWN:,} more" if len(self.refused) > SHOWN else ""
            said.append(f"{len(self.refused):,} lines refused ({shown}{more})")
        return ", ".join(said)


def import_jsonl(reading: Reading, path: Path) -> Imported:
    """Add a log's requests through the ledger's connection. Raises `ConfigurationError` where it cannot be read."""
    added = known = 0
    refused: list[Refused] = []
    try:
        with path.open("rb") as file:
            lines = _lines(file, refused)
            while batch := list(islice(lines, AT_ONCE)):
                with reading() as connection:
                    new = _add(connection, batch)
                added += new
                known += len(batch) - new
    except OSError as error:
        raise ConfigurationError(
            f"The log {path} cannot be read: {error.strerror}", action="Give the path of a file of JSON lines."
        ) from None
    return Imported(added, known, tuple(refused))


def _lines(file: Iterator[bytes], refused: list[Refused]) -> Iterator[Line]:
    for number, text in enumerate(file, 1):
        text = text.removeprefix(b"\xef\xbb\xbf").strip()
        if not text:
            continue
        try:
            yield _read(text)
        except ValueError as error:
            refused.append(Refused(number, str(error)))


def _read(text: bytes) -> Line:
    try:
        line = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"it is not JSON ({error})") from None
    if not isinstance(line, dict):
        raise ValueError("it is not a JSON object")
    line = inner(line.get("standard_logging_object")) or line
    return read_litellm(line) if is_litellm(line) else read_openai(line)


def _add(connection: sqlite3.Connection, batch: list[Line]) -> int:
    """All of a batch or none of it; how many were new."""
    new = 0
    connection.execute("BEGIN IMMEDIATE")
    try:
        for line in batch:
            if connection.execute(NEW, (line.digest,)).rowcount:
                fields = line.fields | ALWAYS
                connection.execute(ADD, tuple(map(fields.get, COLUMNS)))
                new += 1
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return new
