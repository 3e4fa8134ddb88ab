"""Where the windows of keys are kept: in a file that all kernels of the machine share, or in memory.

No key is in it: a key's row has a digest of it for a name. A file that cannot be used is no reason to stop a job: the
kernel then paces itself alone, and `problem` says why.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from ..bookkeeping.file import is_alive, process_name
from ..config import pacing_path
from ..database import DatabaseError, Kind, open_database
from ..key import Key
from .window import Window

__all__ = ["MemoryStore", "SharedStore", "Store", "identity"]

T = TypeVar("T")

TABLES = (
    "CREATE TABLE windows (name TEXT PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID",
    """CREATE TABLE streams (
        name TEXT NOT NULL, process TEXT NOT NULL, open INTEGER NOT NULL, PRIMARY KEY (name, process)
    ) WITHOUT ROWID""",
)
PACING = Kind("pacing file", 0x63616970, 1, TABLES)
FIND = "SELECT state FROM windows WHERE name = ?"
KEEP = "INSERT OR REPLACE INTO windows VALUES (?, ?)"
OPEN = "SELECT process, open FROM streams WHERE name = ?"
COUNT = "INSERT INTO streams VALUES (?, ?, max(0, ?)) ON CONFLICT DO UPDATE SET open = max(0, open + excluded.open)"
LESS = "UPDATE streams SET open = max(0, open - ?) WHERE name = ? AND process = ?"
FORGET = "DELETE FROM streams WHERE name = ? AND process = ?"


def identity(key: Key, base: str) -> str:
    """The name of a key at a base: a digest that nobody can turn back into the key."""
    return hashlib.blake2b(f"{base}\0{key.reveal()}".encode(), digest_size=16, person=b"caicaini-pacing").hexdigest()


class Store(Protocol):
    """The window of a key, one user at a time, and how many of its streams are open."""

    problem: str | None

    def window(self, name: str) -> AbstractContextManager[Window]:
        """The window to change; what is left in it at the end is kept."""
        ...

    def streams(self, name: str, more: int, limit: int | None) -> bool:
        """Count so many streams more, or fewer; whether there was room."""
        ...

    def close(self) -> None: ...


class MemoryStore:
    """For one process, or for tests."""

    def __init__(self) -> None:
        self.problem: str | None = None
        self._windows: dict[str, Window] = {}
        self._open: dict[str, int] = {}
        self._lock = threading.RLock()

    @contextmanager
    def window(self, name: str) -> Iterator[Window]:
        with self._lock:
            yield self._windows.setdefault(name, Window())

    def streams(self, name: str, more: int, limit: int | None) -> bool:
        with self._lock:
            count = self._open.get(name, 0) + more
            if more > 0 and limit is not None and count > limit:
                return False
            self._open[name] = max(0, count)
            return True

    def close(self) -> None:
        """There is nothing to close."""


class SharedStore:
    """The file that all kernels share. `path` defaults to `CAICAINI_PACING` or your data folder."""

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path) if path is not None else pacing_path()
        self.problem: str | None = None
        self._lock = threading.RLock()
        self._alone = MemoryStore()
        self._decode = msgspec.json.Decoder(Window).decode
        self._connection: sqlite3.Connection | None = None
        try:
            self._connection = open_database(self.path, PACING)
            self._connection.execute("PRAGMA synchronous=OFF")  # of use for a minute; a lost one is learned anew
        except (DatabaseError, sqlite3.Error, OSError) as error:
            self.problem = str(error)

    @contextmanager
    def window(self, name: str) -> Iterator[Window]:
        with self._lock, self._alone.window(name) as mine:
            found = self._try(lambda connection: self._begin(connection, name))
            state = found or mine
            try:
                yield state
            finally:
                if found is not None:
                    self._try(lambda connection: self._end(connection, name, state))

    def streams(self, name: str, more: int, limit: int | None) -> bool:
        with self._lock:
            counted = self._try(lambda connection: self._count(connection, name, more, limit))
            return self._alone.streams(name, more, limit) if counted is None else counted

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _begin(self, connection: sqlite3.Connection, name: str) -> Window:
        connection.execute("BEGIN IMMEDIATE")
        row = connection.execute(FIND, (name,)).fetchone()
        try:
            return self._decode(row[0]) if row else Window()
        except msgspec.MsgspecError:
            return Window()  # of an older version: learned anew

    def _end(self, connection: sqlite3.Connection, name: str, state: Window) -> bool:
        connection.execute(KEEP, (name, msgspec.json.encode(state)))
        connection.execute("COMMIT")
        return True

    def _count(self, connection: sqlite3.Connection, name: str, more: int, limit: int | None) -> bool:
        connection.execute("BEGIN IMMEDIATE")
        try:
            for process, _ in connection.execute(OPEN, (name,)).fetchall():
                if not is_alive(process):
                    connection.execute(FORGET, (name, process))
            count = sum(row[1] for row in connection.execute(OPEN, (name,)))
            is_room = more <= 0 or limit is None or count + more <= limit
            if is_room and more > 0:
                connection.execute(COUNT, (name, process_name(), more))
            elif is_room:
                connection.execute(LESS, (-more, name, process_name()))
            return is_room
        finally:
            connection.execute("COMMIT")

    def _try(self, use: Callable[[sqlite3.Connection], T]) -> T | None:
        """What `use` gives, or `None` where the file cannot be used; from then on it is not."""
        if self._connection is None:
            return None
        try:
            return use(self._connection)
        except (sqlite3.Error, OSError) as error:
            self.problem = str(error)
            self.close()
            return None
