"""What the openai SDK's own helpers do with tools, pictures and structured output, strict validation on."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from io import BytesIO
from typing import cast

import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from PIL import Image
from pydantic import BaseModel

from caicaini_nb.sandbox import Sandbox

MODEL = "caicaini/sonnet"


class GetWeather(BaseModel):
    """Current weather of a city."""

    city: str


class Booking(BaseModel):
    """A booked trip."""

    name: str
    nights: int
    email: str


PARAMETERS: dict[str, object] = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
WEATHER: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather of a city",
        "parameters": PARAMETERS,
        "strict": True,
    },
}
BOTH: list[ChatCompletionMessageParam] = [{"role": "user", "content": "What is the weather in Paris and in Rome?"}]
TRIP = "name: Ada Lovelace; nights: 3; email: ada@example.org"


@pytest.fixture
def sdk(box: Sandbox) -> Iterator[OpenAI]:
    """The SDK on Caicaini's chat surface."""
    with OpenAI(base_url=box.base_url, api_key=box.api_key, max_retries=0, _strict_response_validation=True) as client:
        yield client


def test_parallel_tools_and_their_results(sdk: OpenAI) -> None:
    first = sdk.chat.completions.create(model=MODEL, messages=BOTH, tools=[WEATHER])
    message = first.choices[0].message
    calls = [call for call in message.tool_calls or [] if call.type == "function"]
    assert [json.loads(call.function.arguments) for call in calls] == [{"city": "Paris"}, {"city": "Rome"}]
    results: list[ChatCompletionMessageParam] = [
        {"role": "tool", "tool_call_id": call.id, "content": f"{degrees} °C"}
        for call, degrees in zip(calls, (12, 21), strict=True)
    ]
    said = cast(ChatCompletionMessageParam, message.model_dump(exclude_none=True))
    second = sdk.chat.completions.create(model=MODEL, messages=[*BOTH, said, *results], tools=[WEATHER])
    assert second.choices[0].finish_reason == "stop"
    assert "12 °C" in (second.choices[0].message.content or "")
    assert "21 °C" in (second.choices[0].message.content or "")


def test_one_call_where_parallel_ones_are_not_wanted(sdk: OpenAI) -> None:
    answer = sdk.chat.completions.create(model=MODEL, messages=BOTH, tools=[WEATHER], parallel_tool_calls=False)
    assert len(answer.choices[0].message.tool_calls or []) == 1


@pytest.mark.parametrize(("choice", "called"), [("none", 0), ("auto", 0), ("required", 1)])
def test_choices_of_a_tool(sdk: OpenAI, choice: str, called: int) -> None:
    answer = sdk.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "What is 2 + 2?"}],
        tools=[WEATHER],
        tool_choice=choice,  # type: ignore[call-overload]
    )
    assert len(answer.choices[0].message.tool_calls or []) == called


def test_streamed_tools_through_the_helper(sdk: OpenAI) -> None:
    with sdk.chat.completions.stream(
        model=MODEL, messages=BOTH, tools=[openai.pydantic_function_tool(GetWeather, name="get_weather")]
    ) as stream:
        done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
        final = stream.get_final_completion().choices[0]
    assert [event.parsed_arguments for event in done] == [GetWeather(city="Paris"), GetWeather(city="Rome")]
    assert [call.function.parsed_arguments for call in final.message.tool_calls or []] == [
        GetWeather(city="Paris"),
        GetWeather(city="Rome"),
    ]
    assert final.finish_reason == "tool_calls"


def test_streamed_arguments_arrive_in_parts(sdk: OpenAI) -> None:
    chunks = sdk.chat.completions.create(model=MODEL, messages=BOTH, tools=[WEATHER], stream=True)
    deltas = [call for chunk in chunks for choice in chunk.choices for call in choice.delta.tool_calls or []]
    assert len([delta for delta in deltas if delta.id]) == 2
    assert len(deltas) > 4
    for place, city in enumerate(("Paris", "Rome")):
        parts = [delta.function.arguments or "" for delta in deltas if delta.index == place and delta.function]
        assert json.loads("".join(parts)) == {"city": city}


def test_parsed_output(sdk: OpenAI) -> None:
    answer = sdk.chat.completions.parse(
        model=MODEL, messages=[{"role": "user", "content": TRIP}], response_format=Booking
    )
    assert answer.choices[0].message.parsed == Booking(name="Ada Lovelace", nights=3, email="ada@example.org")


def test_streamed_parsed_output(sdk: OpenAI) -> None:
    with sdk.chat.completions.stream(
        model=MODEL, messages=[{"role": "user", "content": TRIP}], response_format=Booking
    ) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.parsed == Booking(name="Ada Lovelace", nights=3, email="ada@example.org")


def test_a_json_object(sdk: OpenAI) -> None:
    answer = sdk.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": f"As JSON with the keys name and nights. {TRIP}"}],
        response_format={"type": "json_object"},
    )
    assert set(json.loads(answer.choices[0].message.content or "")) == {"name", "nights"}


def test_an_answer_that_was_cut_is_not_parsed(sdk: OpenAI) -> None:
    with pytest.raises(openai.LengthFinishReasonError):
        sdk.chat.completions.parse(
            model=MODEL, max_tokens=3, messages=[{"role": "user", "content": TRIP}], response_format=Booking
        )


@pytest.mark.parametrize("provider", ["caicaini", "cailag"])
def test_a_picture(box: Sandbox, sdk: OpenAI, provider: str) -> None:
    drawn = BytesIO()
    Image.new("RGB", (60, 40), "red").save(drawn, "PNG")
    address = f"data:image/png;base64,{base64.b64encode(drawn.getvalue()).decode()}"
    asked: list[ChatCompletionMessageParam] = [
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": address}},
                {"type": "text", "text": "What size is this image?"},
            ],
        }
    ]
    bases = {"caicaini": (box.base_url, MODEL), "cailag": (box.cailag_base_url, "glm-4.6v")}
    base, model = bases[provider]
    answer = sdk.with_options(base_url=base).chat.completions.create(model=model, messages=asked)
    assert "60" in (answer.choices[0].message.content or "")
    assert "40" in (answer.choices[0].message.content or "")
