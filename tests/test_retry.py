"""The retry policy as a table of values: no network, no clock."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caicaini_nb import errors, refused
from caicaini_nb.retry import CEILING, asked_seconds, plan

NOW = datetime(2026, 11, 21, 10, 0, 0, tzinfo=UTC)
INFINITE = float("inf")


def later(seconds: int) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


FORMS: tuple[tuple[str, float | None], ...] = (
    ("0", 0), ("1", 1), ("20", 20), ("007", 7), (" 5 ", 5), ("+5", 5), ("1.5", 1.5), (".5", 0.5), ("5.", 5),
    ("1e1", 10), ("119.999", 119.999), ("120", 120), ("121", 121), ("86400", 86400), ("1e9", 1e9), ("-1", 0),
    ("-0", 0), ("-1e9", 0), ("inf", INFINITE), ("Infinity", INFINITE), ("-inf", 0), ("1e999", INFINITE),
    ("9" * 400, INFINITE), ("nan", None), ("NaN", None), ("-nan", None), ("", None), (" ", None), ("soon", None),
    ("5 seconds", None), ("5s", None), ("0x10", None), ("1_000", None), ("٣", None), ("½", None), ("5\u00a0", 5),
    ("--5", None), ("5,5", 5), ("5, 10", 10), ("10, 5", 10), ("5, soon", 5), ("soon, later", None), (",", None),
    ("-3, -5", 0), ("1,000", 1), ("[5]", None), ('"5"', None), ("5;6", None), ("null", None), ("true", None),
    (later(30), 30), (later(0), 0), (later(-3600), 0), (later(7200), 7200),
    ("Sat, 21 Nov 2026 10:00:30 GMT", 30), ("Saturday, 21-Nov-26 10:00:30 GMT", 30), ("Sat Nov 21 10:00:30 2026", 30),
    ("Sat, 21 Nov 2026 10:00:30 +0000", 30), ("Sat, 21 Nov 2026 12:00:30 +0200", 30), ("21 Nov 2026 10:00:30 GMT", 30),
    ("Sat, 32 Nov 2026 10:00:30 GMT", None), ("Sat, 21 Nov 99999 10:00:30 GMT", None), ("Sat, 21 Nov", None),
    ("2026-11-21T10:00:30Z", None), ("Fri, 31 Dec 9999 23:59:59 GMT", 251612431199.0),
)  # fmt: skip


def test_enough_forms() -> None:
    assert len({form for form, _ in FORMS}) >= 60


@pytest.mark.parametrize(("form", "expected"), FORMS, ids=[repr(form)[:40] for form, _ in FORMS])
def test_retry_after(form: str, expected: float | None) -> None:
    asked = asked_seconds({"retry-after": form}, NOW)
    if form.startswith("Fri, 31 Dec 9999"):
        assert asked is not None
        assert asked > 1e11
    else:
        assert asked == expected


@pytest.mark.parametrize(("form", "expected"), FORMS, ids=[repr(form)[:40] for form, _ in FORMS])
def test_never_earlier_than_asked(form: str, expected: float | None) -> None:
    for chance in (0.0, 0.5, 0.999999):
        error = errors.RateLimitError("slow down", status=429)
        error.retry_after = asked_seconds({"retry-after": form}, NOW)
        wait = plan(error, 1, max_attempts=None, chance=iter([chance]).__next__, now=NOW)
        if error.retry_after is not None and error.retry_after > CEILING:
            assert wait is None
            assert "wait" in error.action
        else:
            assert wait is not None
            assert wait.seconds >= (error.retry_after or 0)
            assert wait.seconds <= 1.3 * (error.retry_after or 0) + 8


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "60"}, 1.5),
        ({"retry-after-ms": "x", "retry-after": "60"}, 60),
        ({"retry-after-ms": "-5"}, 0),
        ({}, None),
        ({"retry-after": later(30), "date": later(-3600)}, 3630),  # the service's clock is an hour behind
        ({"retry-after": later(30), "date": later(20)}, 10),
        ({"retry-after": later(30), "date": "nonsense"}, 30),
    ],
)
def test_other_headers(headers: dict[str, str], expected: float | None) -> None:
    assert asked_seconds(headers, NOW) == expected


@given(st.text(max_size=40))
def test_any_header_at_all(text: str) -> None:
    asked = asked_seconds({"retry-after": text, "retry-after-ms": text, "date": text}, NOW)
    assert asked is None or asked >= 0


@pytest.mark.parametrize("asked", [121.0, 3600.0, 1e9, 1e300, INFINITE])
@pytest.mark.parametrize("made", [1, 2, 4, 6])
def test_above_the_ceiling_the_time_is_named(asked: float, made: int) -> None:
    error = errors.OverloadedError("busy", status=529, retry_after=asked)
    assert plan(error, made, max_attempts=6, chance=random.random, now=NOW) is None
    assert ("2026-11-21 10:02:01 UTC" if asked == 121 else "wait") in str(error)


TABLE: tuple[tuple[errors.CaicainiError, int], ...] = (
    *((refused.from_status(status, {}), 1) for status in (400, 401, 402, 403, 404, 405, 409, 413, 418, 422, 499)),
    *((refused.from_status(status, {}), 4) for status in (429, 503, 529)),
    *((refused.from_status(status, {}), 2) for status in (500, 501, 502, 504, 520, 599)),
    (errors.ConnectionFailedError("x"), 2),
    (errors.DeadlineError("x"), 2),
    (errors.RedirectedError("x"), 1),
    (errors.UnreadableReplyError("x"), 1),
    (errors.TruncatedStreamError("x"), 1),
    (errors.ConfigurationError("x"), 1),
)


@pytest.mark.parametrize(("error", "attempts"), TABLE, ids=lambda value: str(getattr(value, "status", value)))
def test_table(error: errors.CaicainiError, attempts: int) -> None:
    def made(most: int | None) -> int:
        return next(
            number for number in itertools.count(1)
            if plan(error, number, max_attempts=most, chance=lambda: 0.5, now=NOW) is None
        )  # fmt: skip

    assert made(None) == attempts
    assert made(6) == made(9) == (1 if attempts == 1 else 6)
    assert made(1) == 1


def test_backoff_grows_and_is_spread() -> None:
    error = errors.OverloadedError("busy", status=529)
    for made, least, most in ((1, 0.25, 0.5), (2, 0.5, 1.0), (3, 1.0, 2.0), (5, 4.0, 8.0)):
        for chance in (0.0, 0.999):
            wait = plan(error, made, max_attempts=6, chance=iter([chance]).__next__, now=NOW)
            assert wait is not None
            assert least <= wait.seconds <= most
            assert (wait.attempt, wait.attempts, wait.reason) == (made + 1, 6, error)


def test_no_herd() -> None:
    """Twenty clients told the same time do not come back in the same quarter of a second."""
    crowded = 0
    seeds = 500
    for seed in range(seeds):
        chance = random.Random(seed).random
        error = errors.RateLimitError("slow down", status=429, retry_after=20.0)
        waits = [plan(error, 1, max_attempts=None, chance=chance, now=NOW) for _ in range(20)]
        times = sorted(wait.seconds for wait in waits if wait is not None)
        assert len(times) == 20
        assert times[0] >= 20
        most = max(sum(start <= other < start + 0.25 for other in times) for start in times)
        crowded += most > 6
    assert crowded <= seeds / 100
