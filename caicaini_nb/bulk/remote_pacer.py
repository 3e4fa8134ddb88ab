"""Turns on a cluster: one gate, a Dask actor, keeps the key's window, and each worker asks it for its turns.

Only the gate's clock counts: a turn carries the gate's time, and comes back with it. A gate that is lost with its
worker is replaced by one that knows nothing: it lets one request go and hears from its answer what the minute holds.
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

import msgspec

from ..pacing.clock import Clock, RealClock
from ..pacing.pacer import AHEAD, Turn
from ..pacing.tiers import Limits
from ..pacing.window import Window
from ..usage import RateLimit

__all__ = ["Gate", "GateLostError", "RemotePacer"]

CHANCE = random.SystemRandom()


class GateLostError(Exception):
    """The worker that held the gate is gone."""


class Gate:
    """The window of one key, in one place. Every answer is plain data: it goes over the network."""

    def __init__(self, limits: Limits | None) -> None:
        self._given = limits
        self._window = Window()

    def alive(self) -> bool:
        return True

    def take(self, tokens: int, correction: int, wanted: int) -> tuple[int, float, float, float, dict[str, Any]]:
        """How many turns are given, the seconds to wait, this moment, how long turns ahead are good, the window."""
        now = time.time()
        self._window.correct(correction)
        count, wait = self._window.take(now, tokens, wanted)
        return count, wait, now, self._window.edge - now, msgspec.to_builtins(self._window)

    def learn(self, at: float, said: RateLimit | None) -> None:
        self._window.learn(at, time.time(), said, self._given)

    def refused(self, at: float, seconds: float, said: RateLimit | None) -> None:
        now = time.time()
        self._window.learn(at, now, said, self._given)
        self._window.refused(now, seconds, CHANCE.random())

    def forget_probe(self) -> None:
        """The first request came to nothing."""
        self._window.probe = Window().probe

    def hold(self, seconds: float) -> None:
        self._window.hold = max(self._window.hold, time.time() + seconds)

    def give_back(self, turns: int, tokens: int) -> None:
        self._window.used = max(0, self._window.used - turns)
        self._window.correct(-tokens)


class RemotePacer:
    """What a `Pacer` is, for a worker of a cluster. `gate` is the actor's proxy."""

    def __init__(self, gate: Any, given: Limits | None = None) -> None:
        self._clock: Clock = RealClock()
        self._gate = gate
        self._given = given
        self._queue = asyncio.Lock()
        self._news = asyncio.Event()
        self._ahead = 0
        self._ahead_tokens = 0
        self._ahead_until = 0.0
        self._behind = 0.0  # what the gate's clock shows more than ours
        self._correction = 0
        self._seen = Window()
        self._telling: set[asyncio.Task[Any]] = set()

    async def turn(self, tokens: int = 0, *, stream: bool = False) -> Turn:
        """Wait until a request of about so many input tokens may go out. Raises `GateLostError`."""
        async with self._queue:
            while not self._ahead or time.monotonic() >= self._ahead_until:
                wait = await self._take(tokens)
                if wait <= 0:
                    break
                self._news.clear()
                longest = self._clock.longest if self._seen.known else 0.2
                try:
                    await asyncio.wait_for(self._news.wait(), min(wait, longest))
                except TimeoutError:
                    continue
            self._ahead -= 1
            self._correction += tokens - self._ahead_tokens
            return Turn(time.time() + self._behind, tokens, stream)

    def answered(self, turn: Turn, said: RateLimit | None, tokens: int | None = None) -> None:
        """The request of this turn was answered: what its headers said, and its input tokens where they are known."""
        if tokens is not None:
            self._correction += tokens - turn.tokens
        now = time.time() + self._behind
        if self._seen.is_news(turn.at, now, said, self._given):
            self._seen.learn(turn.at, now, said, self._given)
            self._tell("learn", turn.at, said)

    def refused(self, turn: Turn, seconds: float, said: RateLimit | None) -> None:
        """The service says to come back after so many seconds: that holds for all."""
        self._ahead = 0
        self._tell("refused", turn.at, seconds, said)

    def failed(self, turn: Turn) -> None:
        """The request of this turn got no answer that says anything. It may have been counted."""
        if not self._seen.known:
            self._tell("forget_probe")

    def unused(self, turn: Turn) -> None:
        """The request of this turn was not sent after all."""
        self._tell("give_back", 1, turn.tokens)

    def hold(self, seconds: float) -> None:
        """Nothing goes out for so long."""
        self._ahead = 0
        self._tell("hold", seconds)

    async def sleep(self, seconds: float) -> None:
        """Let so many seconds go by before a request is sent again."""
        await self._clock.sleep(seconds)

    def close(self) -> None:
        """Give back the turns that were taken ahead."""
        if self._ahead:
            self._tell("give_back", self._ahead, self._ahead * self._ahead_tokens)
            self._ahead = 0

    async def _take(self, tokens: int) -> float:
        correction, self._correction = self._correction, 0
        answer = await asyncio.to_thread(self._ask, "take", tokens, correction, AHEAD)
        count, wait, now, good, state = answer
        self._seen = msgspec.convert(state, Window)
        self._behind = now - time.time()
        if count:
            self._ahead, self._ahead_tokens = count, tokens
            # One that waits to be used past the window's edge would be counted in the next.
            self._ahead_until = time.monotonic() + (good if count > 1 else 60.0)
        return float(wait)

    def _tell(self, method: str, *values: Any) -> None:
        """Without waiting; a gate that is gone is noticed at the next turn."""

        async def tell() -> None:
            try:
                await asyncio.to_thread(self._ask, method, *values)
            except GateLostError:
                return
            self._news.set()

        task = asyncio.ensure_future(tell())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def _ask(self, method: str, *values: Any) -> Any:
        try:
            return getattr(self._gate, method)(*values).result(timeout=60)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
        raise GateLostError(reason)
