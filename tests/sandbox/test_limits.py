"""Rate limits and tiers on a clock that the tests move."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from caicaini_nb.sandbox import Sandbox
from tests.sandbox import calls
from tests.sandbox.calls import messages_body


def test_the_minutes_requests_run_out_and_come_back(box: Sandbox, api: httpx.Client) -> None:
    box.set_tier("free")
    remaining = [int(api.get("/models").headers["x-ratelimit-remaining-requests"]) for _ in range(5)]
    assert remaining == [4, 3, 2, 1, 0]
    refused = api.post("/messages", json=messages_body())
    assert refused.status_code == 429
    assert refused.json()["error"]["type"] == "rate_limit_error"
    assert refused.headers["x-ratelimit-tier"] == "free"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["retry-after"] == refused.headers["x-ratelimit-reset-requests"]
    assert box.balance() == 70_000
    box.advance(seconds=int(refused.headers["retry-after"]) - 2)
    assert api.get("/models").status_code == 429
    box.advance(seconds=2)
    assert api.get("/models").headers["x-ratelimit-remaining-requests"] == "4"


def test_limits_are_per_key(box: Sandbox, api: httpx.Client) -> None:
    box.set_tier("free")
    for _ in range(6):
        last = api.get("/models")
    assert last.status_code == 429
    other = calls.get(f"{box.base_url}/models", headers={"Authorization": f"Bearer {box.mint_key()}"})
    assert other.headers["x-ratelimit-remaining-requests"] == "4"


def test_input_tokens_of_a_minute_run_out(box: Sandbox, api: httpx.Client) -> None:
    body = messages_body(messages=[{"role": "user", "content": "word " * 45_000}])
    assert api.post("/messages", json=body).status_code == 200
    assert api.post("/messages", json=body).status_code == 200
    refused = api.post("/messages", json=body)
    assert refused.status_code == 429
    assert "input tokens" in refused.json()["error"]["message"]
    assert "retry-after" in refused.headers
    assert api.post("/messages", json=messages_body()).status_code == 200
    box.advance(minutes=1)
    assert api.post("/messages", json=body).status_code == 200


@contextmanager
def open_streams(api: httpx.Client, count: int) -> Iterator[None]:
    """Hold streams open."""
    body = messages_body(stream=True)
    with ExitStack() as stack:
        for _ in range(count):
            answer = stack.enter_context(api.stream("POST", "/messages", json=body))
            assert answer.status_code == 200
        yield


def test_too_many_streams_at_once_are_refused(box: Sandbox, api: httpx.Client) -> None:
    box.set_pace(0.5)
    with open_streams(api, 5):
        refused = api.post("/messages", json=messages_body(stream=True))
        assert refused.status_code == 429
        assert "streams" in refused.json()["error"]["message"]
        assert api.post("/messages", json=messages_body(max_tokens=1)).status_code == 200
    box.set_pace(0)
    assert [row["outcome"] for row in box.requests()].count("refused") == 1


def test_a_closed_stream_makes_room(box: Sandbox, api: httpx.Client) -> None:
    box.set_tier("free")
    for _ in range(3):
        assert api.post("/messages", json=messages_body(stream=True)).status_code == 200


def test_a_first_top_up_promotes_at_the_next_sweep(box: Sandbox, api: httpx.Client) -> None:
    box.set_tier("free")
    box.top_up(10)
    tiers = []
    for _ in range(6):
        tiers.append(api.get("/account").json()["tier"])
        box.advance(minutes=1)
    assert tiers[0] == "free"
    assert api.get("/account").json()["tier"] == "pay_as_you_go"


def test_500_dollars_in_all_make_high_volume(box: Sandbox, api: httpx.Client) -> None:
    box.top_up("489.99")
    box.advance(minutes=5)
    assert api.get("/account").json()["tier"] == "pay_as_you_go"
    box.top_up(10)
    box.advance(minutes=5)
    answer = api.get("/account")
    assert answer.json()["tier"] == "high_volume"
    assert answer.headers["x-ratelimit-limit-requests"] == "300"


def test_nobody_is_demoted_and_enterprise_is_by_hand(box: Sandbox, api: httpx.Client) -> None:
    box.set_tier("enterprise", requests=7, input_tokens=8, streams=9)
    box.top_up(10_000)
    box.advance(minutes=10)
    answer = api.get("/account")
    assert answer.json()["tier"] == "enterprise"
    assert answer.headers["x-ratelimit-limit-requests"] == "7"


@pytest.mark.parametrize(
    ("tier", "figures"),
    [("gold", {}), ("enterprise", {}), ("enterprise", {"requests": 1, "streams": 1}), ("free", {"requests": 0})],
)
def test_other_tiers_are_refused(box: Sandbox, tier: str, figures: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        box.set_tier(tier, **figures)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e12])
def test_the_clock_moves_forward_only(box: Sandbox, seconds: float) -> None:
    with pytest.raises(ValueError):
        box.advance(seconds=seconds)
