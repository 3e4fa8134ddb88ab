"""Attempts over a real socket: how often what is sent again, how long after, and what the ledger says of each."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

import caicaini_nb.call
from caicaini_nb import Client, errors, refused
from caicaini_nb.errors import CaicainiError, DeadlineError, RedirectedError
from caicaini_nb.retry import Wait
from tests.fake_service import Answer, End, FakeService, answer, dial, error, frames, stream
from tests.wire.replies import MESSAGES_PLAIN, MESSAGES_TEXT

ATTEMPTS = {
    400: 1, 401: 1, 402: 1, 403: 1, 404: 1, 413: 1, 429: 4, 500: 2, 502: 2, 503: 4, 504: 2, 529: 4,
}  # fmt: skip
MAY_BE_CHARGED = {500, 502, 504}


class Clock:
    """Stands in for the module `time` where attempts wait: a sleep moves it, and nothing else does."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    perf_counter = monotonic

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    monkeypatch.setattr(caicaini_nb.call, "time", moved)
    return moved


def send(client: Client) -> Any:
    return client.send("hi")


def read_stream(client: Client) -> Any:
    with client.stream("hi") as reading:
        list(reading)
    return reading.reply


WAYS: dict[str, Callable[[Client], Any]] = {"plain": send, "stream": read_stream}
GOOD: dict[str, Answer] = {"plain": answer(MESSAGES_PLAIN), "stream": frames(MESSAGES_TEXT)}

both_ways = pytest.mark.parametrize("way", WAYS)


@both_ways
@pytest.mark.parametrize("status", ATTEMPTS)
def test_how_often_a_status_is_sent(service: FakeService, clock: Clock, status: int, way: str) -> None:
    service.play(error(status, message="because", headers={"request-id": "req_7"}))
    with dial(service) as client, pytest.raises(CaicainiError) as caught:
        WAYS[way](client)
    assert len(service.received) == ATTEMPTS[status]
    assert len({request.body for request in service.received}) == 1
    raised = caught.value
    assert type(raised) is refused.BY_STATUS.get(status, errors.ApiError)
    assert (raised.status, raised.attempts, raised.request_id) == (status, ATTEMPTS[status], "req_7")
    assert "because" in str(raised)
    assert "req_7" in str(raised)
    assert raised.may_be_charged == (status in MAY_BE_CHARGED)
    assert ("may have been charged" in str(raised)) == (status in MAY_BE_CHARGED)
    rows = list(client.ledger)
    assert [row.attempt for row in rows] == list(range(1, ATTEMPTS[status] + 1))
    assert len({row.operation for row in rows}) == 1
    assert {(row.outcome, row.status, row.credits) for row in rows} == {("error", status, None)}
    assert len(clock.slept) >= ATTEMPTS[status] - 1


@both_ways
@pytest.mark.parametrize("most", [1, 2, 6])
def test_max_attempts(service: FakeService, clock: Clock, way: str, most: int) -> None:
    for status, usual in ATTEMPTS.items():
        service.play(error(status))
        with dial(service, max_attempts=most) as client, pytest.raises(CaicainiError):
            WAYS[way](client)
        assert len(service.received) == (1 if usual == 1 else most), status


@both_ways
def test_success_after_failures(service: FakeService, clock: Clock, way: str) -> None:
    service.play(error(529), error(503), error(429), GOOD[way])
    with dial(service) as client:
        reply = WAYS[way](client)
    assert reply.attempts == 4
    assert reply.complete
    assert [row.outcome for row in client.ledger] == ["error", "error", "error", "ok"]
    assert [row.status for row in client.ledger] == [529, 503, 429, 200]


@both_ways
@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_redirects_are_not_followed(service: FakeService, status: int, way: str) -> None:
    with FakeService(GOOD[way]) as other:
        targets = [
            f"{other.origin}/v1/messages",
            "/elsewhere",
            f"//{other.origin[7:]}/",
            "https://caicaini.com/v1",
            "?",
        ]
        for target in targets:
            service.play(answer(b"", status, {"Location": target}))
            with dial(service) as client, pytest.raises(RedirectedError) as caught:
                WAYS[way](client)
            assert len(service.received) == 1
            assert caught.value.status == status
            assert client.ledger.entries(limit=1)[0].outcome == "error"
        assert other.connections == 0


@both_ways
def test_reset_before_an_answer(service: FakeService, clock: Clock, way: str) -> None:
    service.play((End.RESET,))
    with dial(service) as client, pytest.raises(errors.ConnectionFailedError) as caught:
        WAYS[way](client)
    assert caught.value.may_be_charged
    assert len(service.received) == 2
    assert [row.outcome for row in client.ledger] == ["unknown", "unknown"]


@both_ways
def test_no_answer_in_time(service: FakeService, clock: Clock, way: str) -> None:
    service.play((End.HOLD,))
    with dial(service, timeout=0.05) as client, pytest.raises(DeadlineError, match="may have been charged") as caught:
        WAYS[way](client)
    assert caught.value.attempts == 2
    assert len(service.received) == 2
    assert {(row.outcome, row.credits) for row in client.ledger} == {("unknown", None)}


@both_ways
def test_nobody_listens(clock: Clock, way: str) -> None:
    with FakeService() as gone:
        pass
    with dial(gone) as client, pytest.raises(errors.ConnectionFailedError) as caught:
        WAYS[way](client)
    assert not caught.value.may_be_charged
    assert [row.outcome for row in client.ledger] == ["error", "error"]


