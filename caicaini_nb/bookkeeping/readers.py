"""A long file read by two threads, each over a connection of its own: SQLite then keeps two cores busy, not one."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from queue import SimpleQueue
from typing import TypeAlias, TypeVar

__all__ = ["Reading", "read_parts"]

T = TypeVar("T")
Part = TypeVar("Part")
Reading: TypeAlias = Callable[[], AbstractContextManager[sqlite3.Connection]]
AHEAD = 2  # parts begun for each connection, so that none waits for who takes them
SHORT = 4  # parts: starting threads takes longer than they save


def read_parts(
    reading: Reading, path: Path | None, parts: Sequence[Part], read: Callable[[sqlite3.Connection, Part], T]
) -> Iterator[T]:
    """What `read` makes of each part, in their order, begun ahead of who takes it; errors come where they would.

    `path` is the file that `reading` gives a connection to, `None` where nobody else can open it. Whoever stops early
    waits for the few parts that are under way.
    """
    if path is None or len(parts) < SHORT:
        for part in parts:
            with reading() as connection:
                made = read(connection, part)
            yield made
        return
    with _second(path, reading) as other:
        yield from _in_threads((reading, other), parts, read, reading)


def _in_threads(
    readings: Sequence[Reading], parts: Sequence[Part], read: Callable[[sqlite3.Connection, Part], T], first: Reading
) -> Iterator[T]:
    free: SimpleQueue[Reading] = SimpleQueue()
    for reading in readings:
        free.put(reading)

    def one(part: Part) -> T:
        mine = free.get()
        try:
            with mine() as connection:
                return read(connection, part)
        except sqlite3.Error:  # the other connection's: the first one says it in the ledger's words, if it fails too
            with first() as connection:
                return read(connection, part)
        finally:
            free.put(mine)

    ahead = AHEAD * len(readings)
    with ThreadPoolExecutor(len(readings)) as threads:
        begun = deque(threads.submit(one, part) for part in parts[:ahead])
        for part in parts[ahead:]:
            made = begun.popleft().result()
            begun.append(threads.submit(one, part))
            yield made
        while begun:
            yield begun.popleft().result()


@contextmanager
def _second(path: Path, reading: Reading) -> Iterator[Reading]:
    """Another connection, which cannot write; where there can be none, the same again."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    except sqlite3.Error:
        yield reading
        return
    try:
        yield lambda: nullcontext(connection)
    finally:
        connection.close()
