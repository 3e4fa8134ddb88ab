"""The anthropic SDK, strict response validation on, against the sandbox's messages surface."""

from __future__ import annotations

from collections.abc import Iterator

import anthropic
import pytest
from anthropic import Anthropic
from anthropic.types import MessageParam, ToolParam

from caicaini_nb.sandbox import Sandbox

ERRORS: dict[int, type[anthropic.APIStatusError]] = {
    400: anthropic.BadRequestError,
    401: anthropic.AuthenticationError,
    402: anthropic.APIStatusError,
    403: anthropic.PermissionDeniedError,
    404: anthropic.NotFoundError,
    413: anthropic.APIStatusError,
    429: anthropic.RateLimitError,
    500: anthropic.InternalServerError,
    502: anthropic.InternalServerError,
    503: anthropic.InternalServerError,
    504: anthropic.InternalServerError,
    529: anthropic.InternalServerError,
}
QUESTION: list[MessageParam] = [{"role": "user", "content": "Count to 40"}]
TOOL: ToolParam = {
    "name": "get_weather",
    "description": "Current weather of a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


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


def test_create(sdk: Anthropic) -> None:
    answer = sdk.messages.create(model="caicaini/haiku", max_tokens=200, messages=QUESTION)
    assert answer.content[0].type == "text"
    assert "40" in answer.content[0].text
    assert answer.stop_reason == "end_turn"
    assert (answer.usage.model_extra or {})["credits_consumed"] > 0
    assert (answer._request_id or "").startswith("req_")


def test_stream(sdk: Anthropic) -> None:
    whole = sdk.messages.create(model="caicaini/haiku", max_tokens=200, messages=QUESTION)
    with sdk.messages.stream(model="caicaini/haiku", max_tokens=200, messages=QUESTION) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert whole.content[0].type == "text"
    assert text == whole.content[0].text
    assert final.usage.output_tokens == whole.usage.output_tokens
    assert final.stop_reason == "end_turn"


def test_raw_events_validate(sdk: Anthropic) -> None:
    events = list(sdk.messages.create(model="caicaini/haiku", max_tokens=20, messages=QUESTION, stream=True))
    assert events[0].type == "message_start"
    assert events[-1].type == "message_stop"


def test_thinking_validates(sdk: Anthropic) -> None:
    with sdk.messages.stream(
        model="caicaini/sonnet",
        max_tokens=400,
        messages=[{"role": "user", "content": "What is 17 * 23?"}],
        thinking={"type": "enabled", "budget_tokens": 200},
    ) as stream:
        final = stream.get_final_message()
    assert [block.type for block in final.content] == ["thinking", "text"]


def test_tools_validate_and_loop(sdk: Anthropic) -> None:
    asked: list[MessageParam] = [{"role": "user", "content": "What is the weather in Paris?"}]
    first = sdk.messages.create(
        model="caicaini/sonnet",
        max_tokens=200,
        messages=asked,
        tools=[TOOL],
        tool_choice={"type": "tool", "name": "get_weather"},
    )
    assert first.stop_reason == "tool_use"
    call = first.content[-1]
    assert call.type == "tool_use"
    second = sdk.messages.create(
        model="caicaini/sonnet",
        max_tokens=200,
        tools=[TOOL],
        messages=[
            *asked,
            first.to_param(),
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "12 °C"}]},
        ],
    )
    assert second.stop_reason == "end_turn"


def test_count_tokens(sdk: Anthropic) -> None:
    counted = sdk.messages.count_tokens(model="caicaini/haiku", messages=QUESTION)
    answer = sdk.messages.create(model="caicaini/haiku", max_tokens=5, messages=QUESTION)
    assert counted.input_tokens == answer.usage.input_tokens


def test_models(sdk: Anthropic) -> None:
    listed = list(sdk.models.list())
    assert len(listed) == 5
    assert sdk.models.retrieve("caicaini/opus").max_tokens == 32_768


@pytest.mark.parametrize("status", sorted(ERRORS))
@pytest.mark.parametrize("streamed", [False, True])
def test_every_error_status(box: Sandbox, sdk: Anthropic, status: int, streamed: bool) -> None:
    with box.faults(str(status)), pytest.raises(ERRORS[status]) as caught:
        sdk.messages.create(model="caicaini/haiku", max_tokens=5, messages=QUESTION, stream=streamed)
    assert caught.value.status_code == status
    assert (caught.value.request_id or "").startswith("req_")


def test_real_errors_are_typed(sdk: Anthropic) -> None:
    with pytest.raises(anthropic.BadRequestError, match="max_tokens"):
        sdk.messages.create(model="caicaini/haiku", max_tokens=0, messages=QUESTION)
    with pytest.raises(anthropic.AuthenticationError, match="sandbox"):
        sdk.with_options(auth_token="cai_api_wrong").models.list()


def test_an_error_inside_a_stream_is_raised(box: Sandbox, sdk: Anthropic) -> None:
    with box.faults("stream_error"), pytest.raises(anthropic.APIStatusError, match="overloaded"):
        list(sdk.messages.create(model="caicaini/haiku", max_tokens=99, messages=QUESTION, stream=True))
