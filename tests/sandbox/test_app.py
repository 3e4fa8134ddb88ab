"""The endpoints: what they answer, the headers on every answer, and the 404 of everything else."""

from __future__ import annotations

import csv
from pathlib import Path

import httpx
import pytest

import caicaini_nb
from caicaini_nb.sandbox import Sandbox
from tests.sandbox import calls
from tests.sandbox.calls import chat_body, messages_body

RATE_HEADERS = {
    "x-ratelimit-tier",
    "x-ratelimit-limit-requests",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-reset-requests",
}


def test_messages_answers_to_the_contract(box: Sandbox, api: httpx.Client) -> None:
    answer = api.post("/messages", json=messages_body())
    body = answer.json()
    assert answer.status_code == 200
    assert body["id"].startswith("msg_")
    assert (body["type"], body["role"], body["stop_reason"]) == ("message", "assistant", "end_turn")
    assert body["model"] == "caicaini/haiku"
    assert body["content"][0]["type"] == "text"
    assert "40" in body["content"][0]["text"]
    usage = body["usage"]
    assert usage["cache_creation_input_tokens"] == usage["cache_read_input_tokens"] == 0
    # haiku costs 40 and 200 thousandths of a credit a token, rounded up
    expected = -(-(usage["input_tokens"] * 40 + usage["output_tokens"] * 200) // 1000)
    assert usage["credits_consumed"] == expected == 70_000 - box.balance()


def test_chat_answers_to_the_contract(box: Sandbox, api: httpx.Client) -> None:
    body = api.post("/chat/completions", json=chat_body()).json()
    assert body["id"].startswith("chatcmpl_")
    assert body["object"] == "chat.completion"
    assert isinstance(body["created"], int)
    choice = body["choices"][0]
    assert (choice["index"], choice["finish_reason"]) == (0, "stop")
    assert choice["message"]["role"] == "assistant"
    usage = body["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["credits_consumed"] == 70_000 - box.balance()


def test_auto_resolves_to_a_model_and_names_it(api: httpx.Client) -> None:
    short = api.post("/messages", json=messages_body(model="caicaini/auto")).json()
    thinking = {"type": "enabled", "budget_tokens": 50}
    thoughtful = api.post("/messages", json=messages_body(model="caicaini/auto", thinking=thinking)).json()
    assert short["model"] == "caicaini/haiku"
    assert thoughtful["model"] == "caicaini/sonnet"


def test_thinking_comes_before_the_text(api: httpx.Client) -> None:
    thinking = {"type": "enabled", "budget_tokens": 100}
    body = api.post("/messages", json=messages_body(model="caicaini/sonnet", thinking=thinking)).json()
    assert [block["type"] for block in body["content"]] == ["thinking", "text"]


def test_models_lists_five_with_their_caps(api: httpx.Client) -> None:
    models = {model["id"]: model for model in api.get("/models").json()["data"]}
    caps = {name: (model["context_window"], model["max_output_tokens"]) for name, model in models.items()}
    assert caps == {
        "caicaini/auto": (200_000, 8_192),
        "caicaini/opus": (1_000_000, 32_768),
        "caicaini/sonnet": (1_000_000, 16_384),
        "caicaini/kimi": (256_000, 32_768),
        "caicaini/haiku": (200_000, 8_192),
    }
    assert {name for name, model in models.items() if not model["supports_thinking"]} == {"caicaini/haiku"}
    assert all(model["supports_vision"] and model["supports_tools"] for model in models.values())
    assert api.get("/models/caicaini%2Fopus").json() == models["caicaini/opus"]
    assert api.get("/models/caicaini/opus").json() == models["caicaini/opus"]
    assert api.get("/models/nobody").status_code == 404


def test_account_and_usage_follow_the_calls(box: Sandbox, api: httpx.Client) -> None:
    first = api.post("/messages", json=messages_body()).json()["usage"]
    box.advance(minutes=24 * 60)
    second = api.post("/chat/completions", json=chat_body(model="caicaini/kimi")).json()["usage"]
    spent = first["credits_consumed"] + second["credits_consumed"]
    account = api.get("/account").json()
    assert account["tier"] == "pay_as_you_go"
    assert account["api_credits"] == 70_000 - spent
    rows = api.get("/usage").json()["data"]
    assert [(row["model"], row["requests"]) for row in rows] == [("caicaini/haiku", 1), ("caicaini/kimi", 1)]
    assert rows[0]["output_tokens"] == first["output_tokens"]
    assert rows[1]["input_tokens"] == second["prompt_tokens"]
    assert sum(row["credits_consumed"] for row in rows) == spent
    later = api.get("/usage", params={"start": rows[1]["date"], "end": rows[1]["date"]}).json()["data"]
    assert later == rows[1:]


@pytest.mark.parametrize(
    ("query", "field"),
    [({"start": "yesterday"}, "start"), ({"end": "2026-02-30"}, "end"), ({"start": "2026-2-1"}, "start")],
)
def test_usage_refuses_what_is_no_date(api: httpx.Client, query: dict[str, str], field: str) -> None:
    answer = api.get("/usage", params=query)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(field)


def test_usage_refuses_a_start_after_the_end(api: httpx.Client) -> None:
    assert api.get("/usage", params={"start": "2026-02-02", "end": "2026-02-01"}).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/messages"),
        ("POST", "/models"),
        ("DELETE", "/account"),
        ("GET", "/nothing"),
        ("POST", "/completions"),
        ("HEAD", "/models"),
        ("GET", "/models/"),
        ("OPTIONS", "/messages"),
        ("PROPFIND", "/messages"),
    ],
)
def test_anything_else_is_not_found(api: httpx.Client, method: str, path: str) -> None:
    answer = api.request(method, path)
    assert answer.status_code == 404
    assert set(answer.headers) >= RATE_HEADERS
    if method != "HEAD":
        assert answer.json()["error"]["type"] == "not_found_error"


