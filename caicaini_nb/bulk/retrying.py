"""What to do with a row whose request failed: ask again and when, give the row up, or stop the job. Pure.

Nothing is asked again for ever: a row that fails by itself is given up after a few attempts, and one that the service
turns away for lack of room after some more. What would fail for every row stops the job.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import msgspec

from ..errors import (
    AuthenticationError,
    BudgetExceededError,
    CaicainiError,
    ConnectionFailedError,
    InsufficientQuotaError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RedirectedError,
    StatusError,
)

__all__ = ["Next", "Step", "decide"]

FOR_EVERY_ROW = (
    AuthenticationError, InsufficientQuotaError, NotFoundError, PermissionDeniedError, RedirectedError,
)  # fmt: skip
TURNED_AWAY = (503, 529)
BUSY_ATTEMPTS = 12
LIMITED_ATTEMPTS = 8
BROKEN_ATTEMPTS = 3
LONGEST = 60.0
NIGHT = 6 * 3600.0  # seconds: a service that asks for more is not waited for


class Step(Enum):
    AGAIN = "again"
    """Ask again, after a wait of the row's own."""
    LIMITED = "limited"
    """A rate limit: everything waits."""
    AWAY = "away"
    """Nobody answers: everything waits, and the row is not to blame."""
    BUDGET = "budget"
    """The budget has no room now."""
    GIVE_UP = "give up"
    """The row's own fault, or nobody's: it is kept with its error."""
    STOP = "stop"
    """Every row would fail so."""


class Next(msgspec.Struct, frozen=True):
    """What to do, and after how many seconds."""

    step: Step
    seconds: float = 0.0


def decide(error: CaicainiError, made: int, chance: Callable[[], float]) -> Next:
    """After attempt number `made` at a row has failed with `error`. `chance` gives a number in [0, 1)."""
    if isinstance(error, BudgetExceededError):
        return Next(Step.BUDGET)
    if isinstance(error, FOR_EVERY_ROW) or (error.retry_after or 0) > NIGHT:
        return Next(Step.STOP)
    if isinstance(error, RateLimitError):
        seconds = error.retry_after if error.retry_after is not None else _backoff(made, chance)
        return Next(Step.LIMITED, seconds) if made < LIMITED_ATTEMPTS else Next(Step.GIVE_UP)
    if isinstance(error, ConnectionFailedError) and not error.may_be_charged:
        return Next(Step.AWAY, _backoff(made, chance))
    attempts = _attempts(error)
    if made >= attempts:
        return Next(Step.GIVE_UP)
    asked = error.retry_after
    return Next(Step.AGAIN, _backoff(made, chance) if asked is None else asked + chance() * max(1.0, 0.3 * asked))


def _attempts(error: CaicainiError) -> int:
    if isinstance(error, StatusError):
        if error.status in TURNED_AWAY:
            return BUSY_ATTEMPTS
        return BROKEN_ATTEMPTS if (error.status or 0) >= 500 else 1
    return BROKEN_ATTEMPTS if isinstance(error, ConnectionFailedError) else 1


def _backoff(made: int, chance: Callable[[], float]) -> float:
    return min(LONGEST, 0.5 * 2.0 ** min(made - 1, 10)) * (0.5 + chance() / 2)
