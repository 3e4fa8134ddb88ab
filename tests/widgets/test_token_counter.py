"""Counting while somebody types: after a pause, one at a time, within the rate limit."""

from __future__ import annotations

import random

import pytest

from caicaini_nb import Client, RateLimitError, connect
from caicaini_nb.errors import NotOfferedError
from caicaini_nb.sandbox import Sandbox
from caicaini_nb.widgets import TokenCounter, token_counter
from caicaini_nb.widgets.allowance import MINUTE, Allowance
from tests.conftest import suite
from tests.fake_service import FakeService, answer, dial, error
from tests.widgets.front import Timers, plain_text


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> Timers:
    made = Timers()
    monkeypatch.setattr(token_counter, "later", made.later)
    Timers.of_repainting(monkeypatch)
    return made


def counts(client: Client) -> int:
    return len(client.ledger.entries(surface="count_tokens"))


def test_it_counts_once_when_typing_pauses(client: Client, timers: Timers) -> None:
    counter = TokenCounter(client)
    text = "How many tokens is this?"
    for end in range(1, len(text) + 1):
        counter.typed(text[:end])
    assert len(timers.pending) == 1
    assert counts(client) == 0
    timers.run()
    assert counter.tokens == client.count_tokens(text)
    assert counts(client) == 2
    assert counter.figures()["tokens"] == str(counter.tokens)
    assert "of 200,000" in counter.figures()["of the context"]


def test_a_changed_text_has_no_count_until_it_is_counted(client: Client, timers: Timers) -> None:
    counter = TokenCounter(client)
    counter.count("one text")
    counter.typed("one text more")
    assert counter.figures()["tokens"] == "not counted yet"
    timers.run()
    assert counter.figures()["tokens"] == str(counter.tokens)


def test_the_same_or_no_text_is_not_counted_again(client: Client, timers: Timers) -> None:
    counter = TokenCounter(client)
    counter.count("one text")
    for text in ("one text ", "one text", "   ", ""):
        counter.typed(text)
    assert timers.pending == []
    assert counts(client) == 1


def test_the_text_field_is_what_types(client: Client, timers: Timers) -> None:
    counter = TokenCounter(client, text="begin")
    assert counter.widget is not None
    counter._box.value = "begin here"
    assert counter.text == "begin here"
    timers.run()
    counter._changed.now()
    assert f"tokens{counter.tokens}" in plain_text(counter._told.value)


def test_beyond_its_share_of_the_limit_it_waits(timers: Timers) -> None:
    with Sandbox(fresh=True, engine="rules") as sandbox, connect(sandbox=sandbox) as client:
        sandbox.set_tier("free")
        counter = TokenCounter(client)
        waits = []
        for number in range(3):
            counter.typed(f"text {number}")
            waits.append(timers.pending[0][0])
            if waits[-1] < 1:
                timers.run()
        assert [wait < 1 for wait in waits] == [True, True, False], "half of five requests a minute"
        assert 55 < waits[2] <= 60
        counter._changed.now()
        assert counter.widget is not None
        assert "The rate limit leaves room for the next count in" in plain_text(counter._told.value)
        for _ in range(3):  # the rest of the minute is the user's
            client.send("What is 1 + 1?", max_tokens=9)


def test_a_refusal_holds_it_back_as_long_as_the_service_says(service: FakeService, timers: Timers) -> None:
    service.play(error(429, "rate_limit_error", headers={"Retry-After": "17"}), answer({"input_tokens": 3}))
    with dial(service) as client:
        counter = TokenCounter(client)
        counter.typed("text")
        timers.run()
        assert counter.tokens is None
        assert "RateLimitError" in repr(counter)
        counter.typed("text more")
        assert 16 < timers.pending[0][0] <= 17
        assert len(service.received) == 1
        service.play(error(429, "rate_limit_error"))
        with pytest.raises(RateLimitError):
            counter.count()


def test_a_closed_counter_counts_nothing(client: Client, timers: Timers) -> None:
    counter = TokenCounter(client)
    counter.typed("text")
    counter.close()
    assert timers.pending == []


def test_cailag_counts_no_tokens(sandbox: Sandbox) -> None:
    with connect("cailag", base=sandbox.cailag_base_url, key=sandbox.mint_key()) as client:
        with pytest.raises(NotOfferedError, match="counts no tokens"):
            TokenCounter(client)


def test_no_minute_has_more_than_half_of_its_requests(seed: int) -> None:
    """Whatever the pauses, limits and windows: counted over every minute, not by the clock's."""
    chance = random.Random(seed)
    for _ in range(suite(500)):
        limit, now, asked = chance.choice([None, 1, 2, 5, 60, 300]), 0.0, []
        allowance = Allowance()
        for _ in range(60):
            now += chance.choice([0.0, 0.1, 1.0, 20.0])
            remaining, reset = chance.choice([None, 0, 1, 2, 50]), chance.uniform(0, MINUTE)
            wait = allowance.wait(now, limit=limit, remaining=remaining, reset_in=reset)
            if remaining is not None and remaining <= 1:
                assert wait >= reset, "the window's last request is the user's"
            if wait == 0:
                allowance.asked(now)
                asked.append(now)
        share = max(1, (limit or 5) // 2)
        assert all(sum(begin <= at < begin + MINUTE for at in asked) <= share for begin in asked)
