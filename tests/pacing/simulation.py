"""Simulated time: an event loop whose clock jumps, and the sandbox's own rate windows on it as the service."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from caicaini_nb.pacing.pacer import Pacer, Turn
from caicaini_nb.sandbox.limits import Window
from caicaini_nb.sandbox.refusal import Refusal
from caicaini_nb.sandbox.tiers import Tier
from caicaini_nb.usage import RateLimit

__all__ = ["BEGIN", "LoopClock", "Service", "simulate", "worker"]

T = TypeVar("T")
BEGIN = 1_000_000.0


class _Selector(selectors.SelectSelector):
    """Where the loop would wait, its time moves on instead."""

    loop: _Loop

    def select(self, timeout: float | None = None) -> Any:
        if timeout:
            self.loop.moved += timeout
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        selector = _Selector()
        super().__init__(selector)
        selector.loop = self
        self.moved = BEGIN

    def time(self) -> float:
        return getattr(self, "moved", BEGIN)


def simulate(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run to the end in simulated time, from `BEGIN` on."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work())


class LoopClock:
    """The loop's time as a clock for pacing, and for the sandbox's windows."""

    longest = 1.0
    leaps = False

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Service:
    """One key's window as the sandbox keeps it, reached over a network that takes its time.

    `early` has the headers written when a request is let in, not when it is answered.
    """

    def __init__(self, tier: Tier, chance: random.Random, *, early: bool = False, answer: float = 2.0) -> None:
        self._tier = tier
        self._window = Window(LoopClock())  # type: ignore[arg-type]
        self._chance = chance
        self._early = early
        self._answer = answer
        self.served = 0
        self.refused = 0
        self.begun: list[float] = []

    async def ask(self, tokens: int) -> tuple[RateLimit, float | None]:
        """What the headers of the answer say, and the seconds to come back after where it is a 429."""
        await asyncio.sleep(self._chance.uniform(0.01, 0.12))
        self.begun.append(LoopClock().now())
        try:
            self._window.count_request(self._tier)
            self._window.check_input(self._tier, tokens)
        except Refusal as refusal:
            self.refused += 1
            return self._said(), float(refusal.retry_after or 0)
        self._window.input_tokens += tokens
        self.served += 1
        said = self._said()
        await asyncio.sleep(self._chance.expovariate(1 / self._answer))
        said = said if self._early else self._said()
        await asyncio.sleep(self._chance.uniform(0.01, 0.12))
        return said, None

    def _said(self) -> RateLimit:
        headers = {name.lower(): value for name, value in self._window.headers(self._tier).items()}
        said = RateLimit.read(headers)
        assert said is not None
        return said


async def worker(pacer: Pacer, service: Service, tokens: Callable[[], int], until: float) -> None:
    """Ask again and again, as a worker of a job does, and count nothing that begins after `until`."""
    while LoopClock().now() < until:
        wanted = tokens()
        turn: Turn = await pacer.turn(wanted)
        if LoopClock().now() >= until:
            return
        said, seconds = await service.ask(wanted)
        if seconds is None:
            pacer.answered(turn, said, wanted)
        else:
            pacer.refused(turn, seconds, said)
