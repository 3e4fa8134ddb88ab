"""The loop: what runs, what the model is told, when it ends, and what is kept when it breaks off."""

from __future__ import annotations

import json
import signal
import threading
from typing import Any

import pytest

from caicaini_nb import connect
from caicaini_nb.client import Client
from caicaini_nb.errors import (
    ConfigurationError,
    Interrupted,
    OverloadedError,
    ToolRoundsError,
    TruncatedStreamError,
)
from caicaini_nb.events import Event, Started, Text
from caicaini_nb.reply import Reply
from caicaini_nb.sandbox import Sandbox
from caicaini_nb.tools.function import tool
from caicaini_nb.tools.tool import Tool, ToolRun
from tests.fake_service import FakeService, error
from tests.tool_answers import WAYS, Way, calls, half, says, told

SEND = WAYS[0]


def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b


def shout(text: str) -> str:
    """Say it loudly."""
    return text.upper()


def run(way: Way, client: Client, tools: list[Any], **options: Any) -> tuple[Reply, list[Event | ToolRun]]:
    """One loop the given way; the events where it streams."""
    events: list[Event | ToolRun] = []
    if way.streamed:
        options["on_event"] = events.append
    return client.run_tools("Go", tools=tools, surface=way.surface, **options), events


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_results_go_back_in_order_until_the_answer_is_text(service: FakeService, way: Way) -> None:
    service.play(
        calls(way, ("add", '{"a": 2, "b": 3}'), ("shout", '{"text": "hé"}'), said="Let me see."),
        calls(way, ("add", '{"a": 5}')),
        says(way, "It is 6."),
    )
    with way.dial(service) as client:
        reply, events = run(way, client, [add, shout])
    assert (reply.text, reply.stop_reason) == ("It is 6.", "end_turn")
    runs = [[(run.id, run.name, run.arguments, run.result, run.is_error) for run in one.runs] for one in reply.earlier]
    assert runs == [
        [("c0", "add", {"a": 2, "b": 3}, "5", False), ("c1", "shout", {"text": "hé"}, "HÉ", False)],
        [("c0", "add", {"a": 5}, "6", False)],
    ]
    assert all(run.ms is not None and run.ms >= 0 for one in reply.earlier for run in one.runs)
    assert told(service, 1) == [("c0", "5"), ("c1", "HÉ")]
    assert told(service, 2) == [("c0", "6")]
    assert len(service.received) == 3
    assert [bool(request.json.get("stream")) for request in service.received] == [way.streamed] * 3
    assert reply.total_usage.output_tokens == 9
    if way.streamed:
        assert sum(type(event) is Started for event in events) == 3
        kinds = [type(event) for event in events]
        assert [event.result for event in events if isinstance(event, ToolRun)] == ["5", "HÉ", "6"]
        assert kinds.index(ToolRun) < len(kinds) - kinds[::-1].index(Started)
    assert [row.outcome for row in client.ledger] == ["ok"] * 3


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_what_the_model_said_goes_back_with_the_results(service: FakeService, way: Way) -> None:
    service.play(calls(way, ("add", '{"a": 2, "b": 3}'), said="Let me see."), says(way))
    with way.dial(service) as client:
        run(way, client, [add])
    user, assistant, *results = service.received[1].json["messages"]
    assert (user["role"], assistant["role"], len(results)) == ("user", "assistant", 1)
    if way.surface == "messages":
        use = {"type": "tool_use", "id": "c0", "name": "add", "input": {"a": 2, "b": 3}}
        assert assistant["content"] == [{"type": "text", "text": "Let me see."}, use]
        assert results[0]["role"] == "user"
        assert results[0]["content"] == [{"type": "tool_result", "tool_use_id": "c0", "content": "5"}]
    else:
        assert assistant["content"] == "Let me see."
        assert json.loads(assistant["tool_calls"][0]["function"]["arguments"]) == {"a": 2, "b": 3}
        assert results[0] == {"role": "tool", "tool_call_id": "c0", "content": "5"}


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("choice", ["any", "add"])
def test_a_forced_choice_holds_for_the_first_round_only(service: FakeService, way: Way, choice: str) -> None:
    service.play(calls(way, ("add", '{"a": 2}')), says(way))
    with way.dial(service) as client:
        run(way, client, [add, shout], tool_choice=choice)
    first, second = (request.json for request in service.received)
    assert first["tool_choice"] not in (None, "auto")
    assert second.get("tool_choice") in (None, "auto")
    assert first["tools"] == second["tools"]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_last_round_runs_nothing_and_keeps_the_answer(service: FakeService, way: Way) -> None:
    ran: list[int] = []

    def count(n: int) -> int:
        ran.append(n)
        return n

    service.play(calls(way, ("count", '{"n": 1}')))
    with (
        way.dial(service) as client,
        pytest.raises(ToolRoundsError, match="still asks for 'count' after 3 answers") as caught,
    ):
        run(way, client, [count], rounds=3)
    assert (ran, len(service.received)) == ([1, 1], 3)
    assert caught.value.reply.tool_uses[0].name == "count"
    assert [len(one.runs) for one in caught.value.reply.earlier] == [1, 1]


