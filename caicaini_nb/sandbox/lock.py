"""A lock file held by at most one process, released by the system when that process ends, however it ends."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import TracebackType

__all__ = ["FileLock"]

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


class FileLock:
    """Hold `path` for the length of a `with`; TimeoutError when another process keeps it past `wait_seconds`."""

    def __init__(self, path: Path, wait_seconds: float = 20.0) -> None:
        self._path = path
        self._wait_seconds = wait_seconds
        self._descriptor: int | None = None

    def __enter__(self) -> FileLock:
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + self._wait_seconds
        while not _try_lock(self._descriptor):
            if time.monotonic() >= deadline:
                self.release()
                raise TimeoutError(f"Another process holds {self._path.name}: wait for it, or end it.")
            time.sleep(0.01)
        return self

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
