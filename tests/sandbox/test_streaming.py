"""Streams: exactly the contract's events, two at once, and a client that goes away."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest

from caicaini_nb.sandbox import Sandbox
from tests.sandbox.calls import chat_body, events, messages_body, text_of

TOOL = {"name": "look_up", "description": "Looks up.", "input_schema": {"type": "object", "properties": {}}}


def stream(api: httpx.Client, **changes: Any) -> list[tuple[str | None, Any]]:
    """Return the events of a messages stream."""
    answer = api.post("/messages", json=messages_body(stream=True, **changes))
    assert answer.headers["content-type"].startswith("text/event-stream")
    return events(answer.content)


def test_messages_events_come_in_the_contracts_order(box: Sandbox, api: httpx.Client) -> None:
    found = stream(api)
    names = [name for name, _ in found]
    assert names[:2] == ["message_start", "content_block_start"]
    assert names[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert set(names[2:-3]) == {"content_block_delta"}
    assert all(data["type"] == name for name, data in found)
    message = found[0][1]["message"]
    assert message["id"].startswith("msg_")
    assert message["usage"]["input_tokens"] > 0
    ending = found[-2][1]
    assert ending["delta"]["stop_reason"] == "end_turn"
    assert ending["usage"]["credits_consumed"] == 70_000 - box.balance()


def test_a_stream_says_what_a_plain_answer_says(api: httpx.Client) -> None:
    plain = api.post("/messages", json=messages_body()).json()
    found = stream(api)
    assert text_of(found) == plain["content"][0]["text"]
    assert found[-2][1]["usage"] == plain["usage"]


def test_chat_chunks_end_with_done(api: httpx.Client) -> None:
    plain = api.post("/chat/completions", json=chat_body()).json()
    found = events(api.post("/chat/completions", json=chat_body(stream=True)).content)
    assert found[-1] == (None, "[DONE]")
    chunks = [data for _, data in found[:-1]]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert not any("usage" in chunk for chunk in chunks)
    assert text_of(found) == plain["choices"][0]["message"]["content"]


def test_usage_comes_in_a_last_chunk_when_asked_for(box: Sandbox, api: httpx.Client) -> None:
    body = chat_body(stream=True, stream_options={"include_usage": True})
    found = events(api.post("/chat/completions", json=body).content)
    last = found[-2][1]
    assert last["choices"] == []
    assert last["usage"]["credits_consumed"] == 70_000 - box.balance()
    assert box.requests()[-1]["undocumented"] == []


def test_a_tool_call_streams_as_json(api: httpx.Client) -> None:
    changes = {"tools": [TOOL], "tool_choice": {"type": "tool", "name": "look_up"}}
    found = stream(api, **changes)
    opened = [data["content_block"] for name, data in found if name == "content_block_start"][-1]
    assert (opened["type"], opened["name"], opened["input"]) == ("tool_use", "look_up", {})
    partial = [data["delta"] for name, data in found if name == "content_block_delta"]
    whole = "".join(delta["partial_json"] for delta in partial if delta["type"] == "input_json_delta")
    assert isinstance(json.loads(whole), dict)
    assert found[-2][1]["delta"]["stop_reason"] == "tool_use"


def test_a_chat_tool_call_streams_in_pieces(api: httpx.Client) -> None:
    function = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}
    choice = {"type": "function", "function": {"name": "look_up"}}
    body = chat_body(stream=True, tools=[function], tool_choice=choice)
    chunks = [data for _, data in events(api.post("/chat/completions", json=body).content)[:-1]]
    calls = [call for chunk in chunks for call in chunk["choices"][0]["delta"].get("tool_calls", ())]
    assert calls[0]["id"].startswith("call_")
    assert (calls[0]["index"], calls[0]["function"]["name"]) == (0, "look_up")
    assert isinstance(json.loads("".join(call["function"]["arguments"] for call in calls)), dict)
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_thinking_streams_in_its_own_block(api: httpx.Client) -> None:
    found = stream(api, model="caicaini/sonnet", thinking={"type": "enabled", "budget_tokens": 100})
    kinds = [data["content_block"]["type"] for name, data in found if name == "content_block_start"]
    deltas = {data["delta"]["type"] for name, data in found if name == "content_block_delta"}
    assert kinds == ["thinking", "text"]
    assert deltas == {"thinking_delta", "text_delta"}


def test_max_tokens_cuts_the_answer(api: httpx.Client) -> None:
    found = stream(api, max_tokens=7)
    assert found[-2][1]["delta"]["stop_reason"] == "max_tokens"
    assert found[-2][1]["usage"]["output_tokens"] == 7


@pytest.mark.parametrize("path", ["/messages", "/chat/completions"])
def test_a_stop_sequence_ends_the_answer_before_it(api: httpx.Client, path: str) -> None:
    whole = text_of(stream(api))
    stop = whole[10:14]
    field = "stop_sequences" if path == "/messages" else "stop"
    answer = events(api.post(path, json=messages_body(stream=True, **{field: [stop, "never said"]})).content)
    assert text_of(answer) == whole[: whole.index(stop)]
    if path == "/messages":
        assert answer[-2][1]["delta"] == {"stop_reason": "stop_sequence", "stop_sequence": stop}


def test_cailag_streams_every_choice(cailag: httpx.Client) -> None:
    body = chat_body(model="deepseek-chat", stream=True, n=2)
    found = events(cailag.post("/chat/completions", json=body).content)
    assert found[-1] == (None, "[DONE]")
    texts = {0: "", 1: ""}
    for _, chunk in found[:-1]:
        choice = chunk["choices"][0]
        texts[choice["index"]] += choice["delta"].get("content") or ""
    assert texts[0] == texts[1] != ""
    finished = [c["choices"][0]["index"] for _, c in found[:-1] if c["choices"][0]["finish_reason"]]
    assert finished == [0, 1]


def wait_for_outcome(box: Sandbox) -> dict[str, Any]:
    """Return the last log row once it is not open any more."""
    deadline = time.monotonic() + 5
    while (row := box.requests()[-1])["outcome"] == "open" and time.monotonic() < deadline:
        time.sleep(0.01)
    return row


def test_a_client_that_goes_away_is_noticed_and_charged_for_what_was_made(box: Sandbox, api: httpx.Client) -> None:
    box.set_pace(0.05)
    seen = b""
    with api.stream("POST", "/messages", json=messages_body(stream=True)) as answer:
        for chunk in answer.iter_raw():
            seen += chunk
            if seen.count(b"text_delta") >= 5:
                break
    closed = time.monotonic()
    row = wait_for_outcome(box)
    assert time.monotonic() - closed < 1
    assert (row["outcome"], row["closed_early"], row["streamed"]) == ("closed", True, True)
    input_tokens = events(seen)[0][1]["message"]["usage"]["input_tokens"]
    least = -(-(input_tokens * 40 + 5 * 200) // 1000)
    assert least <= row["credits"] <= least + 1
    assert box.balance() == 70_000 - row["credits"]
    usage = api.get("/usage").json()["data"]
    assert usage[0]["credits_consumed"] == row["credits"]


def test_a_client_that_goes_away_in_a_stall_is_noticed(box: Sandbox, api: httpx.Client) -> None:
    with box.faults("stall", seconds=60, after=2):
        with api.stream("POST", "/messages", json=messages_body(stream=True)) as answer:
            next(answer.iter_raw())
        closed = time.monotonic()
        assert wait_for_outcome(box)["outcome"] == "closed"
    assert time.monotonic() - closed < 1


def test_two_streams_go_on_at_once(box: Sandbox, api: httpx.Client) -> None:
    box.set_pace(0.01)
    body = messages_body(stream=True, max_tokens=20)
    with api.stream("POST", "/messages", json=body) as first, api.stream("POST", "/messages", json=body) as second:
        one, two = first.iter_raw(), second.iter_raw()
        read = [next(one), next(two), next(one), next(two)]
        assert all(read)
        rest = b"".join(one) + b"".join(two)
    assert rest.count(b"message_stop") == 4  # the name and the type of each


def test_a_ping_comes_after_15_seconds(box: Sandbox, api: httpx.Client) -> None:
    box.set_pace(0.02)
    with api.stream("POST", "/messages", json=messages_body(stream=True, max_tokens=20)) as answer:
        raw = answer.iter_raw()
        seen = next(raw)
        box.advance(seconds=15)
        seen += b"".join(raw)
    found = events(seen)
    assert [data for name, data in found if name == "ping"] == [{"type": "ping"}]


def test_the_pace_is_seconds_a_token(box: Sandbox, api: httpx.Client) -> None:
    box.set_pace(0.02)
    started = time.perf_counter()
    stream(api, max_tokens=10)
    assert 0.2 <= time.perf_counter() - started < 1