@pytest.mark.parametrize("path", ["/account", "/usage", "/messages", "/messages/count_tokens"])
def test_cailag_has_no_such_path(cailag: httpx.Client, path: str) -> None:
    answer = cailag.request("POST" if "messages" in path else "GET", path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_cailag_lists_the_models_of_the_price_list(cailag: httpx.Client) -> None:
    prices = Path(caicaini_nb.__file__).parent / "data" / "cailag_models.csv"
    with prices.open(encoding="utf-8", newline="") as file:
        expected = [row["id"] for row in csv.DictReader(file)]
    listed = cailag.get("/models").json()["data"]
    assert [model["id"] for model in listed] == expected
    assert cailag.get("/models/deepseek-chat").json() == listed[0]
    missing = cailag.get("/models/gpt-4o")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "model_not_found")


def test_every_answer_carries_rate_headers_and_a_request_id(box: Sandbox, api: httpx.Client) -> None:
    answers = [
        api.get("/models"),
        api.post("/messages", json=messages_body()),
        api.post("/messages", json=messages_body(stream=True)),
        api.post("/messages", json={}),
        api.get("/nothing"),
        calls.get(f"{box.base_url}/models"),
        calls.get(f"{box.base_url}/models", headers={"Host": "example.org"}),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 400, 404, 401, 403]
    for answer in answers:
        assert set(answer.headers) >= RATE_HEADERS
        assert "retry-after" not in answer.headers
        assert answer.headers["x-request-id"] == answer.headers["request-id"]
    remaining = [int(answer.headers["x-ratelimit-remaining-requests"]) for answer in answers[:5]]
    assert remaining == [59, 58, 57, 56, 55]
    assert len({answer.headers["request-id"] for answer in answers}) == len(answers)


def test_cailag_sends_no_rate_headers(cailag: httpx.Client) -> None:
    assert not RATE_HEADERS & set(cailag.get("/models").headers)


def test_the_request_log_holds_no_prompt_and_no_key(box: Sandbox, api: httpx.Client) -> None:
    secret = "mulberry"
    api.post("/messages", json=messages_body(messages=[{"role": "user", "content": secret}]))
    log = box.requests()
    assert [(row["method"], row["path"], row["status"], row["outcome"]) for row in log] == [
        ("POST", "/v1/messages", 200, "ok")
    ]
    assert log[0]["id"].startswith("msg_")
    assert secret not in str(log)
    assert box.api_key[12:18] not in str(log)
