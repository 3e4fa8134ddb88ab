"""The client of an event loop beside the plain one, over the same bytes: same replies, same errors, same rows."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from msgspec.structs import asdict, replace

from caicaini_nb import Budget, BudgetExceededError, Client, SchemaMismatchError
from caicaini_nb.async_client import AsyncClient
from caicaini_nb.asynchronous.by_aiohttp import AiohttpTransport
from caicaini_nb.asynchronous.by_httpx import HttpxTransport
from caicaini_nb.errors import CaicainiError, ConnectionFailedError, DeadlineError, TruncatedStreamError
from caicaini_nb.reply import Reply, Timing
from tests.fake_service import SECRET, Answer, End, FakeService, answer, dial, error, frames, stream
from tests.wire.replies import CHAT, CHAT_PLAIN, MESSAGES, MESSAGES_PLAIN, MESSAGES_TEXT

TRANSPORTS = {"aiohttp": AiohttpTransport, "httpx": HttpxTransport}
PLAIN_TEXT = {"id": "msg_9", "content": [{"type": "text", "text": "yes"}], "usage": {"credits_consumed": 3}}


@pytest.fixture(params=TRANSPORTS)
def use(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each library in turn."""
    monkeypatch.setattr("caicaini_nb.async_client.choose_transport", TRANSPORTS[request.param])
    monkeypatch.setattr("caicaini_nb.asynchronous.call.asyncio.sleep", _no_wait(asyncio.sleep))
    monkeypatch.setattr("caicaini_nb.call.time.sleep", lambda seconds: None)
    monkeypatch.setattr("caicaini_nb.retry.FIRST_BACKOFF", 0.0)
    return str(request.param)


def _no_wait(sleep: Callable[[float], Coroutine[Any, Any, None]]) -> Callable[[float], Coroutine[Any, Any, None]]:
    async def soon(seconds: float) -> None:
        await sleep(0)

    return soon


def awaited(client: Client, work: Callable[[AsyncClient], Coroutine[Any, Any, Any]]) -> Any:
    async def run() -> Any:
        async with AsyncClient.of(client) as twin:
            return await work(twin)

    return asyncio.run(run())


async def read(client: AsyncClient, **asked: Any) -> tuple[list[Any], Reply]:
    async with await client.stream("hi", **asked) as reading:
        events = [event async for event in reading]
    return events, reading.reply


def timeless(reply: Reply) -> Reply:
    return replace(reply, timing=Timing())


def rows(client: Client) -> list[dict[str, Any]]:
    """The ledger's rows without what differs between any two runs; they are gone afterwards."""
    varying = ("started_ms", "operation", "first_event_ms", "total_ms", "process", "cell", "notebook")
    return [
        {name: value for name, value in asdict(row).items() if name not in varying}
        for row in reversed(client.ledger.entries(limit=9))
    ]


