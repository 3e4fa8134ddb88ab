"""A job's folder: what it is, and what became of each row. Lines are only added, each process in a file of its own.

A row counts as done once its line is on the disk. A folder on another machine (`s3://…`, any that fsspec knows) takes
its lines in small files instead, because most of those cannot add to one. One process at a time works on a job.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from ..errors import ConfigurationError

__all__ = ["LINES", "Folder", "LocalFolder", "Writer", "lines_name"]

LINES = "outcomes-"


class Writer(Protocol):
    """Adds lines; what `write` has returned from with `durable` is on the disk."""

    def write(self, lines: bytes, *, durable: bool) -> None: ...

    def close(self) -> None: ...


class Folder(Protocol):
    """Where a job is kept."""

    @property
    def address(self) -> str:
        """The path or address, for people and for other processes."""
        ...

    def read(self, name: str) -> bytes | None:
        """A file's content, `None` where there is none."""
        ...

    def put(self, name: str, content: bytes) -> None:
        """Write a file, whole or not at all."""
        ...

    def lines(self, name: str = "") -> Iterator[bytes]:
        """Every line that any process has added, the oldest file first; with a name, that writer's alone."""
        ...

    def tail(self, seen: dict[str, int]) -> Iterator[bytes]:
        """The whole lines added since `seen` was last given here; it is brought up to date."""
        ...

    def writer(self, name: str = "") -> Writer:
        """A file of lines for this process."""
        ...

    def claim(self) -> contextlib.AbstractContextManager[None]:
        """Be the one process that works on the job. Raises `ConfigurationError` where another one is."""
        ...


class LocalFolder:
    """A folder of this machine's."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def address(self) -> str:
        return str(self.path)

    def read(self, name: str) -> bytes | None:
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, name: str, content: bytes) -> None:
        partial = self.path / f".{name}-{secrets.token_hex(4)}"
        try:
            with open(partial, "xb", opener=_private) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, self.path / name)
        finally:
            partial.unlink(missing_ok=True)

    def lines(self, name: str = "") -> Iterator[bytes]:
        for path in sorted(self.path.glob(f"{LINES}*-{name}-*" if name else f"{LINES}*")):
            with open(path, "rb") as file:
                yield from file

    def tail(self, seen: dict[str, int]) -> Iterator[bytes]:
        for path in sorted(self.path.glob(f"{LINES}*")):
            with open(path, "rb") as file:
                file.seek(seen.get(path.name, 0))
                added = file.read()
            whole = added.rfind(b"\n") + 1
            seen[path.name] = seen.get(path.name, 0) + whole
            yield from added[:whole].splitlines(keepends=True)

    def writer(self, name: str = "") -> Writer:
        return _LocalWriter(self.path / lines_name(name))

    @contextlib.contextmanager
    def claim(self) -> Iterator[None]:
        with open(self.path / "lock", "a+b", opener=_private) as file:
            if not _lock(file.fileno()):
                file.seek(0)
                holder = file.read(20).decode("ascii", "replace").strip() or "unknown"
                raise ConfigurationError(
                    f"The job in {self.path} is being worked on already, by process {holder}",
                    action="Wait for it, or stop it there first: two would ask, and pay for, the same rows.",
                )
            file.truncate(0)
            file.write(str(os.getpid()).encode())
            file.flush()
            yield  # closing the file gives the lock back, and so does the end of the process


class _LocalWriter:
    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

    def write(self, lines: bytes, *, durable: bool) -> None:
        written = os.write(self._file, lines)
        while written < len(lines):  # a full disk takes a part, and then says so
            written += os.write(self._file, lines[written:])
        if durable:
            _sync(self._file)

    def close(self) -> None:
        os.close(self._file)


def lines_name(name: str) -> str:
    """A file of lines that no other process has; in the order of their making."""
    return f"{LINES}{time.time_ns() // 1_000_000:014d}-{name or os.getpid()}-{secrets.token_hex(3)}.jsonl"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


_sync = getattr(os, "fdatasync", os.fsync)  # not on every system


def _lock(descriptor: int) -> bool:
    """Take the lock of an open file without waiting; whether it is ours now."""
    locking: Any
    try:
        import fcntl as locking
    except ImportError:  # Windows
        import msvcrt as locking

        def attempt() -> None:
            locking.locking(descriptor, locking.LK_NBLCK, 1)
    else:

        def attempt() -> None:
            locking.flock(descriptor, locking.LOCK_EX | locking.LOCK_NB)

    try:
        attempt()
    except OSError:
        return False
    return True
