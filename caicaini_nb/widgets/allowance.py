"""How often one may ask on the side, so that typing never uses up what calls need.

At most half of the requests that a minute allows, and never the last one of a window. Nothing here knows about HTTP or
time: both come in.
"""

from __future__ import annotations

from collections import deque

__all__ = ["Allowance"]

MINUTE = 60.0
UNKNOWN = 5  # requests a minute: the lowest documented tier, until a header says more


class Allowance:
    """Counts what was asked in the last minute. Times are seconds of one clock."""

    def __init__(self) -> None:
        self._asked: deque[float] = deque()
        self._not_before = 0.0

    def wait(self, now: float, *, limit: int | None, remaining: int | None, reset_in: float | None) -> float:
        """Seconds until one more may be asked; 0 is now. The rest is what the last answer's headers said."""
        while self._asked and now - self._asked[0] >= MINUTE:
            self._asked.popleft()
        waits = [0.0, self._not_before - now]
        if remaining is not None and remaining <= 1 and reset_in:
            waits.append(reset_in)
        share = max(1, (limit or UNKNOWN) // 2)
        if len(self._asked) >= share:
            waits.append(self._asked[-share] + MINUTE - now)
        return max(waits)

    def asked(self, now: float) -> None:
        """One went out."""
        self._asked.append(now)

    def refused(self, now: float, seconds: float | None) -> None:
        """The service said no: nothing for as long as it says, or for a minute."""
        self._not_before = now + (MINUTE if seconds is None else seconds)
