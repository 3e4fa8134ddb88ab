"""Our client beside those a user would pick instead, and beside the limit, all over one loopback service.

Every client runs in a process of its own; each round asks all of them, in an order that turns, so that a busy moment
of the machine meets each.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.peers.contender import Contender, contender
from tests.benchmarks.peers.installed import interpreter
from tests.benchmarks.rounds import Figure, Reach, Rounds, in_turn
from tests.benchmarks.service import prompt
from tests.benchmarks.setting import Setting

__all__ = ["measure"]

OURS = "caicaini_nb"
BY_HAND = "httpx by hand"
BY_HAND_2 = "httpx2 by hand"
LIMIT = "raw socket"
ENVIRONMENTS = {
    BY_HAND_2: "clients",
    "openai": "clients",
    "anthropic": "clients",
    "anthropic, accumulated": "clients",
    "langchain-openai": "clients",
    "claudette": "claudette",
    "litellm": "jupyter-ai-magic-commands",
}
NOT_QUICK = ("litellm", "langchain-openai", "claudette", "anthropic, accumulated")  # nor what waits for its events
HERE = (OURS, "caicaini_nb, chat", BY_HAND, LIMIT)


PACED = prompt(1000, rate=1000)


class Contest(NamedTuple):
    """What is measured, as the contender names it; calls to a round; how far ours may be from httpx by hand."""

    title: str
    what: str
    prompt: str
    calls: int
    rounds: int
    reach: float


CONTESTS = (
    Contest("stream of 5,000 events at once, CPU", "stream", prompt(5000), 1, 9, 1.0),
    Contest("stream of 1,000 events, one a millisecond, CPU", "stream", PACED, 1, 7, 1.0),
    Contest("plain call, ledger included", "plain", "What is 2 + 2?", 50, 15, 1.2),
    Contest("time to the first event", "first", prompt(8), 30, 15, 1.25),
)
GROWTHS = ((2, 1.15), (10, 1.15))  # times the events, and how much more than so many times the CPU


def measure(setting: Setting) -> Iterator[Figure]:
    with ExitStack() as stack:
        clients = {
            name: stack.enter_context(contender(name, _interpreter(name), setting.base, setting.key))
            for name in (*HERE, *ENVIRONMENTS)
            if not (setting.is_quick and name in NOT_QUICK)
        }
        for contest in CONTESTS:
            if setting.is_quick and contest.prompt == PACED:
                continue
            yield from _figures(contest, _rounds(setting, contest, clients))
        yield from _growth(setting, clients[OURS])


def _interpreter(name: str) -> Path:
    return Path(sys.executable) if name in HERE else interpreter(ENVIRONMENTS[name])


def _rounds(setting: Setting, contest: Contest, clients: Mapping[str, Contender]) -> Mapping[str, Rounds]:
    """Milliseconds of each client in each round."""
    calls = 1 + contest.calls // 3 if setting.is_quick else contest.calls
    asked = {name: partial(client.measure, contest.what, contest.prompt, calls) for name, client in clients.items()}
    return in_turn(asked, setting.rounds(contest.rounds, quick=2))


def _figures(contest: Contest, found: Mapping[str, Rounds]) -> Iterator[Figure]:
    ours = found[OURS]
    yield Figure(contest.title, "ms", ours, found[BY_HAND], BY_HAND, Reach(contest.reach, "ratio"))
    yield Figure(contest.title, "ms", ours, found[BY_HAND_2], BY_HAND_2)
    yield Figure(contest.title, "ms", ours, found[LIMIT], f"{LIMIT}, the limit")
    for name in (name for name in ENVIRONMENTS if name in found and name != BY_HAND_2):
        yield Figure(contest.title, "ms", ours, found[name], name, Reach(1, "ratio"), about="peer")
    chat = found["caicaini_nb, chat"]
    yield Figure(
        f"{contest.title}, chat surface", "ms", chat, found["openai"], "openai", Reach(1, "ratio"), about="peer"
    )


def _growth(setting: Setting, ours: Contender) -> Iterator[Figure]:
    """CPU of more events against as many times the CPU of the events."""
    for times, reach in GROWTHS[:1] if setting.is_quick else GROWTHS:
        few: list[float] = []
        many: list[float] = []
        for _ in range(setting.rounds(7, quick=2)):
            few.append(times * ours.measure("stream", prompt(5000), 1))
            many.append(ours.measure("stream", prompt(5000 * times), 1))
        title = f"stream of {5000 * times:,} events, CPU"
        yield Figure(title, "ms", many, few, f"{times} × that of 5,000", Reach(reach, "ratio"), about="growth")
