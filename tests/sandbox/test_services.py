"""An engine that fails: a plain call is a 500, a stream ends with an error event, and nothing is charged."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from caicaini_nb.sandbox import engines
from caicaini_nb.sandbox.app import build
from caicaini_nb.sandbox.engine import Piece, Question, Text
from caicaini_nb.sandbox.keys import HiddenKey
from caicaini_nb.sandbox.services import Services
from caicaini_nb.sandbox.store import Store
from tests.sandbox.calls import NO_TLS, QUESTION, events, messages_body


class FailingEngine:
    """Writes a word, then fails."""

    name = "failing"

    def answer(self, question: Question) -> Iterator[Piece]:
        """Yield one piece and raise."""
        yield Text("Well")
        raise OSError(question.turns[0].text)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_failing_engine_is_an_error_and_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], streamed: bool
) -> None:
    monkeypatch.setitem(engines.LOADERS, "failing", lambda choice: FailingEngine())

    async def ask() -> tuple[httpx.Response, int]:
        store = Store(tmp_path)
        services = Services(store, 80, HiddenKey("token"), engines.Choice("failing"))
        account, key = services.accounts.open(None)
        transport = httpx.ASGITransport(build(services))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", verify=NO_TLS) as client:
            headers = {"Authorization": f"Bearer {key}"}
            answer = await client.post("/v1/messages", headers=headers, json=messages_body(stream=streamed))
        services.workers.shutdown()
        store.close()
        return answer, account.credits

    answer, credits_ = asyncio.run(ask())
    assert credits_ == 70_000
    if streamed:
        name, error = events(answer.content)[-1]
        assert (name, error["error"]["type"]) == ("error", "api_error")
    else:
        assert (answer.status_code, answer.json()["error"]["type"]) == (500, "api_error")
    logged = capsys.readouterr().err
    assert "OSError" in logged
    assert QUESTION not in logged
