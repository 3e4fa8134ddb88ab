"""One timer: something done later, in a thread that keeps no program from ending."""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["later"]


def later(seconds: float, action: Callable[[], None]) -> threading.Timer:
    """Start it; `cancel` of what comes back takes it back."""
    timer = threading.Timer(seconds, action)
    timer.daemon = True
    timer.start()
    return timer
