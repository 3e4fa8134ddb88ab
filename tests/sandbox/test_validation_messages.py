"""Every 400 of the messages surface, each naming its field."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from caicaini_nb.sandbox import Sandbox
from tests.sandbox.calls import messages_body

Refused = Callable[[str, dict[str, Any]], str]
TOOL = {"name": "look_up", "description": "Looks up.", "input_schema": {"type": "object", "properties": {}}}


@cache
def png(width: int = 2, height: int = 2) -> bytes:
    """Return a black PNG."""
    file = BytesIO()
    Image.new("1", (width, height)).save(file, "PNG")
    return file.getvalue()


def image(data: bytes | str, media_type: str = "image/png") -> dict[str, Any]:
    """Return an image block."""
    text = data if isinstance(data, str) else base64.b64encode(data).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": text}}


def said(*blocks: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one user message of blocks."""
    return [{"role": "user", "content": list(blocks)}]


def turns(*roles: str) -> list[dict[str, Any]]:
    """Return messages of these roles."""
    return [{"role": role, "content": "Hello"} for role in roles]


CALL = {"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "found"}
TEXT = {"type": "text", "text": "And this?"}
URL = {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}}
THINKING = {"type": "enabled", "budget_tokens": 100}

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("no model", {"model": None}, "model"),
    ("unknown model", {"model": "gpt-4o"}, "model"),
    ("model not text", {"model": 7}, "model"),
    ("no max_tokens", {"max_tokens": None}, "max_tokens"),
    ("zero max_tokens", {"max_tokens": 0}, "max_tokens"),
    ("max_tokens a bool", {"max_tokens": True}, "max_tokens"),
    ("max_tokens a float", {"max_tokens": 10.0}, "max_tokens"),
    ("max_tokens text", {"max_tokens": "10"}, "max_tokens"),
    ("cap of auto", {"model": "caicaini/auto", "max_tokens": 8193}, "max_tokens"),
    ("cap of opus", {"model": "caicaini/opus", "max_tokens": 32769}, "max_tokens"),
    ("cap of sonnet", {"model": "caicaini/sonnet", "max_tokens": 16385}, "max_tokens"),
    ("cap of kimi", {"model": "caicaini/kimi", "max_tokens": 32769}, "max_tokens"),
    ("cap of haiku", {"max_tokens": 8193}, "max_tokens"),
    ("no messages", {"messages": None}, "messages"),
    ("empty messages", {"messages": []}, "messages"),
    ("messages not a list", {"messages": {"role": "user"}}, "messages"),
    ("message not an object", {"messages": ["hi"]}, "messages.0"),
    ("unknown role", {"messages": turns("system", "user")}, "messages.0.role"),
    ("starts with assistant", {"messages": turns("assistant", "user")}, "messages.0.role"),
    ("does not alternate", {"messages": turns("user", "user")}, "messages.1.role"),
    ("ends with assistant", {"messages": turns("user", "assistant")}, "messages.1.role"),
    ("no content", {"messages": [{"role": "user"}]}, "messages.0.content"),
    ("empty content", {"messages": [{"role": "user", "content": ""}]}, "messages.0.content"),
    ("no blocks", {"messages": said()}, "messages.0.content"),
    ("content a number", {"messages": [{"role": "user", "content": 3}]}, "messages.0.content"),
    ("unknown block", {"messages": said({"type": "video"})}, "messages.0.content.0.type"),
    ("block without text", {"messages": said({"type": "text"})}, "messages.0.content.0.text"),
    ("call by the user", {"messages": said(CALL)}, "messages.0.content.0.type"),
    ("result without call", {"messages": said(RESULT)}, "messages.0.content.0.tool_use_id"),
    ("21 images", {"messages": said(*[image(png())] * 21, TEXT)}, "messages.0.content"),
    ("image too wide", {"messages": said(image(png(8001, 1)), TEXT)}, "messages.0.content.0.source.data"),
    ("image too high", {"messages": said(image(png(1, 8001)), TEXT)}, "messages.0.content.0.source.data"),
    (
        "image over 5 MB",
        {"messages": said(image(png() + bytes(5 * 2**20)), TEXT)},
        "messages.0.content.0.source.data",
    ),
    ("bad base64", {"messages": said(image("a-b_c"), TEXT)}, "messages.0.content.0.source.data"),
    (
        "other bytes than the type",
        {"messages": said(image(png(), "image/jpeg"))},
        "messages.0.content.0.source.data",
    ),
    (
        "media type",
        {"messages": said(image(png(), "image/bmp"))},
        "messages.0.content.0.source.media_type",
    ),
    ("image by https", {"messages": said(URL, TEXT)}, "messages.0.content.0.source.url"),
    (
        "image by http",
        {"messages": said({"type": "image", "source": {"type": "url", "url": "http://example.org"}})},
        "messages.0.content.0.source.url",
    ),
    ("no source", {"messages": said({"type": "image"})}, "messages.0.content.0.source"),
    ("temperature over 1", {"temperature": 1.01}, "temperature"),
    ("temperature under 0", {"temperature": -0.1}, "temperature"),
    ("temperature text", {"temperature": "hot"}, "temperature"),
    ("temperature a bool", {"temperature": True}, "temperature"),
    ("temperature huge", {"temperature": 10**400}, "temperature"),
    ("top_p over 1", {"top_p": 1.5}, "top_p"),
    ("five stops", {"stop_sequences": ["a", "b", "c", "d", "e"]}, "stop_sequences"),
    ("empty stop", {"stop_sequences": ["a", ""]}, "stop_sequences.1"),
    ("stops not a list", {"stop_sequences": "a"}, "stop_sequences"),
    ("stream text", {"stream": "yes"}, "stream"),
    ("system a number", {"system": 3}, "system"),
    ("metadata text", {"metadata": "me"}, "metadata"),
    ("user_id a number", {"metadata": {"user_id": 3}}, "metadata.user_id"),
    ("budget at max_tokens", {"model": "caicaini/opus", "thinking": THINKING, "max_tokens": 100}, "thinking."),
    ("no budget", {"model": "caicaini/opus", "thinking": {"type": "enabled"}}, "thinking.budget_tokens"),
    ("thinking on haiku", {"thinking": THINKING}, "thinking"),
    ("thinking type", {"model": "caicaini/opus", "thinking": {"type": "on"}}, "thinking.type"),
    ("adaptive thinking on haiku", {"thinking": {"type": "adaptive"}}, "thinking"),
    ("format without a schema", {"output_config": {"format": {"type": "json_schema"}}}, "output_config.format"),
    ("tools not a list", {"tools": {}}, "tools"),
    ("tool without name", {"tools": [TOOL | {"name": None}]}, "tools.0.name"),
    ("tool with a space", {"tools": [TOOL | {"name": "look up"}]}, "tools.0.name"),
    ("tool without schema", {"tools": [{"name": "x"}]}, "tools.0.input_schema"),
    ("schema not of an object", {"tools": [TOOL | {"input_schema": {"type": "string"}}]}, "tools.0.input_schema"),
    ("tool offered twice", {"tools": [TOOL, TOOL]}, "tools.1.name"),
    ("choice of another tool", {"tools": [TOOL], "tool_choice": {"type": "tool", "name": "x"}}, "tool_choice.name"),
    ("any of no tools", {"tool_choice": {"type": "any"}}, "tool_choice"),
    ("choice text", {"tools": [TOOL], "tool_choice": "any"}, "tool_choice"),
    ("choice type", {"tools": [TOOL], "tool_choice": {"type": "some"}}, "tool_choice.type"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "field"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refuses_naming_the_field(refused: Refused, changes: dict[str, Any], field: str) -> None:
    assert refused("/messages", messages_body(**changes)).startswith(field)


def test_an_image_by_address_is_said_not_to_be_fetched(refused: Refused) -> None:
    assert "never fetches" in refused("/messages", messages_body(messages=said(URL, TEXT)))


def test_what_does_not_fit_the_context_is_refused(box: Sandbox, refused: Refused) -> None:
    box.set_tier("enterprise", requests=10, input_tokens=10_000_000, streams=1)
    long = [{"role": "user", "content": "word " * 200_000}]
    assert refused("/messages", messages_body(messages=long)).startswith("messages")


ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("edges", {"temperature": 0, "top_p": 1, "stop_sequences": ["~"] * 4, "metadata": {"user_id": "u"}}),
    ("caps", {"model": "caicaini/kimi", "max_tokens": 32768}),
    ("20 images", {"messages": said(*[image(png(8000, 8000))] * 20, TEXT)}),
    ("tools and any", {"tools": [TOOL], "tool_choice": {"type": "any"}}),
    ("one tool", {"tools": [TOOL], "tool_choice": {"type": "tool", "name": "look_up"}}),
    ("thinking", {"model": "caicaini/sonnet", "thinking": THINKING}),
    (
        "tool loop",
        {
            "tools": [TOOL],
            "messages": [
                {"role": "user", "content": "Look it up."},
                {"role": "assistant", "content": [TEXT, CALL]},
                {"role": "user", "content": [RESULT]},
            ],
        },
    ),
    (
        "thinking sent back",
        {
            "model": "caicaini/opus",
            "messages": [
                {"role": "user", "content": "Hello"},
                {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm", "signature": ""}, TEXT]},
                {"role": "user", "content": "Go on"},
            ],
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize("changes", [case[1] for case in ACCEPTED], ids=[case[0] for case in ACCEPTED])
def test_serves_what_is_documented(box: Sandbox, api: httpx.Client, changes: dict[str, Any]) -> None:
    box.set_documented_only(True)
    box.set_tier("enterprise", requests=10, input_tokens=10_000_000, streams=1)
    box.top_up(1000)
    answer = api.post("/messages", json=messages_body(**changes))
    assert answer.status_code == 200, answer.text
    assert box.requests()[-1]["undocumented"] == []


SCHEMA = {"type": "object", "properties": {"total": {"type": "integer"}}, "required": ["total"]}
UNDOCUMENTED: list[tuple[dict[str, Any], str]] = [
    ({"seed": 1}, "seed"),
    ({"metadata": {"team": "x"}}, "metadata.team"),
    ({"system": [{"type": "text", "text": "Be short."}]}, "system array"),
    ({"tools": [TOOL], "tool_choice": {"type": "auto"}}, "tool_choice.type auto"),
    ({"tools": [TOOL | {"type": "custom"}]}, "tools.0.type"),
    ({"model": "caicaini/opus", "thinking": {"type": "adaptive"}}, "thinking.type adaptive"),
    ({"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}, "output_config"),
    ({"messages": said(TEXT | {"cache_control": {"type": "ephemeral"}})}, "messages.0.content.0.cache_control"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "noted"), UNDOCUMENTED)
def test_undocumented_is_served_and_noted_or_refused(
    box: Sandbox, api: httpx.Client, changes: dict[str, Any], noted: str
) -> None:
    body = messages_body(**changes)
    assert api.post("/messages", json=body).status_code == 200
    assert noted in box.requests()[-1]["undocumented"]
    box.set_documented_only(True)
    answer = api.post("/messages", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(noted)


def test_an_answer_keeps_to_the_schema_asked_for(api: httpx.Client) -> None:
    wanted = {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}
    answer = api.post("/messages", json=messages_body(messages=said({"type": "text", "text": "total: 7"}), **wanted))
    assert json.loads(answer.json()["content"][0]["text"]) == {"total": 7}


def test_count_tokens_needs_no_max_tokens_and_costs_nothing(box: Sandbox, api: httpx.Client) -> None:
    counted = api.post("/messages/count_tokens", json=messages_body(max_tokens=None)).json()
    used = api.post("/messages", json=messages_body()).json()["usage"]
    assert counted == {"input_tokens": used["input_tokens"]}
    assert box.balance() == 70_000 - used["credits_consumed"]
