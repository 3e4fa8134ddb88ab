"""Every fault does what it says, once, and leaves the account as the contract has it."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import httpx
import pytest

from caicaini_nb.sandbox import Sandbox
from tests.sandbox.calls import chat_body, events, messages_body, text_of

TYPES = {
    "400": "invalid_request_error", "401": "authentication_error", "402": "insufficient_quota",
    "403": "permission_error", "404": "not_found_error", "413": "request_too_large", "429": "rate_limit_error",
    "500": "api_error", "502": "api_error", "503": "api_error", "504": "api_error", "529": "overloaded_error",
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(TYPES))
@pytest.mark.parametrize("path", ["/messages", "/chat/completions"])
def test_a_status_comes_as_often_as_planned_and_is_free(box: Sandbox, api: httpx.Client, kind: str, path: str) -> None:
    box.faults(kind, times=2)
    answers = [api.post(path, json=messages_body(max_tokens=1)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [int(kind), int(kind), 200]
    assert answers[0].json()["type"] == "error"
    assert answers[0].json()["error"]["type"] == TYPES[kind]
    assert ("retry-after" in answers[0].headers) == (kind == "429")
    assert [row["credits"] for row in box.requests()][:2] == [None, None]


@pytest.mark.parametrize("kind", ["400", "401", "403", "404", "429", "500", "502", "503"])
def test_cailag_statuses_have_its_envelope(box: Sandbox, cailag: httpx.Client, kind: str) -> None:
    with box.faults(kind):
        answer = cailag.post("/chat/completions", json=chat_body(model="deepseek-chat"))
    assert answer.status_code == int(kind)
    assert set(answer.json()["error"]) == {"message", "type", "code"}


@pytest.mark.parametrize(
    ("given", "sent"),
    [("7", "7"), (2.5, "2.5"), ("soon", "soon"), ("Wed, 21 Oct 2026 07:28:00 GMT",) * 2, ("", None)],
)
def test_retry_after_goes_out_as_given(box: Sandbox, api: httpx.Client, given: str | float, sent: str | None) -> None:
    with box.faults("429", retry_after=given):
        assert api.get("/models").headers.get("retry-after") == sent
    with box.faults("503", retry_after=given):
        assert api.get("/models").headers.get("retry-after") == sent


def test_leaving_the_with_clears_what_is_left(box: Sandbox, api: httpx.Client) -> None:
    with box.faults("529", times=None):
        assert [api.get("/models").status_code for _ in range(3)] == [529] * 3
    assert api.get("/models").status_code == 200


@pytest.mark.parametrize(
    ("kind", "near"), [("stal", "stall"), ("42", "429"), ("200", "error status"), ("600", "500"), ("", "stall")]
)
def test_an_unknown_kind_is_refused_with_near_names(box: Sandbox, kind: str, near: str) -> None:
    with pytest.raises(ValueError, match=near):
        box.faults(kind)


@pytest.mark.parametrize("bad", [{"times": 0}, {"after": -1}, {"seconds": -1}, {"retry_after": "a\r\nX: b"}])
def test_figures_out_of_range_are_refused(box: Sandbox, bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        box.faults("stall", **bad)


def post(api: httpx.Client, path: str) -> httpx.Response:
    """Post a streamed call on either surface."""
    return api.post(path, json=messages_body(stream=True))


PATHS = pytest.mark.parametrize("path", ["/messages", "/chat/completions"])


@PATHS
def test_stall_stops_for_a_while(box: Sandbox, api: httpx.Client, path: str) -> None:
    box.faults("stall", seconds=0.3, after=3)
    started = time.perf_counter()
    answer = post(api, path)
    assert time.perf_counter() - started >= 0.3
    assert "40" in text_of(events(answer.content))


@PATHS
def test_reset_breaks_the_connection_after_content(box: Sandbox, api: httpx.Client, path: str) -> None:
    seen = b""
    with box.faults("reset", after=3), api.stream("POST", path, json=messages_body(stream=True)) as answer:
        chunks = answer.iter_raw()
        with contextlib.suppress(httpx.ReadError):
            while True:
                seen += next(chunks)
    assert len(text_of(events(seen))) > 0
    assert b"message_stop" not in seen
    row = box.requests()[-1]
    assert row["outcome"] == "broken"
    assert row["credits"] == 70_000 - box.balance() > 0


@PATHS
def test_early_end_has_no_terminal_event(box: Sandbox, api: httpx.Client, path: str) -> None:
    box.faults("early_end", after=2)
    answer = post(api, path)
    assert b"message_stop" not in answer.content
    assert b"[DONE]" not in answer.content
    assert text_of(events(answer.content)) != ""
    assert box.requests()[-1]["outcome"] == "broken"
    assert box.balance() < 70_000


@PATHS
def test_stream_error_is_terminal_and_free(box: Sandbox, api: httpx.Client, path: str) -> None:
    box.faults("stream_error", after=2)
    found = events(post(api, path).content)
    name, error = found[-1]
    assert name == ("error" if path == "/messages" else None)
    assert error["error"]["type"] == "overloaded_error"
    assert box.balance() == 70_000


def test_cailag_stream_error_has_its_envelope(box: Sandbox, cailag: httpx.Client) -> None:
    box.faults("stream_error")
    body = chat_body(model="deepseek-chat", stream=True)
    assert set(events(cailag.post("/chat/completions", json=body).content)[-1][1]) == {"error"}


@PATHS
def test_unknown_events_leave_the_text_alone(box: Sandbox, api: httpx.Client, path: str) -> None:
    expected = text_of(events(post(api, path).content))
    box.faults("unknown")
    answer = post(api, path)
    assert "✨" in answer.text
    assert text_of(events(answer.content)) == expected


def test_duplicate_repeats_the_ending(box: Sandbox, api: httpx.Client) -> None:
    box.faults("duplicate")
    names = [name for name, _ in events(post(api, "/messages").content)]
    assert names[-3:] == ["message_delta", "message_delta", "message_stop"]


@PATHS
def test_duplicate_after_repeats_that_content_event(box: Sandbox, api: httpx.Client, path: str) -> None:
    usual = events(post(api, path).content)
    box.faults("duplicate", after=3)
    found = events(post(api, path).content)
    assert len(found) == len(usual) + 1
    assert text_of(found) != text_of(usual)


def test_split_utf8_cuts_inside_characters(box: Sandbox, api: httpx.Client) -> None:
    box.faults("split_utf8")
    messages = [{"role": "user", "content": "Repeat after me: 你好，世界"}]
    with api.stream("POST", "/messages", json=messages_body(stream=True, messages=messages)) as answer:
        chunks = list(answer.iter_raw())
    assert any(chunk and chunk[-1] >= 0x80 for chunk in chunks)
    with pytest.raises(UnicodeDecodeError):
        [chunk.decode() for chunk in chunks]
    assert "你好" in text_of(events(b"".join(chunks)))


def test_slow_paces_one_answer(box: Sandbox, api: httpx.Client) -> None:
    box.faults("slow", seconds=0.02)
    started = time.perf_counter()
    api.post("/messages", json=messages_body(stream=True, max_tokens=10))
    assert time.perf_counter() - started >= 0.2


@pytest.mark.parametrize("kind", ["stall", "slow"])
def test_plain_answers_are_delayed(box: Sandbox, api: httpx.Client, kind: str) -> None:
    box.faults(kind, seconds=0.2)
    started = time.perf_counter()
    assert api.post("/messages", json=messages_body()).status_code == 200
    assert time.perf_counter() - started >= 0.2


def test_a_plain_answer_is_reset(box: Sandbox, api: httpx.Client) -> None:
    with box.faults("reset"), pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        api.post("/messages", json=messages_body())
    assert box.requests()[-1]["outcome"] == "broken"
    assert api.post("/messages", json=messages_body()).status_code == 200


def test_a_fault_longer_than_the_answer_comes_before_its_end(box: Sandbox, api: httpx.Client) -> None:
    box.faults("early_end", after=100_000)
    found = events(post(api, "/messages").content)
    assert "40" in text_of(found)
    assert found[-1][0] == "content_block_stop"


def test_stream_faults_wait_for_a_stream(box: Sandbox, api: httpx.Client) -> None:
    box.faults("early_end")
    assert api.post("/messages", json=messages_body()).status_code == 200
    assert api.get("/models").status_code == 200
    assert b"message_stop" not in post(api, "/messages").content
