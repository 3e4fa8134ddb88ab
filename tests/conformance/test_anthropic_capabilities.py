"""What the anthropic SDK's own helpers do with tools, pictures, thinking and structured output, validated strictly.

Its tool runner leaves the history to the server unless `thread=False` says otherwise; the contract knows no threads.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from io import BytesIO

import pytest
from anthropic import Anthropic, AsyncAnthropic, BadRequestError, beta_async_tool, beta_tool
from anthropic.types import MessageParam, ToolParam, ToolUseBlock
from anthropic.types.beta import BetaMessageParam
from PIL import Image
from pydantic import BaseModel

from caicaini_nb.sandbox import Sandbox

MODEL = "caicaini/sonnet"
BOTH: list[MessageParam] = [{"role": "user", "content": "What is the weather in Paris and in Rome?"}]
BOTH_BETA: list[BetaMessageParam] = [{"role": "user", "content": "What is the weather in Paris and in Rome?"}]
WEATHER: ToolParam = {
    "name": "get_weather",
    "description": "Current weather of a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
DEGREES = {"Paris": 12, "Rome": 21}
TRIP: list[MessageParam] = [{"role": "user", "content": "name: Ada Lovelace; nights: 3; email: ada@example.org"}]


class Booking(BaseModel):
    """A booked trip."""

    name: str
    nights: int
    email: str


BOOKING = Booking(name="Ada Lovelace", nights=3, email="ada@example.org")


@pytest.fixture
def sdk(box: Sandbox) -> Iterator[Anthropic]:
    """The SDK, which adds /v1 itself."""
    with Anthropic(
        base_url=box.base_url.removesuffix("/v1"),
        auth_token=box.api_key,
        max_retries=0,
        _strict_response_validation=True,
    ) as client:
        yield client


def test_parallel_tools_and_their_results(sdk: Anthropic) -> None:
    first = sdk.messages.create(model=MODEL, max_tokens=200, messages=BOTH, tools=[WEATHER])
    calls = [block for block in first.content if isinstance(block, ToolUseBlock)]
    assert [call.input for call in calls] == [{"city": "Paris"}, {"city": "Rome"}]
    answers: MessageParam = {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": calls[0].id, "content": "12 °C"},
            {"type": "tool_result", "tool_use_id": calls[1].id, "content": [{"type": "text", "text": "21 °C"}]},
        ],
    }
    second = sdk.messages.create(
        model=MODEL, max_tokens=200, tools=[WEATHER], messages=[*BOTH, first.to_param(), answers]
    )
    assert second.stop_reason == "end_turn"
    assert second.content[0].type == "text"
    assert "12 °C" in second.content[0].text
    assert "21 °C" in second.content[0].text


def test_one_call_where_parallel_ones_are_not_wanted(sdk: Anthropic) -> None:
    answer = sdk.messages.create(
        model=MODEL,
        max_tokens=200,
        messages=BOTH,
        tools=[WEATHER],
        tool_choice={"type": "any", "disable_parallel_tool_use": True},
    )
    assert [block.type for block in answer.content] == ["tool_use"]


def test_streamed_tools_through_the_helper(sdk: Anthropic) -> None:
    with sdk.messages.stream(model=MODEL, max_tokens=200, messages=BOTH, tools=[WEATHER]) as stream:
        parts = [event.partial_json for event in stream if event.type == "input_json"]
        final = stream.get_final_message()
    assert len(parts) > 4
    assert [block.input for block in final.content if isinstance(block, ToolUseBlock)] == [
        {"city": "Paris"},
        {"city": "Rome"},
    ]
    assert final.stop_reason == "tool_use"


@pytest.mark.parametrize("streamed", [False, True])
def test_the_tool_runner(sdk: Anthropic, streamed: bool) -> None:
    asked: list[str] = []

    @beta_tool
    def get_weather(city: str) -> str:
        """Current weather of a city.

        Args:
            city: The city's name.
        """
        asked.append(city)
        return f"{DEGREES[city]} °C"

    if streamed:
        rounds = sdk.beta.messages.tool_runner(
            model=MODEL, max_tokens=200, messages=BOTH_BETA, tools=[get_weather], thread=False, stream=True
        )
        final = [stream.get_final_message() for stream in rounds][-1]
    else:
        final = sdk.beta.messages.tool_runner(
            model=MODEL, max_tokens=200, messages=BOTH_BETA, tools=[get_weather], thread=False
        ).until_done()
    assert asked == ["Paris", "Rome"]
    assert final.stop_reason == "end_turn"
    assert final.content[0].type == "text"
    assert "21 °C" in final.content[0].text


def test_the_tool_runner_tells_an_exception(sdk: Anthropic) -> None:
    @beta_tool
    def get_weather(city: str) -> str:
        """Current weather of a city."""
        raise RuntimeError(f"no station in {city}")

    final = sdk.beta.messages.tool_runner(
        model=MODEL, max_tokens=200, messages=BOTH_BETA, tools=[get_weather], thread=False
    ).until_done()
    assert final.content[0].type == "text"
    assert "get_weather failed" in final.content[0].text
    assert "no station in Rome" in final.content[0].text


def test_a_thread_that_the_service_would_have_to_hold_is_refused(sdk: Anthropic) -> None:
    @beta_tool
    def get_weather(city: str) -> str:
        """Current weather of a city."""
        return f"{DEGREES[city]} °C"

    runner = sdk.beta.messages.tool_runner(model=MODEL, max_tokens=200, messages=BOTH_BETA, tools=[get_weather])
    with pytest.raises(BadRequestError, match="send the whole conversation"):
        runner.until_done()


def test_the_asynchronous_tool_runner(box: Sandbox) -> None:
    @beta_async_tool
    async def get_weather(city: str) -> str:
        """Current weather of a city."""
        return f"{DEGREES[city]} °C"

    async def run() -> str:
        async with AsyncAnthropic(
            base_url=box.base_url.removesuffix("/v1"), auth_token=box.api_key, _strict_response_validation=True
        ) as client:
            final = await client.beta.messages.tool_runner(
                model=MODEL, max_tokens=200, messages=BOTH_BETA, tools=[get_weather], thread=False
            ).until_done()
        assert final.content[0].type == "text"
        return final.content[0].text

    assert "12 °C" in asyncio.run(run())


def test_parsed_output(sdk: Anthropic) -> None:
    answer = sdk.messages.parse(model=MODEL, max_tokens=200, messages=TRIP, output_format=Booking)
    assert answer.parsed_output == BOOKING


def test_streamed_parsed_output(sdk: Anthropic) -> None:
    with sdk.messages.stream(model=MODEL, max_tokens=200, messages=TRIP, output_format=Booking) as stream:
        assert stream.get_final_message().parsed_output == BOOKING


def test_structured_output_by_a_forced_tool(sdk: Anthropic) -> None:
    answer = sdk.messages.create(
        model=MODEL,
        max_tokens=200,
        messages=TRIP,
        tools=[{"name": "book", "description": "Keep a booking", "input_schema": Booking.model_json_schema()}],
        tool_choice={"type": "tool", "name": "book"},
    )
    call = answer.content[0]
    assert call.type == "tool_use"
    assert Booking.model_validate(call.input) == BOOKING


@pytest.mark.parametrize("adaptive", [False, True])
def test_thinking_comes_first_and_can_be_sent_back(sdk: Anthropic, adaptive: bool) -> None:
    asked: list[MessageParam] = [{"role": "user", "content": "What is 17 * 23?"}]
    answer = sdk.messages.create(
        model=MODEL,
        max_tokens=400,
        messages=asked,
        thinking={"type": "adaptive"} if adaptive else {"type": "enabled", "budget_tokens": 200},
    )
    assert [block.type for block in answer.content] == ["thinking", "text"]
    assert answer.content[0].type == "thinking"
    assert answer.content[0].thinking
    again = sdk.messages.create(
        model=MODEL,
        max_tokens=400,
        messages=[*asked, answer.to_param(), {"role": "user", "content": "What is 2 + 2?"}],
    )
    assert again.content[0].type == "text"
    assert "4" in again.content[0].text


def test_streamed_thinking(sdk: Anthropic) -> None:
    with sdk.messages.stream(
        model=MODEL,
        max_tokens=400,
        messages=[{"role": "user", "content": "What is 17 * 23?"}],
        thinking={"type": "enabled", "budget_tokens": 200},
    ) as stream:
        events = list(stream)
        final = stream.get_final_message()
    assert final.content[0].type == "thinking"
    assert "".join(event.thinking for event in events if event.type == "thinking") == final.content[0].thinking


def test_a_picture(sdk: Anthropic) -> None:
    drawn = BytesIO()
    Image.new("RGB", (60, 40), "red").save(drawn, "PNG")
    data = base64.b64encode(drawn.getvalue()).decode()
    answer = sdk.messages.create(
        model=MODEL,
        max_tokens=200,
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}},
                    {"type": "text", "text": "What size is this image?"},
                ],
            }
        ],
    )
    assert answer.content[0].type == "text"
    assert "60" in answer.content[0].text
    assert "40" in answer.content[0].text
