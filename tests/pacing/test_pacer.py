"""Turns: after a refusal, without headers, beside others, over a file that cannot be used."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import pytest

from caicaini_nb.key import Key
from caicaini_nb.pacing.pacer import Pacer
from caicaini_nb.pacing.store import MemoryStore, SharedStore, Store, identity
from caicaini_nb.pacing.tiers import TIERS, Limits, limits_of
from caicaini_nb.pacing.window import Window
from caicaini_nb.sandbox.tiers import TIERS as SERVED
from caicaini_nb.usage import RateLimit
from tests.conftest import suite
from tests.fake_service import KEY
from tests.pacing.simulation import BEGIN, LoopClock, Service, simulate, worker

SAID = RateLimit("pay_as_you_go", 60, 59, 60)


def pacer(store: Store | None = None, seed: int = 1, limits: Limits | None = None) -> Pacer:
    chance = random.Random(seed).random
    return Pacer("key", store or MemoryStore(), clock=LoopClock(), chance=chance, limits=limits)


def densest(times: list[float], seconds: float) -> int:
    """The most of them within so many seconds."""
    ordered = sorted(times)
    return max(sum(begin <= time <= begin + seconds for time in ordered) for begin in ordered)


def resends(seed: int) -> list[float]:
    """20 workers are told to come back after 20 s; when each does, in seconds after it was told."""
    chance = random.Random(seed)
    again: list[float] = []

    async def work() -> None:
        mine = pacer(seed=seed, limits=Limits(300))

        async def one(number: int) -> None:
            await asyncio.sleep(chance.random() * 0.2)
            turn = await mine.turn()
            await asyncio.sleep(chance.random() * 0.3)
            told = LoopClock().now()
            mine.refused(turn, 20.0, RateLimit("high_volume", 300, 0, 20))
            await mine.turn()
            again.append(LoopClock().now())
            assert again[-1] >= told + 20, "none early"

        first = await mine.turn()
        mine.answered(first, RateLimit("high_volume", 300, 299, 60))
        await asyncio.gather(*(one(number) for number in range(20)))

    simulate(work)
    return again


def test_twenty_workers_told_the_same_second_do_not_come_back_as_one(seed: int) -> None:
    seeds = suite(500)
    dense = [densest(resends(seed + number), 0.25) for number in range(seeds)]
    assert sum(count > 6 for count in dense) <= seeds * 0.01, f"seed {seed}: {max(dense)}"


def test_until_a_first_answer_one_request_goes_alone() -> None:
    async def work() -> list[float]:
        mine, times = pacer(), []

        async def one() -> None:
            turn = await mine.turn()
            times.append(LoopClock().now() - BEGIN)
            await asyncio.sleep(3)
            mine.answered(turn, SAID)

        await asyncio.gather(*(one() for _ in range(10)))
        return times

    times = simulate(work)
    assert times[0] == 0
    assert all(3 <= time <= 3.1 for time in times[1:])


def test_a_first_request_that_comes_to_nothing_lets_the_next_go() -> None:
    async def work() -> float:
        mine = pacer()
        mine.failed(await mine.turn())
        await mine.turn()
        return LoopClock().now() - BEGIN

    assert simulate(work) == 0


def test_what_others_use_of_the_key_is_heard(seed: int) -> None:
    """A program that knows nothing of us spends half of the minute."""
    chance = random.Random(seed)
    service = Service(SERVED["pay_as_you_go"], chance)
    theirs: list[bool] = []

    async def other() -> None:
        while True:
            theirs.append((await service.ask(10))[1] is not None)
            await asyncio.sleep(chance.expovariate(0.5))

    async def work() -> None:
        mine = pacer(seed=seed)
        begun = asyncio.ensure_future(other())
        await asyncio.gather(*(worker(mine, service, lambda: 10, BEGIN + 600) for _ in range(4)))
        begun.cancel()

    simulate(work)
    assert service.refused - sum(theirs) <= 60
    assert service.served >= 0.95 * 600


def test_without_headers_nothing_is_limited() -> None:
    async def work() -> float:
        mine = pacer()
        mine.answered(await mine.turn(), None)
        for _ in range(1000):
            await mine.turn(10_000)
        return LoopClock().now() - BEGIN

    assert simulate(work) == 0


def test_a_custom_tier_takes_what_is_given_else_the_highest_published() -> None:
    said = RateLimit("enterprise", 9000, 1, 1)
    assert limits_of(said) == Limits(9000, TIERS["high_volume"].input_tokens, TIERS["high_volume"].streams)
    assert limits_of(said, Limits(input_tokens=7, streams=8)) == Limits(9000, 7, 8)
    assert limits_of(said, Limits(100)).requests == 100
    assert limits_of(None) == Limits()


def test_one_that_passes_the_limit_by_itself_goes_alone() -> None:
    """The service judges it: it may count otherwise."""

    async def work() -> float:
        mine = pacer()
        mine.answered(await mine.turn(1), SAID, 1)
        await mine.turn(500_000)
        return LoopClock().now() - BEGIN

    assert 60 <= simulate(work) <= 70


def test_estimates_are_corrected_by_what_was_counted() -> None:
    async def work() -> float:
        mine = pacer()
        for _ in range(20):
            turn = await mine.turn(30_000)
            mine.answered(turn, SAID, 100)
        return LoopClock().now() - BEGIN

    assert simulate(work) < 60


def test_turns_taken_ahead_are_given_back() -> None:
    store = MemoryStore()

    async def work() -> None:
        mine = pacer(store, limits=Limits(10_000))
        mine.answered(await mine.turn(), RateLimit("enterprise", 10_000, 9_999, 60))
        await mine.turn()
        with store.window("key") as window:
            assert window.used == 51
        mine.close()
        with store.window("key") as window:
            assert window.used == 2

    simulate(work)


def test_old_knowledge_is_asked_for_anew() -> None:
    window = Window()
    window.take(1000.0, 0)
    window.learn(1000.0, 1000.5, SAID)
    assert window.take(1001.0, 0)[0] == 1
    assert window.take(2000.0, 0, 50)[0] == 1
    assert not window.known


def test_a_clock_that_goes_back_begins_anew() -> None:
    window = Window()
    window.take(1000.0, 0)
    window.refused(1000.0, 90.0, 0.5)
    assert window.take(500.0, 0)[0] == 1


def test_the_file_holds_no_key(tmp_path: Path) -> None:
    store = SharedStore(tmp_path / "pacing.sqlite")
    name = identity(Key(KEY), "https://caicaini.com/v1")
    with store.window(name) as window:
        window.used = 3
    with store.window(name) as window:
        assert window.used == 3
    store.close()
    content = b"".join(path.read_bytes() for path in tmp_path.glob("pacing*"))
    assert KEY.encode() not in content
    assert KEY[8:20].encode() not in content


def test_a_file_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    path.write_text("my notes")
    store = SharedStore(path)
    assert store.problem
    with store.window("a") as window:
        window.used = 3
    with store.window("a") as window:
        assert window.used == 3
    assert store.streams("a", 1, 1)
    assert not store.streams("a", 1, 1)
    assert path.read_text() == "my notes"


OPENS = """
import sys
import time
from caicaini_nb.pacing.store import SharedStore
store = SharedStore(sys.argv[1])
print(store.streams("key", 1, 2), flush=True)
sys.stdin.read()
"""


def test_streams_are_counted_over_processes_and_those_of_a_killed_one_are_not(tmp_path: Path) -> None:
    path = tmp_path / "pacing.sqlite"
    store = SharedStore(path)
    arguments = [sys.executable, "-c", OPENS, str(path)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        assert store.streams("key", 1, 2)
        assert not store.streams("key", 1, 2)
        other.kill()
    assert store.streams("key", 1, 2)
    assert store.streams("key", -2, 2)
    assert store.streams("key", 2, 2)
    store.close()


def test_a_stream_waits_for_another_to_end() -> None:
    async def work() -> float:
        mine = pacer()
        mine.answered(await mine.turn(), RateLimit("free", 5, 4, 60))
        first = await mine.turn(stream=True)

        async def over() -> None:
            await asyncio.sleep(3)
            mine.answered(first, None)

        begun = asyncio.ensure_future(over())
        await mine.turn(stream=True)
        await begun
        return LoopClock().now() - BEGIN

    assert 3 <= simulate(work) <= 4


@pytest.mark.parametrize("seconds", [0.0, 5.0])
def test_hold_is_for_all(seconds: float) -> None:
    store = MemoryStore()

    async def work() -> float:
        one, other = pacer(store), pacer(store)
        one.answered(await one.turn(), SAID)
        one.hold(seconds)
        await other.turn()
        return LoopClock().now() - BEGIN

    assert simulate(work) == pytest.approx(seconds, abs=0.1)
