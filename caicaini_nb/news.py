"""What happens to one ledger file in this process, for whoever shows it: rows as they are completed, limits as told.

All ledgers of one path share it, so that a meter sees the calls of every client of its kernel. A watcher that fails is
dropped and said so once: a call never fails because of what shows it. Nothing here outlives a fork.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar
from weakref import WeakValueDictionary

from .usage import RateLimit

__all__ = ["Heard", "News"]

Row = TypeVar("Row")


class Heard(NamedTuple):
    """What an answer's headers said of the rate limit, and when: `time.monotonic` and seconds since 1970."""

    limit: RateLimit
    monotonic: float
    at: float

    @property
    def reset_in(self) -> float | None:
        """Seconds from now until the window resets, 0 when it has; `None` where the service did not say."""
        reset = self.limit.reset_seconds
        return None if reset is None else max(0.0, self.monotonic + reset - time.monotonic())


class News(Generic[Row]):
    """One file's. `News.of(path)` gives the same one to all that ask in this process."""

    def __init__(self) -> None:
        self._owner = os.getpid()
        self._watchers: list[Callable[[Row], None]] = []
        self._headers: dict[tuple[str, str], tuple[Mapping[str, str], float, float]] = {}

    @classmethod
    def of(cls, path: Path) -> News[Row]:
        return _SHARED.setdefault(os.path.abspath(path), cls())

    @property
    def is_awaited(self) -> bool:
        """Whether anybody watches: a row is not read again for nobody."""
        return bool(self._watchers) and self._owner == os.getpid()

    def watch(self, watcher: Callable[[Row], None]) -> Callable[[], None]:
        """Call `watcher` with each row completed from now on; what comes back ends that, also when called twice."""
        if self._owner != os.getpid():
            self._owner, self._watchers = os.getpid(), []
        self._watchers.append(watcher)
        return lambda: self._forget(watcher)

    def tell(self, row: Row) -> None:
        for watcher in tuple(self._watchers):
            try:
                watcher(row)
            except Exception as error:
                self._forget(watcher)
                warnings.warn(
                    f"What watched the ledger failed and is no longer told: {type(error).__name__}: {error}",
                    stacklevel=2,
                )

    def hear(self, provider: str, key_prefix: str, headers: Mapping[str, str]) -> None:
        """Keep an answer's headers: they are read when somebody asks."""
        self._headers[provider, key_prefix] = headers, time.monotonic(), time.time()

    def heard(self, provider: str, key_prefix: str) -> Heard | None:
        """The rate limit that the last answer to this key told, or `None` where none has."""
        headers, monotonic, at = self._headers.get((provider, key_prefix), ({}, 0.0, 0.0))
        limit = RateLimit.read(headers)
        return None if limit is None else Heard(limit, monotonic, at)

    def _forget(self, watcher: Callable[[Row], None]) -> None:
        if watcher in self._watchers:
            self._watchers.remove(watcher)


_SHARED: WeakValueDictionary[str, News] = WeakValueDictionary()  # type: ignore[type-arg]  # one for each path
