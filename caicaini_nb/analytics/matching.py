"""How each difference between two counts of the same calls is explained. Pure: values in, values out.

What the service counts minus what the ledger knows, by model and day, is put down to the first of these that fits:

*time-zone edge*   the same calls on the neighbouring day: a call over midnight, or days that begin elsewhere
*moved clock*      the same calls on other days, where a sandbox's clock was set forward
*unknown outcome*  no more calls than the ledger has that may have been charged, nobody says how much
*made elsewhere*   calls beyond those: another program, kernel or machine uses the account
*unexplained*      anything else: the ledger has more than the service, or as many calls with other amounts
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

__all__ = [
    "CLOCK",
    "EDGE",
    "ELSEWHERE",
    "KINDS",
    "UNEXPLAINED",
    "UNKNOWN",
    "Counted",
    "Difference",
    "Doubtful",
    "explain",
]

KINDS = ("unexplained", "made elsewhere", "unknown outcome", "time-zone edge", "moved clock")
"""The unexplained comes first."""
UNEXPLAINED, ELSEWHERE, UNKNOWN, EDGE, CLOCK = KINDS


class Counted(NamedTuple):
    """Calls and what they took, added up."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    credits: int = 0

    def plus(self, other: Counted, sign: int = 1) -> Counted:
        return Counted(*(mine + sign * theirs for mine, theirs in zip(self, other, strict=True)))


class Doubtful(NamedTuple):
    """A call that may have been charged, nobody says how much. `model` is `None` where any may have answered."""

    day: date
    model: str | None


@dataclass(frozen=True)
class Difference:
    """The service's count minus the ledger's, and the explanation of it.

    It is of one model, from `first` to `last`. `calls` is how many calls it is about; amounts are `None` where they
    cannot be told apart from another difference of the same days, which has them all.
    """

    kind: str
    model: str
    first: date
    last: date
    calls: int
    counted: Counted | None


def explain(
    service: Mapping[tuple[date, str], Counted],
    ledger: Mapping[tuple[date, str], Counted],
    doubtful: Iterable[Doubtful],
    *,
    movable: bool = False,
) -> list[Difference]:
    """Every difference, the unexplained first. `movable` says that the service's clock may be set forward."""
    by_model: dict[str, dict[date, Counted]] = {}
    for day, model in sorted({*service, *ledger}):
        difference = service.get((day, model), Counted()).plus(ledger.get((day, model), Counted()), -1)
        if any(difference):
            by_model.setdefault(model, {})[day] = difference
    blocks = [
        _Block.of(model, {day: days[day] for day in block}, movable)
        for model, days in by_model.items()
        for block in _neighbours(days, movable)
    ]
    taken = _shared_out(blocks, list(doubtful))
    found = [one for block, own in zip(blocks, taken, strict=True) for one in _explained(block, own)]
    return sorted(found, key=lambda one: (KINDS.index(one.kind), one.first, one.model))


class _Block(NamedTuple):
    """Days of one model that may hold the same calls: how many fell on another of them, and what is left over.

    `near` are the days on which a call may have begun that was charged here, `None` for any.
    """

    model: str
    first: date
    last: date
    moved: int
    is_apart: bool
    left: Counted
    near: tuple[date, date] | None

    @classmethod
    def of(cls, model: str, days: Mapping[date, Counted], movable: bool) -> _Block:
        ordered = sorted(days)
        first, last = ordered[0], ordered[-1]
        left = Counted()
        for day in ordered:
            left = left.plus(days[day])
        moved = min(sum(max(0, sign * days[day].requests) for day in ordered) for sign in (1, -1))
        apart = any(later - earlier > timedelta(days=1) for earlier, later in pairwise(ordered))
        near = None if movable else (first - timedelta(days=1), last + timedelta(days=1))
        return cls(model, first, last, moved, apart, left, near)

    @property
    def wanted(self) -> int:
        """How many more calls the service counts, where more calls can be the reason at all."""
        return self.left.requests if self.left.requests > 0 and min(self.left) >= 0 else 0

    def fits(self, one: Doubtful) -> bool:
        near = self.near is None or self.near[0] <= one.day <= self.near[1]
        return near and one.model in (self.model, None)

    def distance(self, one: Doubtful) -> tuple[bool, bool]:
        """Its own model's call of its own days is the likeliest."""
        return one.model is None, not self.first <= one.day <= self.last


def _neighbours(days: Mapping[date, Counted], movable: bool) -> list[list[date]]:
    """Days that may hold the same calls: neighbours, or all of them where a clock was set forward."""
    ordered = sorted(days)
    # A day with too few calls, or with too little for as many, has some of its calls counted elsewhere.
    strange = {day for day in ordered if days[day].requests <= 0 or min(days[day]) < 0}
    if movable and strange:
        return [ordered]
    blocks = [[day] for day in ordered[:1]]
    for day in ordered[1:]:
        near = day - blocks[-1][-1] <= timedelta(days=1)
        if near and strange & {day, *blocks[-1]}:
            blocks[-1].append(day)
        else:
            blocks.append([day])
    return blocks


def _explained(block: _Block, own: int) -> Iterator[Difference]:
    """`own` of the calls that the service counts beyond the ledger's known ones are calls that the ledger doubts."""
    model, first, last = block.model, block.first, block.last
    if block.moved:
        yield Difference(CLOCK if block.is_apart else EDGE, model, first, last, block.moved, Counted())
    if any(block.left) and not block.wanted:
        yield Difference(UNEXPLAINED, model, first, last, abs(block.left.requests), block.left)
    elif block.wanted > own:
        yield Difference(ELSEWHERE, model, first, last, block.wanted - own, block.left)
    if own:
        yield Difference(UNKNOWN, model, first, last, own, block.left if block.wanted == own else None)


def _shared_out(blocks: Sequence[_Block], pool: list[Doubtful]) -> list[int]:
    """How many doubtful calls each block gets, as many as can be placed at all: none is wasted on a block that could
    have had another one."""
    holder: dict[int, int] = {}

    def place(block: int, seen: set[int]) -> bool:
        fits = (call for call, one in enumerate(pool) if blocks[block].fits(one))
        for call in sorted(fits, key=lambda call: blocks[block].distance(pool[call])):
            if call not in seen:
                seen.add(call)
                if call not in holder or place(holder[call], seen):
                    holder[call] = block
                    return True
        return False

    for number, block in enumerate(blocks):
        for _ in range(min(block.wanted, len(pool))):
            if not place(number, set()):
                break
    return [sum(held == number for held in holder.values()) for number in range(len(blocks))]
