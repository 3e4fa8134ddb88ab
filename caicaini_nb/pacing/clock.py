"""Time for pacing: the real one, or a sandbox's, which waiting moves forward instead of passing."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

__all__ = ["Clock", "MovedClock", "RealClock"]


class Clock(Protocol):
    """`longest` is how many seconds are waited in one piece: in between, it is seen what other kernels have learned.

    A clock that `leaps` may be slept on only while nothing is under way: a request would arrive in another minute than
    it was sent in.
    """

    longest: float
    leaps: bool

    def now(self) -> float:
        """Seconds since 1970."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class RealClock:
    """The time on the wall: all kernels of a machine share it."""

    longest = 1.0
    leaps = False

    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Movable(Protocol):
    """What a sandbox has: a clock that can be moved."""

    def advance(self, minutes: float = 0, seconds: float = 0) -> None: ...


class MovedClock:
    """A sandbox account's clock: a wait moves it, so that a night at the rate limit takes seconds.

    The limits hold on that clock as they would on the wall's. Not for several kernels on one account.
    """

    longest = 3600.0
    leaps = True

    def __init__(self, sandbox: Movable) -> None:
        self._sandbox = sandbox
        self.moved = 0.0

    def now(self) -> float:
        return time.time() + self.moved

    async def sleep(self, seconds: float) -> None:
        """In one piece: a step that was asked for is seen to its end, also where the sleeper is called away."""
        step = asyncio.ensure_future(asyncio.to_thread(self._move, seconds))
        try:
            await asyncio.shield(step)
        except asyncio.CancelledError:
            await step
            raise

    def _move(self, seconds: float) -> None:
        self._sandbox.advance(seconds=seconds)
        self.moved += seconds