def test_never_again_after_the_answer_began(service: FakeService, clock: Clock) -> None:
    service.play(stream(MESSAGES_TEXT[:-60]))
    with dial(service, max_attempts=6) as client, pytest.raises(errors.TruncatedStreamError):
        read_stream(client)
    assert len(service.received) == 1
    service.play((b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", End.RESET))
    with dial(service, max_attempts=6) as client, pytest.raises(errors.ConnectionFailedError) as caught:
        send(client)
    assert caught.value.may_be_charged
    assert len(service.received) == 1
    assert client.ledger.entries(limit=1)[0].outcome == "unknown"


@pytest.mark.parametrize("name", ["Retry-After", "retry-after"])
def test_the_time_asked_for_is_kept(service: FakeService, clock: Clock, name: str) -> None:
    service.play(error(429, headers={name: "20"}), answer(MESSAGES_PLAIN))
    waits: list[tuple[Wait, float]] = []
    began = clock.now
    with dial(service) as client:
        client.send("hi", on_wait=lambda wait, left: waits.append((wait, left)))
    assert 20 <= clock.now - began <= 26.1
    assert waits[-1][1] == 0.0
    assert all(isinstance(wait.reason, errors.RateLimitError) for wait, _ in waits)
    assert len(waits) > 50


@pytest.mark.parametrize("attempts", [None, 1, 6])
def test_too_long_a_wait_names_the_time(service: FakeService, clock: Clock, attempts: int | None) -> None:
    service.play(error(429, headers={"Retry-After": "86400"}))
    with dial(service, max_attempts=attempts) as client, pytest.raises(errors.RateLimitError) as caught:
        send(client)
    assert clock.slept == []
    assert len(service.received) == 1
    tomorrow = datetime.fromtimestamp(datetime.now(UTC).timestamp() + 86400, UTC)
    assert f"{tomorrow:%Y-%m-%d}" in str(caught.value)
    assert "86,400 seconds" in str(caught.value)


def test_a_long_wait_on_what_is_never_retried_changes_nothing(service: FakeService) -> None:
    service.play(error(400, "invalid_request_error", "no", {"Retry-After": "86400"}))
    with dial(service) as client, pytest.raises(errors.InvalidRequestError, match="Change the field"):
        send(client)


def test_jitter_does_not_come_from_the_users_generator(service: FakeService, clock: Clock) -> None:
    service.play(error(529), error(529), answer(MESSAGES_PLAIN))
    random.seed(5)
    state = random.getstate()
    with dial(service) as client:
        send(client)
    assert random.getstate() == state


def test_interrupted_while_waiting(service: FakeService, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(clock, "sleep", stop)
    service.play(error(529))
    left: list[float] = []
    with dial(service) as client, pytest.raises(KeyboardInterrupt):
        client.send("hi", on_wait=lambda wait, seconds: left.append(seconds))
    assert left[-1] == 0.0
    assert [row.outcome for row in client.ledger] == ["error"]


@pytest.mark.parametrize(
    ("body", "kind", "part"),
    [
        (b"<html>busy</html>", "text/html; charset=utf-8", "text/html"),
        (b"", "application/json", "application/json"),
        (b"[" * 100_000, "application/json", "not with the API's JSON"),
        (b"\xff\xfe", "text/plain", "text/plain"),
        (b'{"error": "just text"}', "application/json", "just text"),
        (b'{"error": {"message": null}}', "application/json", "without a message"),
        (b"null", "application/json", "without a message"),
        (b"x" * 3_000_000, "text/plain", "text/plain"),
    ],
)
def test_error_bodies_of_any_kind(service: FakeService, body: bytes, kind: str, part: str) -> None:
    service.play(answer(body, 404, {"Content-Type": kind}))
    with dial(service) as client, pytest.raises(errors.NotFoundError) as caught:
        send(client)
    assert part in str(caught.value)


def test_an_error_body_that_breaks_off_keeps_its_status(service: FakeService) -> None:
    service.play((b"HTTP/1.1 401 No\r\nContent-Length: 100\r\n\r\n{", End.RESET))
    with dial(service) as client, pytest.raises(errors.AuthenticationError):
        send(client)


def test_an_error_body_may_not_trickle(service: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caicaini_nb.call, "ERROR_TIME", 0.05)
    drops: list[bytes | float] = [b" ", 0.02] * 500
    service.play((b"HTTP/1.1 401 No\r\nContent-Length: 1000\r\n\r\n", *drops))
    with dial(service) as client, pytest.raises(errors.AuthenticationError):
        send(client)
    assert client.ledger.entries(limit=1)[0].total_ms < 3000  # type: ignore[operator]


def test_a_near_model_is_suggested(service: FakeService) -> None:
    service.play(error(400, "invalid_request_error", "no such model"))
    with dial(service) as client, pytest.raises(errors.InvalidRequestError, match="Did you mean caicaini/sonnet"):
        client.send("hi", model="sonett")


@both_ways
def test_an_alarm_of_somebody_else_brings_no_frame_that_holds_the_key(service: FakeService, way: str) -> None:
    def alarm(number: int, frame: Any) -> None:
        raise ZeroDivisionError("alarm")

    service.play((End.HOLD,))
    before = signal.signal(signal.SIGALRM, alarm)
    try:
        with dial(service) as client:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with pytest.raises(ZeroDivisionError) as caught:
                WAYS[way](client)
            assert "alarm" not in [frame.name for frame in caught.traceback]
            assert [row.outcome for row in client.ledger] == ["unknown"]
            service.play(GOOD[way])
            assert WAYS[way](client).text
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_closed_client_says_so(service: FakeService) -> None:
    client = dial(service)
    client.close()
    with pytest.raises(errors.ConfigurationError, match="closed"):
        send(client)
    assert list(client.ledger) == []
