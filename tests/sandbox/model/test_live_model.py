"""A real model in a real sandbox: it streams, stops within a token, queues, and leaves the server responsive.

Nothing here depends on which words a model writes: only on what must hold whatever they are.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest

from caicaini_nb.sandbox import Sandbox
from tests.sandbox import calls
from tests.sandbox.calls import NO_TLS, events, messages_body, text_of

pytestmark = pytest.mark.needs("model")
LONG = "Write a very long story about a lighthouse, with many chapters."
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "nights": {"type": "integer", "minimum": 1, "maximum": 9}},
    "required": ["city", "nights"],
}
TOOL = {"name": "book_room", "description": "Book a hotel room", "input_schema": SCHEMA}


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox of this module's own, with smollm2."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAICAINI_SANDBOX_HOME", str(tmp_path_factory.mktemp("home")))
        with Sandbox(fresh=True, engine="model", model="smollm2") as started:
            started.set_tier("enterprise", requests=10_000, input_tokens=10**9, streams=50)
            started.top_up(1_000)
            yield started


@pytest.fixture
def api(box: Sandbox) -> Iterator[httpx.Client]:
    """A client of the Caicaini surface."""
    headers = {"Authorization": f"Bearer {box.api_key}"}
    with httpx.Client(base_url=box.base_url, headers=headers, timeout=120, verify=NO_TLS) as client:
        yield client


def body(text: str, **changes: Any) -> dict[str, Any]:
    """A messages body with one prompt."""
    return messages_body(**{"messages": [{"role": "user", "content": text}], "max_tokens": 12, **changes})


def _busy(process: psutil.Process, *, seconds: float) -> float:
    """The CPU seconds it takes within so many seconds."""
    before = sum(process.cpu_times()[:2])
    time.sleep(seconds)
    return float(sum(process.cpu_times()[:2]) - before)


def text(answer: httpx.Response) -> str:
    """The text of a plain answer."""
    assert answer.status_code == 200, answer.text
    return str(answer.json()["content"][0]["text"])


def test_an_answer_names_the_model_and_is_repeatable(box: Sandbox, api: httpx.Client) -> None:
    assert box.engine == "smollm2"
    first = api.post("/messages", json=body("Name three colours."))
    assert first.headers["x-sandbox-engine"] == "smollm2"
    assert first.json()["stop_reason"] == "max_tokens"
    assert first.json()["usage"]["output_tokens"] == 12
    streamed = api.post("/messages", json=body("Name three colours.", stream=True))
    assert text_of(events(streamed.content)) == text(first)
    warm = [text(api.post("/messages", json=body("Name three colours.", temperature=1.0))) for _ in range(2)]
    assert warm[0] == warm[1]


def test_tokens_stream_as_they_are_made(api: httpx.Client) -> None:
    came = []
    with api.stream("POST", "/messages", json=body(LONG, max_tokens=24, stream=True)) as answer:
        for line in answer.iter_lines():
            if '"text_delta"' in line:
                came.append(time.monotonic())
    assert len(came) == 24
    assert came[-1] - came[0] > 0.1


@pytest.mark.parametrize("streamed", [True, False])
def test_a_client_that_leaves_stops_the_model(box: Sandbox, api: httpx.Client, streamed: bool) -> None:
    server = psutil.Process(box._open_runtime.pid)
    request = body(LONG, max_tokens=2_000, stream=streamed)
    headers = {"Authorization": f"Bearer {box.api_key}"}
    with httpx.Client(headers=headers, timeout=httpx.Timeout(20, read=0.7), verify=NO_TLS) as leaving:
        with contextlib.suppress(httpx.ReadTimeout):  # which is how the plain call leaves
            with leaving.stream("POST", f"{box.base_url}/messages", json=request) as answer:
                assert streamed
                next(answer.iter_lines())
    # The rest of the answer would take it a minute; a busy machine takes a while to notice.
    gives_up = time.monotonic() + 20
    while _busy(server, seconds=0.5) > 0.1:
        assert time.monotonic() < gives_up, "the model goes on"
    assert box.requests()[-1]["closed_early"]


@pytest.mark.parametrize("change", [{"max_tokens": 2}, {"stop_sequences": ["e"]}], ids=["max_tokens", "stop"])
def test_an_answer_that_is_over_stops_the_model(box: Sandbox, api: httpx.Client, change: dict[str, Any]) -> None:
    server = psutil.Process(box._open_runtime.pid)
    assert api.post("/messages", json=body(LONG, **change)).status_code == 200
    time.sleep(0.3)
    before = sum(server.cpu_times()[:2])
    time.sleep(0.5)
    assert sum(server.cpu_times()[:2]) - before < 0.2


def test_a_second_request_queues_and_the_server_stays_responsive(box: Sandbox, api: httpx.Client) -> None:
    ended: dict[str, float] = {}

    def ask(name: str, tokens: int) -> None:
        headers = {"Authorization": f"Bearer {box.api_key}"}
        request = body(LONG, max_tokens=tokens)
        answer = calls.post(f"{box.base_url}/messages", headers=headers, json=request, timeout=120)
        assert answer.status_code == 200
        ended[name] = time.monotonic()

    threads = [threading.Thread(target=ask, args=one) for one in (("first", 80), ("second", 1))]
    threads[0].start()
    time.sleep(0.2)
    threads[1].start()
    took = []
    while threads[0].is_alive():
        began = time.perf_counter()
        assert api.get("/models").status_code == 200
        took.append(time.perf_counter() - began)
        time.sleep(0.03)
    for thread in threads:
        thread.join()
    assert ended["second"] > ended["first"]
    print(f"GET /models beside an answer: median {statistics.median(took) * 1000:.1f} ms of {len(took)}")
    assert len(took) > 5
    assert statistics.median(took) < 0.05


@pytest.mark.parametrize("streamed", [True, False])
def test_a_prompt_that_does_not_fit_is_a_free_400(box: Sandbox, api: httpx.Client, streamed: bool) -> None:
    before = box.balance()
    answer = api.post("/messages", json=body("word " * 4_200, stream=streamed))
    assert answer.status_code == 400
    assert "sandbox model smollm2, whose window is 4096" in answer.json()["error"]["message"]
    assert box.balance() == before


def test_forced_arguments_and_json_satisfy_their_schema(api: httpx.Client) -> None:
    choice = {"type": "tool", "name": "book_room"}
    prompt = "Book a room in Lisbon for 2 nights"
    answer = api.post("/messages", json=body(prompt, max_tokens=200, tools=[TOOL], tool_choice=choice)).json()
    assert answer["stop_reason"] == "tool_use"
    found = answer["content"][0]["input"]
    assert isinstance(found["city"], str)
    assert 1 <= found["nights"] <= 9
    wanted = {"type": "json_schema", "json_schema": {"name": "stay", "schema": SCHEMA}}
    request = body(prompt, max_tokens=200, response_format=wanted)
    value = json.loads(api.post("/chat/completions", json=request).json()["choices"][0]["message"]["content"])
    assert 1 <= value["nights"] <= 9


def test_results_and_thinking_are_taken(api: httpx.Client) -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "book_room", "input": {"city": "Lisbon", "nights": 2}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "Booked, number 7"}
    turns = [
        {"role": "user", "content": "Book a room in Lisbon for 2 nights"},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]
    told = api.post("/messages", json=messages_body(messages=turns, tools=[TOOL], max_tokens=30)).json()
    assert told["content"][0]["type"] == "text"
    thinking = {"type": "enabled", "budget_tokens": 10}
    request = body("Why is the sky blue?", model="caicaini/sonnet", thinking=thinking, max_tokens=40)
    thought = api.post("/messages", json=request).json()
    assert [block["type"] for block in thought["content"]] == ["thinking", "text"]
    assert thought["content"][0]["thinking"].strip()


def test_nobody_else_may_use_the_models_own_port(box: Sandbox) -> None:
    server = psutil.Process(box._open_runtime.pid)
    listening = [one.laddr for one in server.net_connections() if one.status == psutil.CONN_LISTEN]
    assert {address.ip for address in listening} == {"127.0.0.1"}
    (inner,) = [address.port for address in listening if address.port != httpx.URL(box.base_url).port]
    for path in ("/props", "/slots", "/v1/models", "/v1/chat/completions"):
        assert calls.post(f"http://127.0.0.1:{inner}{path}", json={}).status_code in (401, 404)


def test_a_sandbox_ends_while_its_model_writes() -> None:
    with Sandbox(fresh=True, engine="model", model="smollm2") as box:
        headers = {"Authorization": f"Bearer {box.api_key}"}
        with httpx.Client(headers=headers, timeout=60, verify=NO_TLS) as client:
            with client.stream(
                "POST", f"{box.base_url}/messages", json=body(LONG, max_tokens=2_000, stream=True)
            ) as one:
                next(one.iter_lines())
                server = psutil.Process(box._open_runtime.pid)
                began = time.monotonic()
                box.close()
    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE
    assert time.monotonic() - began < 5  # after that it would have been killed
