"""Both surfaces as values: what is sent, byte for byte, and what is made of anything that may come back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caicaini_nb.errors import CaicainiError, ConfigurationError, NotOfferedError, UnreadableReplyError
from caicaini_nb.events import Event, Finished, Started, Text, Thinking, ToolInput, ToolUse
from caicaini_nb.fold import Fold
from caicaini_nb.reply import OtherBlock, TextBlock, ThinkingBlock, ToolUseBlock
from caicaini_nb.request import Message, Request, as_messages
from caicaini_nb.sse import Decoder, ServerSentEvent
from caicaini_nb.surfaces.chat import ChatSurface
from caicaini_nb.surfaces.messages import MessagesSurface
from caicaini_nb.surfaces.surface import StreamError, count
from caicaini_nb.usage import Usage
from tests.wire.replies import CHAT, CHAT_PLAIN, MESSAGES, MESSAGES_PLAIN

MESSAGES_SURFACE, CHAT_SURFACE = MessagesSurface(), ChatSurface()
SURFACES = {"messages": MESSAGES_SURFACE, "chat": CHAT_SURFACE}
both = pytest.mark.parametrize("surface", SURFACES.values(), ids=list(SURFACES))


def events_of(surface: MessagesSurface | ChatSurface, stream: bytes) -> list[Event]:
    decoder = surface.stream_decoder()
    return [event for wire in Decoder().feed(stream) for event in decoder.decode(wire)]


def folded(events: Sequence[Event], *, complete: bool = True) -> Fold:
    fold = Fold()
    for event in events:
        fold.add(event)
    return fold


def test_messages_stream() -> None:
    assert events_of(MESSAGES_SURFACE, MESSAGES) == [
        Started("msg_1", "caicaini/sonnet", Usage(12, 1, 0, 4)),
        Thinking("Two ", 0),
        Thinking("plus two.", 0),
        Thinking("", 0, signature="sig=="),
        Text("It is\u2028four", 1),
        Text(": 你好 🎈.", 1),
        ToolUse("toolu_1", "add", 2),
        ToolInput("", 2),
        ToolInput('{"a": 2, ', 2),
        ToolInput('"b": [2]}', 2),
        ToolUse("toolu_2", "now", 3),
        Finished("tool_use", Usage(output_tokens=9, credits=3)),
    ]


def test_chat_stream() -> None:
    fold = folded(events_of(CHAT_SURFACE, CHAT))
    first, second = fold.choices()
    assert first.blocks == (
        ThinkingBlock("Hm."),
        TextBlock("Zwei: 🎈"),
        ToolUseBlock("c1", "add", {"a": 1}),
        ToolUseBlock("c2", "now", {}),
    )
    assert (first.stop_reason, second.stop_reason) == ("tool_use", "max_tokens")
    assert second.text == "Second"
    assert fold.usage == Usage(7, 8, cache_read_input_tokens=2, credits=0)


@pytest.mark.parametrize(
    ("surface", "stream", "plain"), [(MESSAGES_SURFACE, MESSAGES, MESSAGES_PLAIN), (CHAT_SURFACE, CHAT, CHAT_PLAIN)]
)
def test_streamed_equals_plain(surface: MessagesSurface | ChatSurface, stream: bytes, plain: object) -> None:
    fold, answer = folded(events_of(surface, stream)), surface.decode(json.dumps(plain).encode())
    assert (fold.choices(), fold.usage, fold.id, fold.model) == (answer.choices, answer.usage, answer.id, answer.model)
    assert answer.raw == plain


ODD: tuple[dict[str, Any], ...] = (
    {},
    {"content": None, "choices": None, "usage": None, "id": None, "model": None},
    {"content": 7, "choices": "x", "usage": [], "id": 7, "model": {}},
    {"content": [None, 7, {}], "choices": [None, 7, {}, {"message": 7}], "usage": {"input_tokens": "7"}},
    {"usage": {"prompt_tokens": True, "credits_consumed": 1.5}},
)


@both
@pytest.mark.parametrize("body", ODD)
def test_missing_null_and_wrong(surface: MessagesSurface | ChatSurface, body: object) -> None:
    answer = surface.decode(json.dumps(body).encode())
    assert (answer.usage, answer.id, answer.model) == (Usage(), None, None)
    assert all(choice.text == "" for choice in answer.choices)
    assert answer.raw == body


@both
@pytest.mark.parametrize(
    "body", [b"", b"nope", b"[]", b"null", b"7", b'{"a":', b"[" * 100_000, b"\xff", b'{"x": ' + b"9" * 10_000 + b"}"]
)
def test_what_cannot_be_read(surface: MessagesSurface | ChatSurface, body: bytes) -> None:
    with pytest.raises(UnreadableReplyError):
        surface.decode(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["type", "index", "delta", "message", "content_block", "usage", "choices", "error", "id", "text", "content",
         "tool_calls", "function", "arguments", "input", "finish_reason", "stop_reason", "credits_consumed"]
    ), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip
TYPES = st.sampled_from(
    ["message_start", "content_block_start", "content_block_delta", "message_delta", "message_stop", "message", "news"]
)


@given(st.lists(st.tuples(TYPES, JSON), max_size=6))
def test_any_json_at_all(frames: list[tuple[str, Any]]) -> None:
    """Nothing but our errors comes out, and what was decoded can be folded."""
    for surface in (MESSAGES_SURFACE, CHAT_SURFACE):
        decoder, fold = surface.stream_decoder(), Fold()
        for name, payload in frames:
            given = {**payload, "type": name} if isinstance(payload, dict) else payload
            try:
                events = decoder.decode(ServerSentEvent(name, json.dumps(given), ""))
            except (CaicainiError, StreamError):
                continue
            for event in events:
                fold.add(event)
        fold.reply(usage=fold.usage)


@both
@pytest.mark.parametrize("data", ["", "not json", "<html>", "{"])
def test_events_nobody_documented_need_not_be_json(surface: MessagesSurface | ChatSurface, data: str) -> None:
    assert surface.stream_decoder().decode(ServerSentEvent("keepalive", data, "")) == ()


@both
def test_half_a_surrogate_pair_does_not_end_a_stream(surface: MessagesSurface | ChatSurface) -> None:
    text = r"ok \ud83d and \\ud83d and \ud83d\ude00"
    data = (
        f'{{"type": "content_block_delta", "index": 0, "delta": {{"type": "text_delta", "text": "{text}"}}}}'
        if surface is MESSAGES_SURFACE
        else f'{{"choices": [{{"index": 0, "delta": {{"content": "{text}"}}}}]}}'
    )
    events = surface.stream_decoder().decode(ServerSentEvent("message", data, ""))
    assert [event.text for event in events if isinstance(event, Text)] == ["ok \ufffd and \\ud83d and 😀"]


def test_arguments_that_come_with_the_block() -> None:
    data = json.dumps({"type": "content_block_start", "index": 0, "content_block": {
        "type": "tool_use", "id": "t", "name": "add", "input": {"a": 1}}})  # fmt: skip
    events = MESSAGES_SURFACE.stream_decoder().decode(ServerSentEvent("content_block_start", data, ""))
    (choice,) = folded(events).choices()
    assert choice.blocks == (ToolUseBlock("t", "add", {"a": 1}),)


@pytest.mark.parametrize(
    ("pieces", "complete", "expected"),
    [
        ([], True, {}), ([], False, None), (['{"a":'], False, None), (['{"a":'], True, None), (["[1]"], True, None),
        (['{"a":', " 1}"], True, {"a": 1}), (["{}{}"], True, None), (["[" * 10_000], True, None),
    ],
)  # fmt: skip
def test_arguments_that_are_not_whole_are_none(pieces: list[str], complete: bool, expected: object) -> None:
    fold = folded([ToolUse("t", "add"), *map(ToolInput, pieces)])
    (block,) = fold.choices(complete=complete)[0].blocks
    assert isinstance(block, ToolUseBlock)
    assert block.input == expected


def test_unknown_blocks_are_kept() -> None:
    answer = MESSAGES_SURFACE.decode(b'{"content": [{"type": "song", "notes": [1]}, {"type": "text", "text": 7}]}')
    assert answer.choices[0].blocks == (
        OtherBlock({"type": "song", "notes": [1]}),
        OtherBlock({"type": "text", "text": 7}),
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, 0), (7, 7), (7.0, 7), (-1, -1), (7.5, None), (True, None), ("7", None), (None, None), (2**63, None),
     (2**63 - 1, 2**63 - 1), (1e300, None), (float("inf"), None), (10**400, None)],
)  # fmt: skip
def test_count(value: object, expected: int | None) -> None:
    assert count(value) == expected


# --- what is sent -----------------------------------------------------------------------------------------------------


def request(**fields: Any) -> Request:
    prompt = fields.pop("prompt", "hi")
    return Request(**{"model": "m", "messages": as_messages(prompt), "max_tokens": 9, **fields})


FULL = {
    "system": "s", "temperature": 0.5, "top_p": 0.9, "stop_sequences": ("x",), "user_id": "u",
    "extra": {"tools": [{"name": "t"}], "max_tokens": 3},
}  # fmt: skip


def test_messages_body() -> None:
    assert json.loads(MESSAGES_SURFACE.encode(request(), stream=False)) == {
        "model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}],
    }  # fmt: skip
    assert json.loads(MESSAGES_SURFACE.encode(request(**FULL), stream=True)) == {
        "model": "m", "max_tokens": 3, "messages": [{"role": "user", "content": "hi"}], "system": "s",
        "temperature": 0.5, "top_p": 0.9, "stop_sequences": ["x"], "metadata": {"user_id": "u"}, "stream": True,
        "tools": [{"name": "t"}],
    }  # fmt: skip


def test_chat_body() -> None:
    assert json.loads(CHAT_SURFACE.encode(request(), stream=False)) == {
        "model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}],
    }  # fmt: skip
    asked = request(**FULL, n=2, presence_penalty=0.0, frequency_penalty=-1.0)
    assert json.loads(CHAT_SURFACE.encode(asked, stream=True)) == {
        "model": "m", "max_tokens": 3,
        "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "hi"}],
        "temperature": 0.5, "top_p": 0.9, "stop": ["x"], "user": "u", "n": 2, "presence_penalty": 0.0,
        "frequency_penalty": -1.0, "stream": True, "stream_options": {"include_usage": True}, "tools": [{"name": "t"}],
    }  # fmt: skip


def test_count_body() -> None:
    assert json.loads(MESSAGES_SURFACE.encode_count(request(system="s"))) == {
        "model": "m", "system": "s", "messages": [{"role": "user", "content": "hi"}],
    }  # fmt: skip


def test_leading_system_messages_become_the_system() -> None:
    blocks = [{"type": "text", "text": "b"}, {"type": "text", "text": "c"}]
    prompt = [
        {"role": "system", "content": "a"},
        {"role": "system", "content": blocks},
        {"role": "user", "content": "hi"},
    ]
    body = json.loads(MESSAGES_SURFACE.encode(request(prompt=prompt, system="s"), stream=False))
    assert body["system"] == "s\n\na\n\nb\n\nc"
    assert body["messages"] == [{"role": "user", "content": "hi"}]
    image = [{"role": "system", "content": [{"type": "image"}]}, {"role": "user", "content": "hi"}]
    with pytest.raises(ConfigurationError, match="text only"):
        MESSAGES_SURFACE.encode(request(prompt=image), stream=False)


@pytest.mark.parametrize("field", [{"n": 2}, {"presence_penalty": 0.0}, {"frequency_penalty": 1.0}])
def test_what_the_messages_surface_does_not_have(field: dict[str, Any]) -> None:
    (name,) = field
    with pytest.raises(NotOfferedError, match=name):
        MESSAGES_SURFACE.encode(request(**field), stream=False)
    with pytest.raises(NotOfferedError, match="name"):
        MESSAGES_SURFACE.encode(request(prompt=Message("user", "hi", name="ann")), stream=False)
    named = json.loads(CHAT_SURFACE.encode(request(prompt=Message("user", "hi", name="ann")), stream=False))
    assert named["messages"] == [{"role": "user", "content": "hi", "name": "ann"}]


@both
@pytest.mark.parametrize("prompt", ["\ud83d", [{"role": "user", "content": [object()]}]])
def test_what_cannot_be_written(surface: MessagesSurface | ChatSurface, prompt: Any) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written as JSON"):
        surface.encode(request(prompt=prompt), stream=False)


@pytest.mark.parametrize(
    "prompt", ["", "  ", [], 7, None, [7], [{"content": "x"}], {"role": "wizard", "content": "x"}, b"hi"]
)
def test_no_prompt(prompt: Any) -> None:
    with pytest.raises(ConfigurationError):
        request(prompt=prompt)


@pytest.mark.parametrize("limit", [0, -1, True, 1.0, "9", None])
def test_max_tokens(limit: Any) -> None:
    with pytest.raises(ConfigurationError, match="max_tokens"):
        request(max_tokens=limit)
