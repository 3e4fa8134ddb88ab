"""The loop together with what else a call can ask for: data, the cache, thinking, pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from caicaini_nb import connect
from caicaini_nb.errors import ConfigurationError
from caicaini_nb.reply import ThinkingBlock
from caicaini_nb.sandbox import Sandbox
from tests.fake_service import FakeService
from tests.tool_answers import WAYS, Way, calls, says

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc33"
    "0000000049454e44ae426082"
)


@dataclass
class Weather:
    city: str
    celsius: int


class Station:
    def __init__(self) -> None:
        self.asked = 0

    def get_weather(self, city: str) -> dict[str, Any]:
        """Current weather in a city."""
        self.asked += 1
        return {"city": city, "celsius": 21}


def options(way: Way) -> dict[str, Any]:
    return {"surface": way.surface, **({"on_event": lambda event: None} if way.streamed else {})}


@pytest.mark.parametrize("way", [way for way in WAYS if way.surface == "chat"], ids=str)
def test_data_comes_after_the_tools(service: FakeService, way: Way) -> None:
    service.play(calls(way, ("get_weather", '{"city": "X"}')), says(way, '{"city": "X", "celsius": 21}'))
    with way.dial(service) as client:
        reply = client.run_tools("Go", tools=[Station().get_weather], schema=Weather, **options(way))
    assert reply.value == Weather("X", 21)
    assert [run.result for one in reply.earlier for run in one.runs] == ['{"city":"X","celsius":21}']
    assert all(one.value is None for one in reply.earlier)


def test_a_repair_comes_after_the_rounds(service: FakeService) -> None:
    way = Way("caicaini", "chat", False)
    service.play(
        calls(way, ("get_weather", '{"city": "X"}')),
        says(way, '{"city": "X"}'),
        says(way, '{"city": "X", "celsius": 3}'),
    )
    with way.dial(service) as client:
        reply = client.run_tools("Go", tools=[Station().get_weather], schema=Weather, surface="chat")
    assert reply.value == Weather("X", 3)
    assert [one.stop_reason for one in reply.earlier] == ["tool_use", "end_turn"]


@pytest.mark.parametrize("streamed", [False, True])
def test_data_and_tools_exclude_each_other_on_messages(service: FakeService, streamed: bool) -> None:
    way = Way("caicaini", "messages", streamed)
    with way.dial(service) as client, pytest.raises(ConfigurationError, match="surface='chat'"):
        client.run_tools("Go", tools=[Station().get_weather], schema=Weather, **options(way))
    assert service.received == []


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_each_round_is_kept_and_the_tools_run_anew(service: FakeService, way: Way) -> None:
    station = Station()
    service.play(calls(way, ("get_weather", '{"city": "X"}')), says(way, "Fine."))
    with way.dial(service) as client:
        first = client.run_tools("Go", tools=[station.get_weather], cache=True, **options(way))
        again = client.run_tools("Go", tools=[station.get_weather], cache=True, **options(way))
        client.cache.close()
    assert (len(service.received), station.asked) == (2, 2)
    assert (first.text, again.text) == ("Fine.", "Fine.")
    assert [one.cached for one in (*first.earlier, first)] == [False, False]
    assert [one.cached for one in (*again.earlier, again)] == [True, True]
    assert [run.result for run in again.earlier[0].runs] == ['{"city":"X","celsius":21}']


@pytest.mark.parametrize("way", WAYS[:2], ids=str)
def test_thinking_goes_back_with_the_call(sandbox: Sandbox, way: Way) -> None:
    with connect(base=sandbox.base_url, key=sandbox.mint_key()) as client:
        reply = client.run_tools(
            "What is the weather in Paris?", tools=[Station().get_weather], thinking=1024, **options(way)
        )
    assert any(isinstance(block, ThinkingBlock) for block in reply.earlier[0].blocks)
    assert reply.stop_reason == "end_turn"


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_picture_stays_with_the_question(service: FakeService, way: Way) -> None:
    service.play(calls(way, ("get_weather", '{"city": "X"}')), says(way))
    with way.dial(service) as client:
        client.run_tools("Where is this?", tools=[Station().get_weather], images=PIXEL, **options(way))
    first, second = (request.json["messages"] for request in service.received)
    assert second[0] == first[0]
    assert len(first[0]["content"]) == 2
    assert all("image" not in str(message) for message in second[1:])
