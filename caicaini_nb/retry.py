"""When to send again, and after how long. Pure: it decides, the client sleeps.

It never retries what cannot get better (400, 401, 402, 403, 404, 413), never what has begun to answer, and never
earlier than the service asks. The service's own advice is 4 to 6 attempts; the defaults here are lower on purpose, so
that a cell fails while you still look at it, and lowest where a failed call may have been charged.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import msgspec

from .errors import CaicainiError, ConnectionFailedError, StatusError

__all__ = ["CEILING", "Wait", "asked_seconds", "plan"]

ATTEMPTS: Mapping[int, int] = {429: 4, 503: 4, 529: 4, 500: 2, 502: 2, 504: 2}
ATTEMPTS_WITHOUT_ANSWER = 2
MOST_ATTEMPTS = 6
CEILING = 120.0  # seconds: longer than this nobody watches a cell
FIRST_BACKOFF, LONGEST_BACKOFF = 0.5, 8.0
SPREAD = 0.3  # of what was asked, on top: clients told the same time do not come back together


class Wait(msgspec.Struct, frozen=True):
    """Send attempt `attempt` of at most `attempts` after `seconds`, because of `reason`."""

    seconds: float
    attempt: int
    attempts: int
    reason: CaicainiError


def plan(
    error: CaicainiError, made: int, *, max_attempts: int | None, chance: Callable[[], float], now: datetime
) -> Wait | None:
    """What to do after attempt number `made` failed with `error`: a `Wait`, or `None` to give up.

    `chance` gives a number in [0, 1). Where the service asks for more than `CEILING` seconds the answer is `None`, and
    the error's `action` names the time.
    """
    allowed = _allowed(error, max_attempts)
    if allowed is None:
        return None
    asked = error.retry_after
    if asked is not None and asked > CEILING:
        error.action = _come_back(asked, now)
        return None
    if made >= allowed:
        return None
    if asked is not None:
        seconds = asked + chance() * max(1.0, SPREAD * asked)
    else:
        seconds = min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (made - 1)) * (0.5 + chance() / 2)
    return Wait(seconds, made + 1, allowed, error)


def asked_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds a response asks to wait: `retry-after-ms`, or `Retry-After` as a number or an HTTP date.

    Garbage is `None`, the past is 0. A date counts from the response's own `Date`: the service's clock may be off.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return max(0.0, milliseconds / 1000)
    text = headers.get("retry-after", "").strip()
    seconds = _number(text)
    if seconds is not None:
        return max(0.0, seconds)
    date = _date(text)
    if date is not None:
        return max(0.0, (date - (_date(headers.get("date", "")) or now)).total_seconds())
    # A proxy that adds a second header gives "5, 10": the longer one keeps both promises.
    several = [number for part in text.split(",") if (number := _number(part.strip())) is not None]
    return max(0.0, *several) if several else None


def _allowed(error: CaicainiError, max_attempts: int | None) -> int | None:
    """How many attempts in all; `None` for what is never sent again."""
    if isinstance(error, StatusError):
        default = ATTEMPTS.get(error.status or 0, ATTEMPTS_WITHOUT_ANSWER if (error.status or 0) >= 500 else 1)
    else:
        default = ATTEMPTS_WITHOUT_ANSWER if isinstance(error, ConnectionFailedError) else 1
    if default == 1:
        return None
    return default if max_attempts is None else min(max_attempts, MOST_ATTEMPTS)


def _come_back(asked: float, now: datetime) -> str:
    try:
        moment = (now + timedelta(seconds=asked)).strftime("%Y-%m-%d %H:%M:%S UTC")
    except OverflowError:
        return "The service asks to wait longer than any cell should; ask its support."
    return f"Send it again after {moment}: the service asks to wait {asked:,.0f} seconds."


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    # float() takes "1_0" and "٣" too; neither is a number in a header.
    return None if math.isnan(value) or "_" in text or not text.isascii() else value


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
