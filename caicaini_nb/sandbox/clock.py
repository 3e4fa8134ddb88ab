"""An account's clock: real time plus an offset that tests and notebooks move forward, never back."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime

__all__ = ["Clock"]


class Clock:
    """Seconds since 1970 as one account sees them."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def now(self) -> float:
        """Return the account's time in seconds since 1970."""
        return time.time() + self.offset

    def moment(self) -> datetime:
        """Return the account's time as a UTC datetime."""
        return datetime.fromtimestamp(self.now(), UTC)

    def today(self) -> str:
        """Return the account's date, `YYYY-MM-DD` in UTC."""
        return self.moment().date().isoformat()

    def advance(self, seconds: float) -> None:
        """Move the clock forward; ValueError for a step back or one of more than ten years."""
        if not math.isfinite(seconds) or not 0 <= seconds <= 10 * 366 * 86_400:
            raise ValueError("A clock moves forward only, by ten years at most: pass a positive time.")
        self.offset += seconds