ANSWERS: dict[str, tuple[str, Answer]] = {
    "messages": ("messages", answer(MESSAGES_PLAIN, headers={"request-id": "req_1", "x-ratelimit-tier": "free"})),
    "chat": ("chat", answer(CHAT_PLAIN)),
    "empty": ("messages", answer({})),
    "compressed": ("messages", answer(gzip.compress(b'{"id": "msg_z"}'), headers={"Content-Encoding": "gzip"})),
    "closing": ("messages", (*answer(PLAIN_TEXT, headers={"Connection": "close"}), End.CLOSE)),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_plain_answer_is_the_same(service: FakeService, use: str, kind: str) -> None:
    surface, played = ANSWERS[kind]
    service.play(played)
    with dial(service) as client:
        plain, before = client.send("hi", surface=surface), rows(client)
        sent = service.received[-1]
        assert timeless(awaited(client, lambda twin: twin.send("hi", surface=surface))) == timeless(plain)
        assert rows(client) == [*before, *before]
    assert service.received[-1].body == sent.body
    assert service.received[-1].line == sent.line
    for name in ("authorization", "accept", "user-agent", "content-type", "accept-encoding"):
        assert service.received[-1].headers[name] == sent.headers[name]


@pytest.mark.parametrize(("surface", "recorded"), [("messages", MESSAGES), ("chat", CHAT), ("messages", MESSAGES_TEXT)])
def test_a_stream_is_the_same(service: FakeService, use: str, surface: str, recorded: bytes) -> None:
    service.play(frames(*(recorded[at : at + 50] for at in range(0, len(recorded), 50))))
    with dial(service) as client:
        with client.stream("hi", surface=surface) as reading:
            events = list(reading)
        before = rows(client)
        heard, reply = awaited(client, lambda twin: read(twin, surface=surface))
        assert heard == events
        assert timeless(reply) == timeless(reading.reply)
        assert rows(client) == [*before, *before]


BROKEN: dict[str, Answer] = {
    **{str(status): error(status, message="because") for status in (400, 401, 402, 403, 404, 413, 429, 500, 529)},
    "redirect": answer(b"", 307, {"Location": "/elsewhere"}),
    "html": answer(b"<html>", 200, {"Content-Type": "text/html"}),
    "html error": answer(b"<html>", 502, {"Content-Type": "text/html"}),
    "late": error(429, headers={"Retry-After": "500"}),
    "reset": (End.RESET,),
    "cut": (answer(PLAIN_TEXT)[0][:-4], End.CLOSE),  # type: ignore[index]
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_failure_is_the_same(service: FakeService, use: str, kind: str) -> None:
    service.play(BROKEN[kind])
    with dial(service) as client:
        with pytest.raises(CaicainiError) as plain:
            client.send("hi")
        before, sent = rows(client), len(service.received)
        with pytest.raises(CaicainiError) as raised:
            awaited(client, lambda twin: twin.send("hi"))
        after = rows(client)[len(before) :]
    ours, theirs = raised.value, plain.value
    assert type(ours) is type(theirs)
    assert (ours.status, ours.attempts, ours.may_be_charged) == (theirs.status, theirs.attempts, theirs.may_be_charged)
    if kind not in ("reset", "cut", "late"):  # the libraries' own words, and the time
        assert str(ours) == str(theirs)
    assert len(service.received) == 2 * sent
    assert [(row["outcome"], row["error"], row["status"]) for row in after] == [
        (row["outcome"], row["error"], row["status"]) for row in before
    ]
    assert ours.__context__ is None


def test_a_stream_cut_off_keeps_its_text(service: FakeService, use: str) -> None:
    service.play(stream(MESSAGES_TEXT[: MESSAGES_TEXT.index(b"event: message_delta")]))
    with dial(service) as client:
        with pytest.raises(TruncatedStreamError) as raised:
            awaited(client, read)
        assert raised.value.reply.text == "Grüße 🎈!"
        assert raised.value.reply.usage.credits is None
        (row,) = client.ledger
    assert row.outcome == "unknown"


def test_nobody_there(use: str) -> None:
    with FakeService() as gone:
        pass
    with dial(gone) as client, pytest.raises(ConnectionFailedError) as raised:
        awaited(client, lambda twin: twin.send("hi"))
    assert not raised.value.may_be_charged
    assert raised.value.attempts == 2


@pytest.mark.parametrize("pause", [(60.0,), (answer(PLAIN_TEXT)[0][:60], 60.0)], ids=["headers", "body"])  # type: ignore[index]
def test_a_service_that_does_not_answer(service: FakeService, use: str, pause: Answer) -> None:
    service.play(pause)
    with dial(service, timeout=0.2, max_attempts=1) as client:
        with pytest.raises(DeadlineError) as raised:
            awaited(client, lambda twin: twin.send("hi"))
        (row,) = client.ledger
    assert raised.value.may_be_charged
    assert row.outcome == "unknown"


def test_a_cancelled_call_is_interrupted_in_the_ledger(service: FakeService, use: str) -> None:
    service.play((60.0,))

    async def cancel(twin: AsyncClient) -> None:
        task = asyncio.ensure_future(twin.send("hi"))
        while not service.received:
            await asyncio.to_thread(lambda: None)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with dial(service) as client:
        awaited(client, cancel)
        (row,) = client.ledger
    assert row.outcome == "interrupted"


def test_many_at_once(service: FakeService, use: str) -> None:
    service.play((0.05, *answer(PLAIN_TEXT)))

    async def many(twin: AsyncClient) -> list[Reply]:
        return await asyncio.gather(*(twin.send(f"number {index}") for index in range(40)))

    with dial(service) as client:
        assert {reply.text for reply in awaited(client, many)} == {"yes"}
        assert [row.outcome for row in client.ledger] == ["ok"] * 40
    assert service.connections <= 42


def test_one_client_in_several_loops(service: FakeService, use: str) -> None:
    service.play(answer(PLAIN_TEXT))
    with dial(service) as client:
        twin = AsyncClient.of(client)
        for _ in range(2):
            assert asyncio.run(twin.send("hi")).text == "yes"
        asyncio.run(twin.close())


DATA = {"id": "msg_d", "stop_reason": "tool_use", "usage": {"credits_consumed": 1}}


def data(value: object) -> Answer:
    block = {"type": "tool_use", "id": "toolu_1", "name": "answer", "input": {"value": value}}
    return answer({**DATA, "content": [block]})


def test_data_is_asked_for_once_more_where_it_does_not_fit(service: FakeService, use: str) -> None:
    service.play(data("three"), data(3))
    with dial(service) as client:
        reply = awaited(client, lambda twin: twin.send("hi", schema=int))
    assert (reply.value, len(reply.earlier), len(service.received)) == (3, 1, 2)


def test_data_that_never_fits(service: FakeService, use: str) -> None:
    service.play(data("three"))
    with dial(service) as client, pytest.raises(SchemaMismatchError):
        awaited(client, lambda twin: twin.send("hi", schema=int))
    assert len(service.received) == 2


def test_tools_run_beside_the_loop(service: FakeService, use: str) -> None:
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    call = {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {"a": 2, "b": 2}}
    service.play(answer({**DATA, "content": [call]}), answer({**PLAIN_TEXT, "stop_reason": "end_turn"}))
    with dial(service) as client:
        reply = awaited(client, lambda twin: twin.run_tools("hi", tools=[add]))
    assert reply.earlier[0].runs[0].result == "4"
    assert reply.text == "yes"


def test_a_conversation_and_the_questions_that_run_no_model(client: Client, use: str) -> None:
    async def talk(twin: AsyncClient) -> tuple[int, int, str | None]:
        chat = twin.chat()
        await chat.send("What is 2 + 2?")
        async with await chat.stream("And what is 3 + 3?") as reading:
            _ = [text async for text in reading.texts()]
        return len(chat.messages), await twin.count_tokens("hello"), (await twin.account()).tier

    said, counted, tier = awaited(client, talk)
    assert said == 4
    assert counted > 0
    assert tier is not None


def test_budget_and_cache_are_the_plain_clients(service: FakeService, use: str) -> None:
    whole = {**PLAIN_TEXT, "stop_reason": "end_turn"}
    service.play(answer({**whole, "usage": {"input_tokens": 5, "output_tokens": 5, "credits_consumed": 9}}))
    with dial(service) as client:
        client.budget = Budget(credits=10)
        awaited(client, lambda twin: twin.send("hi", cache=True))
        assert awaited(client, lambda twin: twin.send("hi", cache=True)).cached
        with pytest.raises(BudgetExceededError):
            awaited(client, lambda twin: twin.send("hello"))
        assert client.budget.spent == 9
    assert len(service.received) == 1


def names(kind: type) -> set[str]:
    return {name for name in vars(kind) if not name.startswith("_")}


def test_the_same_names_as_the_plain_client() -> None:
    only_plain = {"abort", "apart", "count_planned"}  # what the threads of a comparison and a preview use
    assert names(Client) - names(AsyncClient) <= only_plain


@pytest.fixture(autouse=True)
def no_key_shows(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    seen = capfd.readouterr()
    assert SECRET not in seen.out + seen.err
