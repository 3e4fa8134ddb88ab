"""Many contenders taken in turn: `rounds.alternate` for more than two, whose figures may be of any kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

__all__ = ["in_turn"]

Result = TypeVar("Result")


def in_turn(contenders: Mapping[str, Callable[[], Result]], rounds: Mapping[str, int]) -> dict[str, list[Result]]:
    """Run all that are still due in each round, in an order that turns around from one round to the next.

    Each runs once before, which is not counted: it fills the caches of the machine.
    """
    for run in contenders.values():
        run()
    results: dict[str, list[Result]] = {name: [] for name in contenders}
    for number in range(max(rounds.values())):
        due = [name for name in contenders if number < rounds[name]]
        for name in due if number % 2 == 0 else reversed(due):
            results[name].append(contenders[name]())
    return results
