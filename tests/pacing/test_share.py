"""The share of a tier that is really used over ten simulated minutes, and how often the service has to refuse."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from caicaini_nb.pacing.pacer import Pacer
from caicaini_nb.pacing.store import MemoryStore, SharedStore, Store
from caicaini_nb.pacing.tiers import TIERS as OURS
from caicaini_nb.pacing.tiers import Limits
from caicaini_nb.sandbox.tiers import TIERS, custom
from tests.conftest import suite
from tests.pacing.simulation import BEGIN, LoopClock, Service, simulate, worker

MINUTES = 10
WORKERS = 64
ENTERPRISE = custom("enterprise", 600, 2_000_000, 50)
EVERY = {**TIERS, "enterprise": ENTERPRISE}
ENOUGH = {"enterprise": Limits(input_tokens=2_000_000)}


def run(tier: str, seed: int, stores: list[Store], *, early: bool = False, tokens: int = 50) -> Service:
    """All that these kernels ask in ten minutes."""
    chance = random.Random(seed)
    service = Service(EVERY[tier], chance, early=early)

    async def work() -> None:
        until = BEGIN + MINUTES * 60
        pacers = [
            Pacer("key", store, clock=LoopClock(), limits=ENOUGH.get(tier), chance=chance.random) for store in stores
        ]
        sized = lambda: chance.randint(tokens // 2, tokens * 3 // 2)  # noqa: E731
        each = WORKERS // len(stores)
        await asyncio.gather(*(worker(pacer, service, sized, until) for pacer in pacers for _ in range(each)))

    simulate(work)
    return service


def test_the_table_of_limits_is_the_contracts() -> None:
    for name, mine in OURS.items():
        theirs = TIERS[name]
        assert (mine.requests, mine.input_tokens, mine.streams) == (
            theirs.requests,
            theirs.input_tokens,
            theirs.streams,
        )


@pytest.mark.parametrize("early", [False, True], ids=["late headers", "early headers"])
@pytest.mark.parametrize("tier", EVERY)
def test_one_kernel_uses_the_tier_and_is_never_refused(tier: str, early: bool, seed: int) -> None:
    for number in range(suite(10)):
        service = run(tier, seed + number, [MemoryStore()], early=early)
        share = service.served / (EVERY[tier].requests * MINUTES)
        assert service.refused == 0, f"seed {seed + number}"
        assert share >= 0.98, f"seed {seed + number}: {share:.3f}"


@pytest.mark.parametrize("tier", EVERY)
def test_four_kernels_on_one_key_behave_as_one(tier: str, seed: int, tmp_path: Path) -> None:
    stores = [SharedStore(tmp_path / f"{seed}.sqlite") for _ in range(4)]
    service = run(tier, seed, list(stores))
    share = service.served / (EVERY[tier].requests * MINUTES)
    assert service.refused <= 0.01 * service.served
    assert share >= 0.98, f"{share:.3f}"
    assert [store.problem for store in stores] == [None] * 4
    for store in stores:
        store.close()


def test_input_tokens_are_what_limits_long_prompts(seed: int) -> None:
    service = run("pay_as_you_go", seed, [MemoryStore()], tokens=5_000)
    assert service.refused == 0
    most = TIERS["pay_as_you_go"].input_tokens * MINUTES / 5_000
    assert 0.85 * most <= service.served <= most * 1.1
