"""A sandbox's clock that waiting moves: the limits hold on it as they would on the wall's."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from caicaini_nb.pacing.clock import MovedClock
from caicaini_nb.pacing.pacer import Pacer
from caicaini_nb.pacing.store import MemoryStore
from caicaini_nb.sandbox import Sandbox
from caicaini_nb.sandbox.limits import Window
from caicaini_nb.sandbox.refusal import Refusal
from caicaini_nb.sandbox.tiers import TIERS
from caicaini_nb.usage import RateLimit


def test_a_sandboxs_clock_is_moved_instead_of_waited_for(sandbox: Sandbox) -> None:
    clock = MovedClock(sandbox)
    before = clock.now()
    asyncio.run(clock.sleep(3600))
    assert clock.now() >= before + 3600


class SlowlyMoved:
    """A sandbox's clock that is reached over a network: it moves some time after it was asked to, and then says so."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.offset = 0.0

    def now(self) -> float:
        return time.time() + self.offset

    def advance(self, minutes: float = 0, seconds: float = 0) -> None:
        time.sleep(self._chance.uniform(0, 0.1))
        self.offset += 60 * minutes + seconds
        time.sleep(self._chance.uniform(0, 0.1))


@pytest.mark.parametrize("seed", range(3))
def test_a_clock_is_moved_under_no_request(seed: int) -> None:
    """A request on its way would be counted in a minute that it was not sent in."""
    chance, moved = random.Random(seed), SlowlyMoved(seed)
    tier = TIERS["high_volume"]
    service = Window(moved)  # type: ignore[arg-type]

    async def one(mine: Pacer, left: list[int]) -> int:
        refused = 0
        while left:
            turn = await mine.turn()
            if left:
                left.pop()
            await asyncio.sleep(chance.uniform(0, 0.1))
            try:
                service.count_request(tier)
            except Refusal:
                refused += 1
            said = RateLimit.read({name.lower(): value for name, value in service.headers(tier).items()})
            await asyncio.sleep(chance.uniform(0, 0.1))
            if chance.random() < 0.005:
                mine.failed(turn)
                await mine.sleep(2.0)
            else:
                mine.answered(turn, said)
        return refused

    async def work() -> int:
        mine = Pacer("key", MemoryStore(), clock=MovedClock(moved), chance=chance.random)
        left = list(range(700))
        return sum(await asyncio.gather(*(one(mine, left) for _ in range(100))))

    assert asyncio.run(work()) == 0
