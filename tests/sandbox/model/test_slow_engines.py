"""Engines that take their time: chosen before the headers, stopped when nobody reads on, cut when out of room."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from caicaini_nb.sandbox import engines
from caicaini_nb.sandbox.answering import OutOfRoomError, UnfitError
from caicaini_nb.sandbox.app import build
from caicaini_nb.sandbox.engine import Engine, Piece, Question, Text
from caicaini_nb.sandbox.keys import HiddenKey
from caicaini_nb.sandbox.model.answer import ModelAnswer
from caicaini_nb.sandbox.services import Services
from caicaini_nb.sandbox.store import Store
from tests.sandbox.calls import NO_TLS, events, messages_body, text_of

LIMIT = 500


class SlowEngine:
    """Writes numbers until it is stopped; `end` is where its window ends."""

    name = "slow"

    def __init__(self, end: int = LIMIT) -> None:
        self.end = end
        self.made = 0
        self.choices: list[int] = []
        self.stops: list[threading.Event] = []

    def choose(self, question: Question) -> Engine:
        """Refuse what is called too long."""
        if "too long" in question.turns[-1].text:
            raise UnfitError("messages: too long for the sandbox model slow.")
        return self

    def trouble(self) -> str:
        """None."""
        return ""

    def close(self) -> None:
        """Nothing is held."""

    def answer(self, question: Question) -> Iterator[Piece]:
        """Yield a number at a time."""
        self.choices.append(question.choice)

        def write(stop: threading.Event) -> Iterator[Piece]:
            self.stops.append(stop)
            for number in range(self.end):
                if stop.wait(0.005):
                    return
                self.made = number + 1
                yield Text(f" {number}")
            raise OutOfRoomError

        return ModelAnswer(write)


def ask(engine: SlowEngine, folder: Path, monkeypatch: pytest.MonkeyPatch, path: str, **body: Any) -> httpx.Response:
    """Make one call to a server with that engine, and wait until its threads have ended."""
    monkeypatch.setitem(engines.LOADERS, "slow", lambda choice: engine)

    async def call() -> httpx.Response:
        store = Store(folder)
        services = Services(store, 80, HiddenKey("token"), engines.Choice("slow"))
        account, key = services.accounts.open(None)
        before = account.credits
        transport = httpx.ASGITransport(build(services))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", verify=NO_TLS) as client:
            answer = await client.post(path, headers={"Authorization": f"Bearer {key}"}, json=messages_body(**body))
        for threads in (services.workers, services.waiting):
            threads.shutdown(wait=True)
        if answer.status_code == 400:
            assert (account.credits, account.pending) == (before, 0)
        store.close()
        return answer

    return asyncio.run(call())


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("body", "reason"),
    [({"max_tokens": 6}, "max_tokens"), ({"stop_sequences": [" 3"]}, "stop_sequence")],
    ids=["max_tokens", "stop sequence"],
)
def test_an_answer_that_is_over_is_not_written_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, streamed: bool, body: dict[str, Any], reason: str
) -> None:
    engine = SlowEngine()
    answer = ask(engine, tmp_path, monkeypatch, "/v1/messages", stream=streamed, **body)
    assert answer.headers["x-sandbox-engine"] == "slow"
    assert f'"stop_reason":"{reason}"' in answer.text
    assert engine.made <= 10
    assert [stop.is_set() for stop in engine.stops] == [True]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_full_window_is_max_tokens_and_keeps_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, streamed: bool
) -> None:
    answer = ask(SlowEngine(end=5), tmp_path, monkeypatch, "/v1/messages", stream=streamed)
    assert '"stop_reason":"max_tokens"' in answer.text
    text = text_of(events(answer.content)) if streamed else answer.json()["content"][0]["text"]
    assert text == " 0 1 2 3 4"


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/chat/completions"])
def test_what_does_not_fit_is_a_free_400(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, streamed: bool
) -> None:
    messages = [{"role": "user", "content": "too long"}]
    answer = ask(SlowEngine(), tmp_path, monkeypatch, path, stream=streamed, messages=messages)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert "sandbox model slow" in answer.json()["error"]["message"]


def test_each_choice_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = SlowEngine(end=3)
    answer = ask(engine, tmp_path, monkeypatch, "/cailag/v1/chat/completions", model="deepseek-chat", n=3)
    assert len(answer.json()["choices"]) == 3
    assert engine.choices == [0, 1, 2]
