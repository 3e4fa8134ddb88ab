"""The 400s of the chat surfaces, what they serve beyond the contract, and cailag's own rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from caicaini_nb.sandbox import Sandbox
from tests.sandbox.calls import chat_body
from tests.sandbox.test_validation_messages import image, png

Refused = Callable[[str, dict[str, Any]], str]
FUNCTION = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}
CALLED = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}],
}
OTHER = {"type": "function", "function": {"name": "x"}}
STRAY = {"role": "tool", "tool_call_id": "x", "content": "y"}
USER = {"role": "user", "content": "Look it up."}
PICTURE = f"data:image/png;base64,{image(png())['source']['data']}"


def seen(url: str) -> dict[str, Any]:
    """Return messages that show a picture."""
    return {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]}


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("no model", {"model": None}, "model"),
    ("unknown model", {"model": "deepseek-chat"}, "model"),
    ("no messages", {"messages": None}, "messages"),
    ("empty messages", {"messages": []}, "messages"),
    ("unknown role", {"messages": [{"role": "robot", "content": "x"}]}, "messages.0.role"),
    ("no content", {"messages": [{"role": "user"}]}, "messages.0.content"),
    ("part type", {"messages": [{"role": "user", "content": [{"type": "audio"}]}]}, "messages.0.content.0.type"),
    ("temperature over 2", {"temperature": 2.1}, "temperature"),
    ("top_p", {"top_p": -1}, "top_p"),
    ("five stops", {"stop": list("abcde")}, "stop"),
    ("empty stop", {"stop": ""}, "stop.0"),
    ("cap", {"max_tokens": 8193}, "max_tokens"),
    ("user", {"user": 3}, "user"),
    ("choice of another", {"tools": [FUNCTION], "tool_choice": OTHER}, "tool_choice"),
    ("choice text", {"tools": [FUNCTION], "tool_choice": "some"}, "tool_choice"),
    ("required of none", {"tool_choice": "required"}, "tool_choice"),
    ("tool type", {"tools": [{"type": "plugin"}]}, "tools.0.type"),
    ("tool without name", {"tools": [{"type": "function", "function": {}}]}, "tools.0.function.name"),
    ("result without call", {"messages": [USER, STRAY]}, "messages.1.tool_call_id"),
    ("format", {"response_format": {"type": "xml"}}, "response_format.type"),
    ("format without schema", {"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
    ("picture by address", seen("https://example.org/a.png"), "messages.0.content.0.image_url.url"),
    ("picture by http", seen("http://example.org/a.png"), "messages.0.content.0.image_url.url"),
    ("picture not base64", seen("data:image/png,abc"), "messages.0.content.0.image_url.url"),
    ("stream options", {"stream_options": 3}, "stream_options"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "field"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refuses_naming_the_field(refused: Refused, changes: dict[str, Any], field: str) -> None:
    assert refused("/chat/completions", chat_body(**changes)).startswith(field)


DOCUMENTED: list[dict[str, Any]] = [
    {"max_tokens": None, "temperature": 2, "stop": "~", "user": "u"},
    {"messages": [{"role": "system", "content": "Be short."}, USER]},
    {"messages": [USER, USER]},
    {"tools": [FUNCTION], "tool_choice": "auto"},
    {"tools": [FUNCTION], "messages": [USER, CALLED, {"role": "tool", "tool_call_id": "call_1", "content": "y"}]},
    {"response_format": {"type": "json_object"}},
]  # fmt: skip


@pytest.mark.parametrize("changes", DOCUMENTED)
def test_serves_what_is_documented(box: Sandbox, api: httpx.Client, changes: dict[str, Any]) -> None:
    box.set_documented_only(True)
    answer = api.post("/chat/completions", json=chat_body(**changes))
    assert answer.status_code == 200, answer.text


SCHEMA = {"name": "x", "schema": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}}
UNTYPED = {"type": "function", "function": {"name": "look", "parameters": {}}}
UNDOCUMENTED: list[tuple[dict[str, Any], str]] = [
    ({"max_completion_tokens": 5, "max_tokens": None}, "max_completion_tokens"),
    ({"response_format": {"type": "json_schema", "json_schema": SCHEMA}}, "response_format.type json_schema"),
    (seen(PICTURE), "messages.0.content.0.type image_url"),
    ({"tools": [FUNCTION], "tool_choice": "required"}, "tool_choice required"),
    ({"tools": [FUNCTION], "parallel_tool_calls": False}, "parallel_tool_calls"),
    ({"tools": [UNTYPED]}, "tools.0.function.parameters without a type"),
    ({"n": 2}, "n"),
    ({"messages": [{"role": "developer", "content": "Be short."}, USER]}, "messages.0.role developer"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "noted"), UNDOCUMENTED)
def test_undocumented_is_served_and_noted_or_refused(
    box: Sandbox, api: httpx.Client, changes: dict[str, Any], noted: str
) -> None:
    assert api.post("/chat/completions", json=chat_body(**changes)).status_code == 200
    assert noted in box.requests()[-1]["undocumented"]
    box.set_documented_only(True)
    assert api.post("/chat/completions", json=chat_body(**changes)).status_code == 400


def test_max_completion_tokens_limits_the_answer(api: httpx.Client) -> None:
    body = chat_body(max_tokens=None, max_completion_tokens=5)
    answer = api.post("/chat/completions", json=body).json()
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == 5


CAILAG_REFUSED: list[tuple[dict[str, Any], int, str, str]] = [
    ({"model": "caicaini/haiku"}, 404, "model_not_found", "model"),
    ({"model": None}, 400, "invalid_request_error", "model"),
    ({"temperature": 2.5}, 400, "invalid_request_error", "temperature"),
    ({"presence_penalty": 2.1}, 400, "invalid_request_error", "presence_penalty"),
    ({"frequency_penalty": -2.1}, 400, "invalid_request_error", "frequency_penalty"),
    ({"n": 0}, 400, "invalid_request_error", "n"),
    ({"stop": list("abcde")}, 400, "invalid_request_error", "stop"),
    (seen(PICTURE), 400, "invalid_request_error", "messages.0.content.0.type"),
]


@pytest.mark.parametrize(("changes", "status", "code", "field"), CAILAG_REFUSED)
def test_cailag_refuses_in_its_own_envelope(
    cailag: httpx.Client, changes: dict[str, Any], status: int, code: str, field: str
) -> None:
    answer = cailag.post("/chat/completions", json=chat_body(**({"model": "deepseek-chat"} | changes)))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert error["message"].startswith(field)
    assert set(answer.json()) == {"error"}


def test_cailag_serves_what_it_documents(box: Sandbox, cailag: httpx.Client) -> None:
    box.set_documented_only(True)
    messages = [{"role": "user", "content": "What is 2 + 2?", "name": "ada"}]
    body = chat_body(model="deepseek-chat", messages=messages, presence_penalty=-2, frequency_penalty=2, n=3, user="u")
    answer = cailag.post("/chat/completions", json=body).json()
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
    assert set(answer["usage"]) == {"prompt_tokens", "completion_tokens", "total_tokens"}
    assert box.balance() == 70_000


def test_a_cailag_vision_model_takes_a_picture(cailag: httpx.Client) -> None:
    answer = cailag.post("/chat/completions", json=chat_body(model="glm-4.6v", **seen(PICTURE)))
    assert answer.status_code == 200, answer.text
