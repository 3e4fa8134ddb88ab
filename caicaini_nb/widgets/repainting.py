"""When a view is painted again: at once, but not more often than ten times a second; the last state is always shown.

It refuses to run on a clock of its own: where nothing changes, nothing happens.
"""

from __future__ import annotations

import contextvars
import threading
import time
import warnings
from collections.abc import Callable

from ..interrupts import held
from .timer import later

__all__ = ["Repainting"]

INTERVAL = 0.1  # seconds


class Repainting:
    """Call it when something has changed; `paint` is called here, or soon after in a thread of its own.

    `interval` is seconds between two paintings. One that is not `eager` is painted so long after the first change, and
    always in that thread: it takes long, or nobody waits for it.
    """

    def __init__(
        self,
        paint: Callable[[], None],
        *,
        interval: float = INTERVAL,
        eager: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._paint = paint
        self.interval, self._eager = interval, eager
        self._clock = clock
        self._lock = threading.RLock()
        self._painted = float("-inf")
        self._timer: threading.Timer | None = None
        self._is_over = False

    def __call__(self) -> None:
        with self._lock:
            if self._timer is not None or self._is_over:
                return
            wait = self._painted + self.interval - self._clock() if self._eager else self.interval
            if wait <= 0:
                self._now()
            else:
                context = contextvars.copy_context()  # which output is updated is kept there
                with held():
                    self._timer = later(wait, lambda: context.run(self._due))

    def now(self) -> None:
        """Paint at once, because somebody waits for it."""
        with self._lock:
            if not self._is_over:
                self._now()

    def end(self) -> None:
        """Nothing is painted any more."""
        with self._lock:
            self._is_over = True
            if self._timer is not None:
                self._timer.cancel()

    def _due(self) -> None:
        with self._lock:
            self._timer = None
            if not self._is_over:
                self._now()

    def _now(self) -> None:
        self._painted = self._clock()
        try:
            self._paint()
        except Exception as error:  # a call must not fail because of what shows it
            self._is_over = True
            warnings.warn(f"A live view cannot be shown any more: {type(error).__name__}: {error}", stacklevel=3)
