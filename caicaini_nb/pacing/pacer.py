"""Waits for a turn: one queue for everything that one process asks with one key, one window for all processes.

It sends nothing. Who has a turn sends one request, and says how it was answered. The first in the queue alone watches
the window; the others wait behind it, so that nobody is passed over and nothing is asked again and again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from ..usage import RateLimit
from .clock import Clock, RealClock
from .store import Store
from .tiers import Limits
from .window import NEVER, Window

__all__ = ["AHEAD", "Pacer", "Turn"]

AHEAD = 50  # turns taken at most in one look at the window, where limits are wide
STREAM_WAIT = 0.25  # seconds between two looks for a free stream
CHANCE = random.SystemRandom()


class Turn(msgspec.Struct, frozen=True):
    """Leave to send one request of about `tokens` input tokens; `at` is when it was given."""

    at: float
    tokens: int
    stream: bool = False


class Pacer:
    """The turns of one key. `limits` holds before what the service says; `name` is the key's in the store."""

    def __init__(
        self,
        name: str,
        store: Store,
        *,
        limits: Limits | None = None,
        clock: Clock | None = None,
        chance: Callable[[], float] = CHANCE.random,
    ) -> None:
        self.clock: Clock = clock or RealClock()
        self._name = name
        self._store = store
        self._limits = limits
        self._chance = chance
        self._queue = asyncio.Lock()
        self._news = asyncio.Event()
        self._under_way = 0
        self._ended = asyncio.Event()
        self._ahead = 0
        self._ahead_tokens = 0
        self._ahead_of: float | None = None
        self._ahead_until = 0.0
        self._correction = 0
        self._seen = Window()

    @property
    def limits(self) -> Limits:
        """What is known of the key's limits."""
        return self._limits or Limits() if not self._seen.known else self._seen.limits

    @property
    def tier(self) -> str | None:
        return self._seen.tier

    @property
    def problem(self) -> str | None:
        """Why this kernel paces itself alone, `None` where it does not."""
        return self._store.problem

    async def turn(self, tokens: int = 0, *, stream: bool = False) -> Turn:
        """Wait until a request of about so many input tokens may go out."""
        async with self._queue:
            if stream:
                await self._free_stream()
            while (wait := self._take(tokens)) > 0:
                await self._pause(wait)
            self._under_way += 1
            return Turn(self.clock.now(), tokens, stream)

    def answered(self, turn: Turn, said: RateLimit | None, tokens: int | None = None) -> None:
        """The request of this turn was answered: what its headers said, and its input tokens where they are known."""
        now = self.clock.now()
        if tokens is not None:
            self._correction += tokens - turn.tokens
        if self._seen.is_news(turn.at, now, said, self._limits):
            with self._store.window(self._name) as window:
                window.learn(turn.at, now, said, self._limits)
                self._look(window)
            self._news.set()
        self._end(turn)

    def refused(self, turn: Turn, seconds: float, said: RateLimit | None) -> None:
        """The service says to come back after so many seconds: that holds for all."""
        now = self.clock.now()
        with self._store.window(self._name) as window:
            window.learn(turn.at, now, said, self._limits)
            window.refused(now, seconds, self._chance())
            self._look(window)
        self._ahead = 0
        self._news.set()
        self._end(turn)

    def failed(self, turn: Turn) -> None:
        """The request of this turn got no answer that says anything. It may have been counted."""
        self._forget_probe()
        self._end(turn)

    def unused(self, turn: Turn) -> None:
        """The request of this turn was not sent after all: somebody else may have it."""
        with self._store.window(self._name) as window:
            if window.opened is not None and turn.at >= window.opened:
                window.used = max(0, window.used - 1)
                window.correct(-turn.tokens)
            self._look(window)
        self._forget_probe()
        self._end(turn)

    def hold(self, seconds: float) -> None:
        """Nothing goes out for so long: nobody is there, or the service is overloaded."""
        now = self.clock.now()
        with self._store.window(self._name) as window:
            window.hold = max(window.hold, now + seconds)
            self._look(window)
        self._ahead = 0

    async def sleep(self, seconds: float) -> None:
        """Let so many seconds of the clock go by before a request is sent again; its turn has ended."""
        if not self.clock.leaps:
            await self.clock.sleep(seconds)
            return
        async with self._queue:  # nobody gets a turn meanwhile
            await self._stillness()
            await self.clock.sleep(seconds)

    def close(self) -> None:
        """Give back the turns that were taken ahead."""
        if not self._ahead:
            return
        with self._store.window(self._name) as window:
            if window.opened == self._ahead_of:
                window.used = max(0, window.used - self._ahead)
                window.correct(-self._ahead * self._ahead_tokens)
        self._ahead = 0

    def _take(self, tokens: int) -> float:
        """Take a turn, and return 0; or return the seconds until it is worth another look."""
        now = self.clock.now()
        if self._ahead and now < self._ahead_until:
            self._ahead -= 1
            self._correction += tokens - self._ahead_tokens
            return 0.0
        self._ahead = 0
        with self._store.window(self._name) as window:
            window.correct(self._correction)
            self._correction = 0
            count, wait = window.take(now, tokens, AHEAD)
            self._look(window)
        if count:
            self._ahead, self._ahead_tokens = count - 1, tokens
            self._ahead_of, self._ahead_until = window.opened, window.edge
        return wait

    def _look(self, window: Window) -> None:
        self._seen = msgspec.structs.replace(window)

    async def _pause(self, seconds: float) -> None:
        """Until it is time, or until an answer has changed what is known."""
        self._news.clear()
        if self._seen.known and self.clock.leaps:
            if not await self._stillness():  # else look again: an answer may have changed what is known
                await self.clock.sleep(min(seconds, self.clock.longest))
            return
        if self._seen.known:
            work: Any = self.clock.sleep(min(seconds, self.clock.longest))
        else:  # only an answer helps: no clock is moved for that
            work = asyncio.sleep(min(seconds, 1.0))
        waiting = {asyncio.ensure_future(work), asyncio.ensure_future(self._news.wait())}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*waiting, return_exceptions=True)

    async def _stillness(self) -> bool:
        """Wait until no request is under way; whether there was any."""
        waited = False
        while self._under_way:
            self._ended.clear()
            await self._ended.wait()
            waited = True
        return waited

    def _forget_probe(self) -> None:
        """The first request came to nothing: the next may go."""
        if not self._seen.known:
            with self._store.window(self._name) as window:
                window.probe = NEVER
                self._look(window)
            self._news.set()

    async def _free_stream(self) -> None:
        while not self._store.streams(self._name, 1, self.limits.streams):  # noqa: ASYNC110 - others close them untold
            await asyncio.sleep(STREAM_WAIT)

    def _end(self, turn: Turn) -> None:
        self._under_way -= 1
        self._ended.set()
        if turn.stream:
            self._store.streams(self._name, -1, None)
