"""Conversations in Python: on both surfaces and providers, sent and streamed, with pictures and tools."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import PIL.Image
import pytest

import caicaini_nb.chat
from caicaini_nb import Client, connect
from caicaini_nb.chat import Chat
from caicaini_nb.content import ToolResult
from caicaini_nb.errors import CaicainiError, ConfigurationError
from caicaini_nb.pictures.images import ImageChangedWarning
from caicaini_nb.place import Place
from caicaini_nb.reply import Reply
from caicaini_nb.request import Message
from caicaini_nb.sandbox import Sandbox
from tests.fake_service import End, FakeService, answer, dial, error, stream
from tests.wire.replies import CHAT_PLAIN, MESSAGES_PLAIN, MESSAGES_TEXT, chat_stream

SURFACES = [("caicaini", "messages"), ("caicaini", "chat"), ("cailag", "chat")]
surfaces = pytest.mark.parametrize(("provider", "surface"), SURFACES)
streamed = pytest.mark.parametrize("is_streamed", [False, True], ids=["send", "stream"])


def png(width: int = 30, height: int = 20) -> bytes:
    content = BytesIO()
    PIL.Image.new("RGB", (width, height), "red").save(content, "PNG")
    return content.getvalue()


PNG = png()
PICTURE = base64.b64encode(PNG).decode()
PICTURE_ON_THE_WIRE = {
    "messages": {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PICTURE}},
    "chat": {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}},
}
CHAT_TEXT = chat_stream(
    [
        {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Grüße 🎈!"}}]},
        {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    ]
)
PLAIN = {
    "messages": {**MESSAGES_PLAIN, "content": [{"type": "text", "text": "Plain."}], "stop_reason": "end_turn"},
    "chat": {
        **CHAT_PLAIN,
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "Plain."}, "finish_reason": "stop"},
        ],
    },
}
STREAM = {"messages": MESSAGES_TEXT, "chat": CHAT_TEXT}


def say(chat: Chat, prompt: Any, is_streamed: bool, **asked: Any) -> Reply:
    if not is_streamed:
        return chat.send(prompt, **asked)
    with chat.stream(prompt, **asked) as arriving:
        for _ in arriving:
            pass
    return arriving.reply


def played(surface: str, is_streamed: bool) -> Any:
    return stream(STREAM[surface], end=End.CLOSE) if is_streamed else answer(PLAIN[surface])


@pytest.fixture
def sandboxed(sandbox: Sandbox, provider: str) -> Iterator[Client]:
    key = sandbox.mint_key()
    base = sandbox.base_url if provider == "caicaini" else sandbox.cailag_base_url
    with connect(provider, base=base, key=key) as connected:
        yield connected
    sandbox.revoke_key(key)


@surfaces
@streamed
def test_a_conversation_remembers(sandboxed: Client, surface: str, is_streamed: bool) -> None:
    chat = sandboxed.chat("tour")
    say(chat, "My name is Ada.", is_streamed, surface=surface)
    assert "Ada" in say(chat, "What is my name?", is_streamed, surface=surface).text
    assert [message.role for message in chat.messages] == ["user", "assistant"] * 2
    assert "Ada" not in say(sandboxed.chat(), "What is my name?", is_streamed, surface=surface).text


@surfaces
@streamed
def test_pictures_reach_the_sandbox_and_stay(sandboxed: Client, provider: str, surface: str, is_streamed: bool) -> None:
    chat = sandboxed.chat()
    asked = {"surface": surface, "model": "glm-4v-plus" if provider == "cailag" else None}
    first = say(chat, "How large is this picture?", is_streamed, images=png(300, 200), **asked)
    without = say(sandboxed.chat(), "How large is this picture?", is_streamed, **asked)
    assert first.usage.input_tokens is not None
    assert without.usage.input_tokens is not None
    assert first.usage.input_tokens - without.usage.input_tokens == 300 * 200 // 750
    again = say(chat, "Are you sure?", is_streamed, **asked)
    assert again.usage.input_tokens is not None
    assert again.usage.input_tokens > 300 * 200 // 750


@surfaces
@streamed
def test_what_goes_over_the_wire(service: FakeService, provider: str, surface: str, is_streamed: bool) -> None:
    service.play(played(surface, is_streamed))
    with dial(service, provider) as client:
        chat = client.chat()
        said = say(chat, "What is it?", is_streamed, surface=surface, images=[PNG], system="Be brief.").text
        say(chat, "Sure?", is_streamed, surface=surface)
    first, second = (received.json for received in service.received)
    turn = {"role": "user", "content": [PICTURE_ON_THE_WIRE[surface], {"type": "text", "text": "What is it?"}]}
    assert [message for message in first["messages"] if message["role"] != "system"] == [turn]
    assert "Be brief." in service.received[0].body.decode()
    assert second["messages"] == [
        turn,
        {"role": "assistant", "content": said},
        {"role": "user", "content": "Sure?"},
    ]
    assert "Be brief." not in service.received[1].body.decode()


@surfaces
@streamed
def test_a_turn_that_fails_is_not_kept(service: FakeService, provider: str, surface: str, is_streamed: bool) -> None:
    service.play(error(400, "invalid_request_error"))
    with dial(service, provider) as client:
        chat = client.chat()
        with pytest.raises(CaicainiError):
            say(chat, "One", is_streamed, surface=surface)
        service.play(played(surface, is_streamed))
        say(chat, "Two", is_streamed, surface=surface)
    assert [message.content for message in chat.messages if message.role == "user"] == ["Two"]


@pytest.mark.parametrize("surface", ["messages", "chat"])
def test_a_stream_that_breaks_or_is_left_is_not_kept(service: FakeService, surface: str) -> None:
    whole = STREAM[surface]
    with dial(service) as client:
        chat = client.chat()
        service.play(stream(whole[: len(whole) // 2]))
        with pytest.raises(CaicainiError):
            say(chat, "One", True, surface=surface)
        service.play(stream(whole))
        with chat.stream("Two", surface=surface) as left:
            next(left)
    assert chat.messages == ()


def test_a_changed_picture_is_a_warning_at_the_callers_line(client: Client) -> None:
    content = BytesIO()
    PIL.Image.new("RGB", (9, 9)).save(content, "BMP")
    for asker in (client, client.chat()):
        with pytest.warns(ImageChangedWarning) as caught:
            asker.send("What is it?", images=content.getvalue())
        assert [item.filename for item in caught] == [__file__]


def test_a_reply_that_was_paid_for_already_is_kept(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.send("What is 2 + 2?")
    monkeypatch.setattr(Client, "_recalled", lambda self, plan: first)
    chat = client.chat()
    assert say(chat, "What is 2 + 2?", True) == first
    assert len(chat.messages) == 2


def test_a_cell_run_again_says_its_turn_anew(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    where = Place("tour.ipynb", "a", "run 1")
    monkeypatch.setattr(caicaini_nb.chat, "here", lambda: where)
    chat = client.chat()
    chat.send("My name is Ada.")
    chat.send("I like tea.")
    where = Place("tour.ipynb", "b", "run 2")
    assert "Ada" in chat.send("What is my name?").text
    where = Place("tour.ipynb", "a", "run 3")
    chat.send("My name is Grace.")
    assert [turn.prompt for turn in chat._conversation.turns] == ["My name is Grace.", "What is my name?"]


def test_tools_run_in_a_conversation_and_are_told_again(client: Client) -> None:
    def population(city: str) -> int:
        """How many people live in a city."""
        return 2_800_000

    chat = client.chat()
    reply = chat.run_tools("What is the population of Rome?", tools=[population])
    (round_,) = reply.earlier
    assert [run.name for run in round_.runs] == ["population"]
    roles = [message.role for message in chat.messages]
    assert roles == ["user", "assistant", "user", "assistant"]
    chat.send("Thank you.")
    chat.send("And of Paris?", tools=[population])
    assert len(chat.messages) >= 8


def test_a_call_is_answered_by_the_next_turn(client: Client) -> None:
    tool = {
        "name": "population",
        "description": "How many people live in a city.",
        "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    }
    chat = client.chat()
    (call,) = chat.send("What is the population of Rome?", tools=[tool], tool_choice="any").tool_uses
    reply = chat.send(Message("user", [ToolResult(call.id, "2,800,000")]), tools=[tool])
    assert reply.stop_reason == "end_turn"
    assert chat.send("Thank you.").stop_reason == "end_turn"


@pytest.mark.parametrize(
    "prompt",
    [[], [Message("user", "a"), Message("user", "b")], Message("system", "a"), {"role": "tool", "content": ""}],
)
def test_one_user_turn_at_a_time(client: Client, prompt: Any) -> None:
    with pytest.raises(ConfigurationError, match="one user turn at a time"):
        client.chat().send(prompt)


def test_the_options_are_spelled_out() -> None:
    import inspect

    for function in (Chat.send, Chat.stream, Chat.run_tools, Chat.preview):
        assert {"prompt", "images", "system", "model"} <= set(inspect.signature(function).parameters)


def test_it_shows_itself(client: Client) -> None:
    chat = client.chat("tour")
    chat.send("What is 6 * 7?", images=PNG)
    assert "1 turn" in repr(chat)
    markdown = chat._repr_markdown_()
    assert "What is 6 * 7?" in markdown or "What is 6 \\* 7?" in markdown
    assert "picture: image/png" in markdown
    chat.reset()
    assert "nothing said yet" in repr(chat)