def test_eight_rounds_unless_told_otherwise(service: FakeService) -> None:
    service.play(calls(SEND, ("add", '{"a": 1}')))
    with SEND.dial(service) as client, pytest.raises(ToolRoundsError):
        client.run_tools("Go", tools=[add])
    assert len(service.received) == 8


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("stop", ["max_tokens", "stop_sequence", "content_filter", None])
def test_an_answer_that_ended_early_runs_nothing(service: FakeService, way: Way, stop: str | None) -> None:
    ran: list[int] = []

    def count(n: int = 0) -> int:
        ran.append(n)
        return n

    service.play(calls(way, ("count", "{}"), ("count", '{"n": 1}'), stop=stop))
    with way.dial(service) as client:
        reply, events = run(way, client, [count])
    assert (ran, len(service.received), reply.stop_reason) == ([], 1, stop)
    assert [(run.is_error, run.ms) for run in reply.runs] == [(True, None)] * 2
    assert all("was not run" in run.result for run in reply.runs)
    assert [event for event in events if isinstance(event, ToolRun)] == (list(reply.runs) if way.streamed else [])


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_an_answer_that_ends_as_any_other_may_call(service: FakeService, way: Way) -> None:
    service.play(calls(way, ("add", '{"a": 1}'), stop="end_turn"), says(way, "2"))
    with way.dial(service) as client:
        reply, _ = run(way, client, [add])
    assert [one.runs[0].result for one in reply.earlier] == ["2"]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_tool_that_is_only_described_is_the_callers(service: FakeService, way: Way) -> None:
    described = {"name": "book", "description": "Book it.", "input_schema": {"type": "object", "properties": {}}}
    service.play(calls(way, ("add", '{"a": 1}'), ("book", "{}")))
    with way.dial(service) as client:
        reply, _ = run(way, client, [add, described])
    assert reply.stop_reason == "tool_use"
    assert [call.name for call in reply.tool_uses] == ["add", "book"]
    assert (reply.runs, len(service.received)) == ((), 1)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_what_goes_wrong_in_a_tool_is_told_in_short(service: FakeService, way: Way) -> None:
    def divide(a: int, b: int) -> float:
        return a / b

    service.play(calls(way, ("divide", '{"a": 1, "b": 0}')), says(way, "It cannot be done."))
    with way.dial(service) as client:
        reply, _ = run(way, client, [divide])
    (failed,) = reply.earlier[0].runs
    assert (failed.result, failed.is_error) == ("ZeroDivisionError: division by zero", True)
    assert told(service) == [("c0", failed.result)]
    if way.surface == "messages":
        assert service.received[1].json["messages"][-1]["content"][0]["is_error"] is True


def test_an_error_in_a_later_round_keeps_the_rounds_before(service: FakeService) -> None:
    service.play(calls(SEND, ("add", '{"a": 1}'), said="First."), error(529, "overloaded_error"))
    with SEND.dial(service) as client, pytest.raises(OverloadedError) as caught:
        client.run_tools("Go", tools=[add])
    assert caught.value.reply.text == "First."
    assert caught.value.reply.runs[0].result == "2"


