"""The openai SDK, strict response validation on, against the sandbox: Caicaini's chat surface and cailag."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest
from openai import OpenAI

from caicaini_nb.sandbox import Sandbox

ERRORS = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    402: openai.APIStatusError,
    403: openai.PermissionDeniedError,
    404: openai.NotFoundError,
    413: openai.APIStatusError,
    429: openai.RateLimitError,
    500: openai.InternalServerError,
    502: openai.InternalServerError,
    503: openai.InternalServerError,
    504: openai.InternalServerError,
    529: openai.InternalServerError,
}
MODELS = {"caicaini": "caicaini/haiku", "cailag": "deepseek-chat"}


@pytest.fixture(params=sorted(MODELS))
def provider(request: pytest.FixtureRequest) -> str:
    """Each service in turn."""
    return str(request.param)


@pytest.fixture
def sdk(box: Sandbox, provider: str) -> Iterator[OpenAI]:
    """The SDK on that service."""
    base = {"caicaini": box.base_url, "cailag": box.cailag_base_url}[provider]
    with OpenAI(base_url=base, api_key=box.api_key, max_retries=0, _strict_response_validation=True) as client:
        yield client


def ask(sdk: OpenAI, provider: str, question: str = "Count to 40") -> openai.types.chat.ChatCompletion:
    """Make one plain call."""
    return sdk.chat.completions.create(
        model=MODELS[provider], max_tokens=200, messages=[{"role": "user", "content": question}]
    )


def test_create(sdk: OpenAI, provider: str) -> None:
    answer = ask(sdk, provider)
    assert "40" in (answer.choices[0].message.content or "")
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    extra = answer.usage.model_extra or {}
    assert ("credits_consumed" in extra) == (provider == "caicaini")
    assert (answer._request_id or "").startswith("req_")


def test_stream(sdk: OpenAI, provider: str) -> None:
    whole = ask(sdk, provider)
    chunks = list(
        sdk.chat.completions.create(
            model=MODELS[provider],
            max_tokens=200,
            messages=[{"role": "user", "content": "Count to 40"}],
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage is not None
    assert whole.usage is not None
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens


def test_tools_come_back_as_calls(sdk: OpenAI, provider: str) -> None:
    answer = sdk.chat.completions.create(
        model=MODELS[provider],
        messages=[{"role": "user", "content": "What is the weather in Paris?"}],
        tools=[
            {
                "type": "function",
                "function": {
                    "name": "get_weather",
                    "description": "Current weather of a city",
                    "parameters": {
                        "type": "object",
                        "properties": {"city": {"type": "string"}},
                        "required": ["city"],
                    },
                },
            }
        ],
        tool_choice={"type": "function", "function": {"name": "get_weather"}},
    )
    assert answer.choices[0].finish_reason == "tool_calls"
    calls = answer.choices[0].message.tool_calls
    assert calls is not None
    assert [call.type for call in calls] == ["function"]


def test_models(sdk: OpenAI, provider: str) -> None:
    listed = list(sdk.models.list())
    assert len(listed) == {"caicaini": 5, "cailag": 70}[provider]
    assert sdk.models.retrieve(listed[0].id) == listed[0]


@pytest.mark.parametrize("status", sorted(ERRORS))
@pytest.mark.parametrize("streamed", [False, True])
def test_every_error_status(box: Sandbox, sdk: OpenAI, provider: str, status: int, streamed: bool) -> None:
    with box.faults(str(status)), pytest.raises(ERRORS[status]) as caught:
        sdk.chat.completions.create(
            model=MODELS[provider], messages=[{"role": "user", "content": "Hello"}], stream=streamed
        )
    assert isinstance(caught.value, openai.APIStatusError)
    assert caught.value.status_code == status
    assert (caught.value.request_id or "").startswith("req_")


def test_real_errors_are_typed(box: Sandbox, sdk: OpenAI, provider: str) -> None:
    expected = {"caicaini": openai.BadRequestError, "cailag": openai.NotFoundError}[provider]
    with pytest.raises(expected):
        sdk.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hello"}])
    with pytest.raises(openai.AuthenticationError):
        sdk.with_options(api_key="sk-wrong").models.list()


def test_an_error_inside_a_stream_is_raised(box: Sandbox, sdk: OpenAI, provider: str) -> None:
    with box.faults("stream_error"), pytest.raises(openai.APIError):
        list(
            sdk.chat.completions.create(
                model=MODELS[provider], messages=[{"role": "user", "content": "Count to 40"}], stream=True
            )
        )
