"""Figures of two contenders, taken in turn, and what is made of them: medians, spread, ratios per round.

Machines that measure are shared with other work, so absolute figures wander; the ratio of two runs next to each
other does not. A round runs both, the order alternates, and the ratio is the median of the rounds' ratios.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypeVar

__all__ = ["Figure", "Reach", "Rounds", "alternate", "cpu_ms", "in_turn", "single", "wall_ms"]

Rounds = Sequence[float]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Reach:
    """What a figure should stay under: the figure itself, or its ratio to the peer's, or its growth."""

    limit: float
    of: Literal["ours", "ratio"] = "ours"


@dataclass(frozen=True)
class Figure:
    """One row of the results: what each round gave, ours and the peer's, and how far it should reach.

    `about` is the question it answers: are we ahead of a peer, how close are we to a limit, how does cost grow.
    """

    what: str
    unit: str
    ours: Rounds
    peer: Rounds = ()
    peer_name: str = ""
    reach: Reach | None = None
    note: str = ""
    about: Literal["peer", "limit", "growth"] = "limit"

    @property
    def ratio(self) -> float | None:
        """The median of the ratios per round, `None` without a peer or where the peer's figure is nothing."""
        if not self.peer or min(self.peer) <= 0:
            return None
        return median(ours / peer for ours, peer in zip(self.ours, self.peer, strict=True))

    @property
    def is_met(self) -> bool | None:
        """Whether the reach is met, `None` where none is set."""
        if self.reach is None:
            return None
        value = self.ratio if self.reach.of == "ratio" else median(self.ours)
        return value is not None and value <= self.reach.limit


def alternate(rounds: int, ours: Callable[[], float], peer: Callable[[], float]) -> tuple[Rounds, Rounds]:
    """Two contenders in turn: ours, the peer's."""
    found = in_turn({"ours": ours, "peer": peer}, rounds)
    return found["ours"], found["peer"]


def in_turn(contenders: Mapping[str, Callable[[], Result]], rounds: int) -> dict[str, list[Result]]:
    """Run all in each round, in an order that turns around from one round to the next.

    Each runs once before, which is not counted: it fills the caches of the machine.
    """
    for run in contenders.values():
        run()
    found: dict[str, list[Result]] = {name: [] for name in contenders}
    for number in range(rounds):
        for name in contenders if number % 2 == 0 else reversed(list(contenders)):
            found[name].append(contenders[name]())
    return found


def single(rounds: int, ours: Callable[[], float]) -> Rounds:
    """Run one contender, after one run that is not counted."""
    ours()
    return [ours() for _ in range(rounds)]


def cpu_ms(run: Callable[[], object]) -> float:
    """The CPU time of this process in ms, all threads."""
    begin = time.process_time()
    run()
    return (time.process_time() - begin) * 1000


def wall_ms(run: Callable[[], object]) -> float:
    """The elapsed time in ms."""
    begin = time.perf_counter()
    run()
    return (time.perf_counter() - begin) * 1000
