"""Each difference between two counts, with the explanation that fits, and what must stay unexplained."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import NamedTuple

import pytest

from caicaini_nb.analytics.matching import CLOCK, EDGE, ELSEWHERE, UNEXPLAINED, UNKNOWN, Counted, Doubtful, explain
from tests.conftest import suite

DAY = date(2026, 11, 21)
NEXT = DAY + timedelta(days=1)
LATER = DAY + timedelta(days=9)
CALL = Counted(1, 10, 5, 3)
TWO = Counted(2, 20, 10, 6)
Days = dict[tuple[date, str], Counted]


class Case(NamedTuple):
    service: Days
    ledger: Days
    doubtful: list[Doubtful]
    kinds: list[str]
    movable: bool = False


def own(day: date = DAY) -> Doubtful:
    return Doubtful(day, "m")


CASES = {
    "the same": Case({(DAY, "m"): CALL}, {(DAY, "m"): CALL}, [], []),
    "nothing at all": Case({}, {}, [own()], []),
    "one call elsewhere": Case({(DAY, "m"): TWO}, {(DAY, "m"): CALL}, [], [ELSEWHERE]),
    "one broken off": Case({(DAY, "m"): TWO}, {(DAY, "m"): CALL}, [own()], [UNKNOWN]),
    "a call of any model broken off": Case({(DAY, "m"): CALL}, {}, [Doubtful(DAY, None)], [UNKNOWN]),
    "another model's broke off": Case({(DAY, "m"): CALL}, {}, [Doubtful(DAY, "n")], [ELSEWHERE]),
    "broken off on another day": Case({(DAY, "m"): CALL}, {}, [own(LATER)], [ELSEWHERE]),
    "both": Case({(DAY, "m"): TWO}, {}, [own()], [ELSEWHERE, UNKNOWN]),
    "over midnight": Case({(NEXT, "m"): CALL}, {(DAY, "m"): CALL}, [], [EDGE]),
    "over midnight, and one elsewhere": Case({(NEXT, "m"): TWO}, {(DAY, "m"): CALL}, [], [ELSEWHERE, EDGE]),
    "the service counts less": Case({}, {(DAY, "m"): CALL}, [], [UNEXPLAINED]),
    "other amounts": Case({(DAY, "m"): Counted(1, 10, 5, 4)}, {(DAY, "m"): CALL}, [], [UNEXPLAINED]),
    "more calls, fewer credits": Case({(DAY, "m"): Counted(2, 20, 10, 2)}, {(DAY, "m"): CALL}, [], [UNEXPLAINED]),
    "far apart": Case({(LATER, "m"): CALL}, {(DAY, "m"): CALL}, [], [UNEXPLAINED, ELSEWHERE]),
    "a clock set forward": Case({(LATER, "m"): CALL}, {(DAY, "m"): CALL}, [], [CLOCK], movable=True),
    "set forward, one broken off": Case(
        {(LATER, "m"): TWO}, {(DAY, "m"): CALL}, [own()], [UNKNOWN, CLOCK], movable=True
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_difference_is_explained(case: Case) -> None:
    found = explain(case.service, case.ledger, case.doubtful, movable=case.movable)
    assert [one.kind for one in found] == case.kinds


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_differences_add_up(case: Case) -> None:
    found = explain(case.service, case.ledger, case.doubtful, movable=case.movable)
    total = Counted()
    for one in found:
        total = total.plus(one.counted or Counted())
    expected = Counted()
    for days, sign in ((case.service, 1), (case.ledger, -1)):
        for counted in days.values():
            expected = expected.plus(counted, sign)
    assert total == expected


def test_an_honest_pair_of_counts_is_always_explained(seed: int) -> None:
    """Whatever breaks off, is made elsewhere or falls on the next day: nothing stays unexplained, nothing is lost."""
    chance = random.Random(seed)
    for _ in range(suite(5_000)):
        service: Days = {}
        ledger: Days = {}
        doubtful = []
        charged = 0
        for _ in range(chance.randrange(12)):
            model, day = chance.choice("mno"), DAY + timedelta(days=chance.randrange(4))
            call = Counted(1, chance.randrange(90), chance.randrange(90), chance.randrange(90))
            fate = chance.choice(["known", "known", "known", "charged", "free"])
            if fate != "free":
                service[day, model] = service.get((day, model), Counted()).plus(call)
            if fate == "known":
                ledger[day, model] = ledger.get((day, model), Counted()).plus(call)
            else:
                doubtful.append(Doubtful(day, chance.choice([model, None])))
                charged += call.credits * (fate == "charged")
        found = explain(service, ledger, doubtful)
        assert {one.kind for one in found} <= {UNKNOWN}
        assert sum(one.counted.credits for one in found if one.counted) == charged