@pytest.mark.parametrize("way", [way for way in WAYS if way.streamed], ids=str)
def test_a_stream_that_breaks_off_within_a_call_runs_nothing(service: FakeService, way: Way) -> None:
    ran: list[int] = []

    def count(n: int) -> int:
        ran.append(n)
        return n

    service.play(calls(way, ("count", '{"n": 7}')), half(way, "count", '{"n": 1}'))
    with way.dial(service) as client, pytest.raises(TruncatedStreamError) as caught:
        run(way, client, [count])
    assert ran == [7]
    assert [one.runs[0].result for one in caught.value.reply.earlier] == ["7"]
    assert [row.outcome for row in client.ledger] == ["ok", "unknown"]


def test_an_interrupt_in_a_tool_stops_everything_and_keeps_what_was_there(service: FakeService) -> None:
    end = threading.Event()

    def slow() -> None:
        signal.raise_signal(signal.SIGINT)
        end.wait(30)

    service.play(
        calls(SEND, ("add", '{"a": 0}')),
        calls(SEND, ("add", '{"a": 1}'), ("slow", "{}"), ("add", '{"a": 2}'), said="Wait."),
    )
    try:
        with SEND.dial(service) as client, pytest.raises(Interrupted) as caught:
            client.run_tools("Go", tools=[add, slow])
    finally:
        end.set()
    reply = caught.value.reply
    assert reply.text == "Wait."
    assert [(run.name, run.result) for run in reply.runs] == [("add", "2"), ("slow", "The person stopped it.")]
    assert [one.runs[0].result for one in reply.earlier] == ["1"]
    assert [row.outcome for row in client.ledger] == ["ok", "ok"]
    assert len(service.received) == 2


@pytest.mark.parametrize("way", [way for way in WAYS if way.streamed], ids=str)
def test_an_interrupt_while_an_event_is_shown_ends_the_stream(service: FakeService, way: Way) -> None:
    def show(event: Event | ToolRun) -> None:
        if isinstance(event, Text):
            raise KeyboardInterrupt

    service.play(says(way, "Some text"))
    with way.dial(service) as client, pytest.raises(Interrupted) as caught:
        client.run_tools("Go", tools=[add], surface=way.surface, on_event=show)
    assert caught.value.reply.text == "Some text"
    assert [row.outcome for row in client.ledger] == ["interrupted"]


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"tools": []}, "no tools to run"),
        ({"tools": [add], "n": 2, "surface": "chat"}, "one answer"),
        ({"tools": [add], "rounds": 0}, "rounds is"),
        ({"tools": [add], "rounds": True}, "rounds is"),
        ({"tools": [add], "seconds": 0}, "seconds is"),
        ({"tools": [add], "seconds": float("inf")}, "seconds is"),
        ({"tools": [Tool("x", "", {"type": "no such type"}, print)]}, "schema is wrong"),
    ],
)
def test_what_cannot_work_is_an_error_before_anything_is_sent(
    service: FakeService, options: dict[str, Any], hint: str
) -> None:
    with SEND.dial(service) as client, pytest.raises(ConfigurationError, match=hint):
        client.run_tools("Go", **options)
    assert service.received == []


@tool
def get_weather(city: str) -> dict[str, Any]:
    """Current weather in a city."""
    return {"city": city, "celsius": 21}


def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


async def population(city: str) -> int:
    """How many people live in a city, its population."""
    return 2_100_000


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_end_to_end_with_the_sandbox(sandbox: Sandbox, way: Way) -> None:
    base = sandbox.base_url if way.provider == "caicaini" else sandbox.cailag_base_url
    tools: list[Any] = [get_weather, multiply, population]
    with connect(way.provider, base=base, key=sandbox.mint_key()) as client:
        for prompt, name, arguments, result in (
            ("What is the weather in Paris?", "get_weather", {"city": "Paris"}, '{"city":"Paris","celsius":21}'),
            ("Multiply 6 by 7.", "multiply", {"a": 6, "b": 7}, "42"),
            ("What is the population of Paris?", "population", {"city": "Paris"}, "2100000"),
        ):
            events: list[Event | ToolRun] = []
            options: dict[str, Any] = {"on_event": events.append} if way.streamed else {}
            reply = client.run_tools(prompt, tools=tools, surface=way.surface, **options)
            (run,) = [run for one in reply.earlier for run in one.runs]
            assert (run.name, run.arguments, run.result) == (name, arguments, result)
            assert reply.stop_reason == "end_turn"
            assert reply.text
            assert [event for event in events if isinstance(event, ToolRun)] == ([run] if way.streamed else [])
