"""Our client against httpx by hand, over one loopback service: a stream's CPU, a plain call, the first event."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median

from caicaini_nb import Client, connect
from tests.benchmarks.peer import Peer
from tests.benchmarks.rounds import Figure, Reach, alternate, cpu_ms, single, wall_ms
from tests.benchmarks.service import prompt
from tests.benchmarks.setting import Setting

__all__ = ["measure"]

PEER = "httpx, iter_lines and json"


def measure(setting: Setting) -> Iterator[Figure]:
    client = connect(base=setting.base, key=setting.key)
    peer = Peer(setting.base, setting.key)
    yield from _stream(setting, client, peer)
    yield _plain(setting, client, peer)
    yield _first_event(setting, client, peer)
    client.close()
    peer.close()


def _drain(client: Client, asked: str, surface: str = "messages") -> int:
    return sum(1 for _ in client.stream(asked, surface=surface))


def _stream(setting: Setting, client: Client, peer: Peer) -> Iterator[Figure]:
    rounds = setting.rounds(15)
    asked = prompt(5000)
    ours, theirs = alternate(rounds, lambda: cpu_ms(lambda: _drain(client, asked)),
                             lambda: cpu_ms(lambda: peer.stream(asked)))  # fmt: skip
    yield Figure("stream of 5,000 events at once, CPU", "ms", ours, theirs, PEER, Reach(1.0, "ratio"))
    chat = single(rounds, lambda: cpu_ms(lambda: _drain(client, asked, "chat")))
    yield Figure("the same on the chat surface, CPU", "ms", chat)
    yield _stream_growth(setting, client)
    paced = prompt(1000, rate=1000)
    ours, theirs = alternate(setting.rounds(7, quick=3), lambda: cpu_ms(lambda: _drain(client, paced)),
                             lambda: cpu_ms(lambda: peer.stream(paced)))  # fmt: skip
    yield Figure("stream of 1,000 events, one a millisecond, CPU", "ms", ours, theirs, PEER, Reach(1.0, "ratio"))


def _stream_growth(setting: Setting, client: Client) -> Figure:
    """CPU of ten times the events against ten times the CPU of the events."""
    few, many = prompt(5000), prompt(50_000)
    ours, theirs = alternate(
        setting.rounds(7, quick=2),
        lambda: cpu_ms(lambda: _drain(client, many)),
        lambda: 10 * cpu_ms(lambda: _drain(client, few)),
    )
    return Figure("stream of 50,000 events, CPU", "ms", ours, theirs, "10 × that of 5,000", Reach(1.5, "ratio"))


def _plain(setting: Setting, client: Client, peer: Peer) -> Figure:
    calls = 100

    def repeat(call: Callable[[str], object]) -> float:
        return wall_ms(lambda: [call("What is 2 + 2?") for _ in range(calls)]) / calls

    ours, theirs = alternate(setting.rounds(25, quick=9), lambda: repeat(client.send), lambda: repeat(peer.send))
    return Figure("plain call, ledger included", "ms", ours, theirs, PEER, Reach(1.2, "ratio"))


def _first_event(setting: Setting, client: Client, peer: Peer) -> Figure:
    calls, asked = 100, prompt(8)

    def ours() -> float:
        begin = time.perf_counter()
        with client.stream(asked) as stream:
            next(stream)
            first = time.perf_counter()
            for _ in stream:
                continue
        return first - begin

    def theirs() -> float:
        begin = time.perf_counter()
        return peer.first_event(asked, time.perf_counter) - begin

    def repeat(once: Callable[[], float]) -> float:
        return median(once() for _ in range(calls)) * 1000

    figures = alternate(setting.rounds(25, quick=9), lambda: repeat(ours), lambda: repeat(theirs))
    return Figure("time to the first event", "ms", *figures, PEER, Reach(1.25, "ratio"))
