"""Other people's clients with rows in the ledger: plain and streamed, awaited or not, refused, cut off, tried again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx
import httpx2
import openai
import pytest

from caicaini_nb import Ledger, observe
from caicaini_nb.errors import ConfigurationError
from caicaini_nb.ledger import Entry
from caicaini_nb.sandbox import Sandbox

QUESTION: Any = [{"role": "user", "content": "Count to 20"}]
MODEL = "caicaini/sonnet"
LIBRARIES = [httpx, httpx2]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "observed.db")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox for this file alone: faults are planned in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAICAINI_SANDBOX_HOME", str(tmp_path_factory.mktemp("sandbox")))
        with Sandbox(fresh=True, engine="rules") as started:
            started.set_tier("enterprise", requests=100_000, input_tokens=10**9, streams=20)
            yield started


@pytest.fixture
def box(own: Sandbox) -> Iterator[Sandbox]:
    """The same, at its usual pace again afterwards."""
    yield own
    own.set_pace(0)


def only(ledger: Ledger) -> Entry:
    (entry,) = ledger.entries()
    return entry


def test_openai_plain_and_streamed(box: Sandbox, ledger: Ledger) -> None:
    http = observe(openai.DefaultHttpxClient(), ledger=ledger)
    with openai.OpenAI(base_url=box.base_url, api_key=box.api_key, http_client=http) as client:
        answer = client.chat.completions.create(model=MODEL, messages=QUESTION)
        options: Any = {"stream": True, "stream_options": {"include_usage": True}}
        pieces = list(client.chat.completions.create(model=MODEL, messages=QUESTION, **options))
    assert len(pieces) > 10, "a stream must stay one"
    streamed, plain = ledger.entries()
    assert answer.usage is not None
    for entry in (plain, streamed):
        assert (entry.provider, entry.origin, entry.surface, entry.outcome) == ("caicaini", "sandbox", "chat", "ok")
        assert (entry.model, entry.status, entry.attempt) == (MODEL, 200, 1)
        assert entry.input_tokens == answer.usage.prompt_tokens
        assert entry.output_tokens == answer.usage.completion_tokens
        assert entry.credits
        assert entry.request_id
        assert entry.key_prefix == box.api_key[:12]
    assert plain.message_id == answer.id
    assert streamed.first_event_ms is not None
    logged = {row["request_id"]: row["credits"] for row in box.requests()}
    assert [logged[str(entry.request_id)] for entry in (plain, streamed)] == [plain.credits, streamed.credits]


def test_anthropic_plain_and_streamed(box: Sandbox, ledger: Ledger) -> None:
    http = observe(anthropic.DefaultHttpxClient(), ledger=ledger)
    base = box.base_url.removesuffix("/v1")
    with anthropic.Anthropic(base_url=base, auth_token=box.api_key, http_client=http) as client:
        answer = client.messages.create(model=MODEL, max_tokens=200, messages=QUESTION)
        with client.messages.stream(model=MODEL, max_tokens=200, messages=QUESTION) as stream:
            assert "".join(stream.text_stream)
        client.models.list()
    listed, streamed, plain = ledger.entries()
    assert (plain.surface, streamed.surface, listed.surface) == ("messages", "messages", "models")
    assert plain.output_tokens == streamed.output_tokens == answer.usage.output_tokens
    assert {plain.outcome, streamed.outcome, listed.outcome} == {"ok"}
    assert listed.credits is None


def test_clients_that_await(box: Sandbox, ledger: Ledger) -> None:
    async def run() -> None:
        http = observe(openai.DefaultAsyncHttpxClient(), ledger=ledger)
        async with openai.AsyncOpenAI(base_url=box.cailag_base_url, api_key=box.api_key, http_client=http) as client:
            await client.chat.completions.create(model="deepseek-chat", messages=QUESTION)
            stream = await client.chat.completions.create(model="deepseek-chat", messages=QUESTION, stream=True)
            assert len([chunk async for chunk in stream]) > 10
            calls = [client.chat.completions.create(model="deepseek-chat", messages=QUESTION) for _ in range(5)]
            await asyncio.gather(*calls)

    asyncio.run(run())
    entries = ledger.entries()
    assert {(entry.provider, entry.outcome) for entry in entries} == {("cailag", "ok")}
    assert len({entry.operation for entry in entries}) == 7
    assert sum(entry.output_tokens is None for entry in entries) == 1, "that stream was not asked for its usage"


def test_langchain(box: Sandbox, ledger: Ledger) -> None:
    langchain_openai = pytest.importorskip("langchain_openai")
    with observe(openai.DefaultHttpxClient(), ledger=ledger) as http:
        model = langchain_openai.ChatOpenAI(base_url=box.base_url, api_key=box.api_key, model=MODEL, http_client=http)
        assert "20" in model.invoke("Count to 20").content
        assert len(list(model.stream("Count to 20"))) > 10
    assert [entry.outcome for entry in ledger.entries()] == ["ok", "ok"]


def test_an_error_keeps_the_service_s_word(box: Sandbox, ledger: Ledger) -> None:
    http = observe(openai.DefaultHttpxClient(), ledger=ledger)
    with (
        openai.OpenAI(base_url=box.base_url, api_key=box.api_key, http_client=http, max_retries=0) as client,
        pytest.raises(openai.BadRequestError),
    ):
        client.chat.completions.create(model="gpt-4o", messages=QUESTION)
    entry = only(ledger)
    assert (entry.outcome, entry.status, entry.error) == ("error", 400, "invalid_request_error")
    assert entry.credits is None


def test_attempts_of_one_call_belong_together(box: Sandbox, ledger: Ledger) -> None:
    http = observe(openai.DefaultHttpxClient(), ledger=ledger)
    with (
        openai.OpenAI(base_url=box.base_url, api_key=box.api_key, http_client=http, max_retries=2) as client,
        box.faults("529", times=2),
    ):
        client.chat.completions.create(model=MODEL, messages=QUESTION)
    entries = ledger.entries()
    assert [(entry.attempt, entry.status) for entry in entries] == [(3, 200), (2, 529), (1, 529)]
    assert len({entry.operation for entry in entries}) == 1


FAULTS = {"early_end": ("unknown", "TruncatedStreamError"), "stream_error": ("error", "overloaded_error")}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_stream_that_fails(box: Sandbox, ledger: Ledger, library: Any, fault: str) -> None:
    with observe(library.Client(), ledger=ledger) as http, box.faults(fault):
        ask_streamed(http, box, lambda pieces: list(pieces))
    entry = only(ledger)
    assert (entry.outcome, entry.error) == FAULTS[fault]
    assert entry.output_tokens is None, "what was made until it broke nobody has said"


def ask_streamed(http: Any, box: Sandbox, read: Callable[[Iterator[bytes]], object]) -> None:
    body = {"model": MODEL, "max_tokens": 200, "messages": QUESTION, "stream": True}
    headers = {"Authorization": f"Bearer {box.api_key}"}
    with http.stream("POST", f"{box.base_url}/messages", json=body, headers=headers) as response:
        read(response.iter_raw())


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_stream_left_early_is_interrupted(box: Sandbox, ledger: Ledger, library: Any) -> None:
    box.set_pace(0.02)
    with observe(library.Client(), ledger=ledger) as http:
        ask_streamed(http, box, next)
    entry = only(ledger)
    assert (entry.outcome, entry.output_tokens) == ("interrupted", None)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_connection_that_is_refused(ledger: Ledger, library: Any) -> None:
    with observe(library.Client(), ledger=ledger, provider="caicaini") as http:
        with pytest.raises(library.ConnectError):
            http.post("http://127.0.0.1:9/v1/messages", json={"model": MODEL})
    entry = only(ledger)
    assert (entry.outcome, entry.status, entry.error) == ("error", None, "ConnectError")


def test_a_cancelled_task_is_interrupted(box: Sandbox, ledger: Ledger) -> None:
    async def run() -> None:
        async with observe(httpx.AsyncClient(), ledger=ledger) as http:
            headers = {"Authorization": f"Bearer {box.api_key}"}
            body = {"model": MODEL, "max_tokens": 200, "messages": QUESTION}
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await http.post(f"{box.base_url}/messages", json=body, headers=headers)

    with box.faults("stall", seconds=30):
        asyncio.run(run())
    assert only(ledger).outcome == "interrupted"


def test_other_hosts_pass_unseen(ledger: Ledger) -> None:
    answer = httpx.MockTransport(
        lambda request: httpx.Response(200, json={"accepts": request.headers["accept-encoding"]})
    )
    with httpx.Client(transport=observe(answer, ledger=ledger)) as http:
        assert http.post("https://example.com/v1/messages", json={}).json()["accepts"] != "identity"
        assert ledger.entries() == []
        http.post("https://caicaini.com/v1/messages", json={"model": MODEL})
    assert only(ledger).origin == "hosted"


def test_what_cannot_be_read_changes_nothing(ledger: Ledger) -> None:
    wire = b"data: {not json}\n\ndata: [DONE]\n\n"
    headers = {"content-type": "text/event-stream"}
    answer = httpx.MockTransport(lambda request: httpx.Response(200, content=wire, headers=headers))
    with observe(httpx.Client(transport=answer), ledger=ledger) as http:
        response = http.post("https://cailag.xin/v1/chat/completions", content=b"\xff not json either")
    assert response.content == wire
    entry = only(ledger)
    assert (entry.outcome, entry.error) == ("unknown", "UnreadableReplyError")
    assert (entry.model, entry.input_tokens) == (None, None)


def test_every_chunk_passes_at_once(box: Sandbox, ledger: Ledger) -> None:
    """What is observed arrives in the same pieces as what is not."""
    counts = []
    for http in (httpx.Client(), observe(httpx.Client(), ledger=ledger)):
        box.set_pace(0.01)
        ask_streamed(http, box, lambda pieces: counts.append(len(list(pieces))))
        http.close()
    assert min(counts) > 10


def test_the_key_stays_out(box: Sandbox, ledger: Ledger, tmp_path: Path) -> None:
    http = observe(openai.DefaultHttpxClient(), ledger=ledger)
    with openai.OpenAI(base_url=box.base_url, api_key=box.api_key, http_client=http) as client:
        client.chat.completions.create(model=MODEL, messages=QUESTION)
    secret = box.api_key[12:]
    assert secret not in json.dumps([repr(entry) for entry in ledger.entries()]) + repr(vars(http._transport))
    assert secret.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("observed.db*"))


def test_observing_twice_gives_one_row(box: Sandbox, ledger: Ledger) -> None:
    with observe(observe(httpx.Client(), ledger=ledger), ledger=ledger) as http:
        http.get(f"{box.base_url}/models", headers={"Authorization": f"Bearer {box.api_key}"})
    assert only(ledger).surface == "models"


@pytest.mark.parametrize("wrong", [None, "client", object(), httpx.Timeout(1)])
def test_what_is_no_client(wrong: object, ledger: Ledger) -> None:
    with pytest.raises(ConfigurationError, match="neither an httpx client nor a transport"):
        observe(wrong, ledger=ledger)
    with pytest.raises(ConfigurationError, match="no provider 'openai'"):
        observe(httpx.Client(), ledger=ledger, provider="openai")
