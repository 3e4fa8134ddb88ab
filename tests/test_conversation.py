"""Conversations: order, what running a cell again does, and how tool calls and pictures are told again."""

from __future__ import annotations

from typing import Any

import pytest

from caicaini_nb.content import Image, ToolResult
from caicaini_nb.conversation import Conversation
from caicaini_nb.place import Place
from caicaini_nb.reply import Block, Choice, Reply, TextBlock, ThinkingBlock, ToolUseBlock
from caicaini_nb.request import Message
from caicaini_nb.tools.tool import ToolRun

NOWHERE = Place()
CALL = ToolUseBlock("t1", "weather", {"city": "Rome"})


def cell(name: str, run: str | None = None) -> Place:
    return Place("tour.ipynb", name, run)


def reply(*blocks: Block, stop_reason: str = "end_turn", **fields: Any) -> Reply:
    return Reply((Choice(0, blocks, stop_reason),), model="caicaini/auto", **fields)


def said(conversation: Conversation, prompt: str, place: Place) -> list[str]:
    return [str(message.content) for message in conversation.messages(prompt, place)]


def prompts(conversation: Conversation) -> list[str]:
    return [turn.prompt for turn in conversation.turns]


def test_later_cells_hear_earlier_turns() -> None:
    chat = Conversation("tour")
    chat.record("one", "1", cell("a"))
    chat.record("two", reply(TextBlock("2")), cell("b"))
    assert said(chat, "three", cell("c")) == ["one", "1", "two", "2", "three"]
    assert chat.turns[1].model == "caicaini/auto"


@pytest.mark.parametrize("runs", [(None, None), ("r1", "r2")], ids=["without run ids", "with run ids"])
def test_running_a_cell_again_replaces_its_turn(runs: tuple[str | None, str | None]) -> None:
    chat = Conversation("tour")
    for name, prompt in (("a", "one"), ("b", "two"), ("c", "three")):
        chat.record(prompt, prompt.upper(), cell(name, runs[0]))
    assert said(chat, "two again", cell("b", runs[1])) == ["one", "ONE", "two again"]
    chat.record("two again", "2", cell("b", runs[1]))
    assert prompts(chat) == ["one", "two again", "three"]


def test_without_cell_ids_turns_are_appended() -> None:
    chat = Conversation("tour")
    chat.record("one", "1")
    chat.record("one", "1", Place(run="r1"))
    assert said(chat, "two", NOWHERE) == ["one", "1", "one", "1", "two"]


def test_a_cell_that_says_several_things_replaces_them_together() -> None:
    chat = Conversation("tour")
    for prompt in ("one", "two", "three"):
        chat.record(prompt, "said", cell("a", "r1"))
    chat.record("after", "said", cell("b", "r2"))
    assert said(chat, "ONE", cell("a", "r3")) == ["ONE"]
    chat.record("ONE", "said", cell("a", "r3"))
    assert prompts(chat) == ["ONE", "after"]
    assert said(chat, "TWO", cell("a", "r3")) == ["ONE", "said", "TWO"]
    chat.record("TWO", "said", cell("a", "r3"))
    assert prompts(chat) == ["ONE", "TWO", "after"]


def test_pictures_are_told_again() -> None:
    chat, picture = Conversation("tour"), Image("image/png", b"png")
    chat.record(Message("user", (picture, TextBlock("What is it?"))), "A cat.")
    assert chat.messages("Sure?")[0].content == (picture, TextBlock("What is it?"))
    assert (chat.turns[0].prompt, chat.turns[0].pictures) == ("What is it?", (picture,))


def with_a_tool() -> Conversation:
    chat = Conversation("tour")
    first = reply(
        ThinkingBlock("hm"), TextBlock(""), CALL, stop_reason="tool_use", runs=(ToolRun("t1", "weather", {}, "sunny"),)
    )
    chat.record("Weather?", reply(TextBlock("Sunny."), earlier=(first,)))
    return chat


def test_tool_rounds_are_told_to_a_call_with_tools_only() -> None:
    chat = with_a_tool()
    assert [message.content for message in chat.messages("And now?")] == ["Weather?", "Sunny.", "And now?"]
    told = [message.content for message in chat.messages("And now?", with_tools=True)]
    assert told == ["Weather?", (CALL,), (ToolResult("t1", "sunny"),), "Sunny.", "And now?"]
    assert [message.content for message in chat.history()] == told[:-1]


def test_a_call_that_the_caller_answers_is_told_with_its_result() -> None:
    chat = Conversation("tour")
    chat.record("Weather?", reply(CALL, stop_reason="tool_use"))
    result = Message("user", (ToolResult("t1", "sunny"),))
    assert [message.content for message in chat.messages(result)] == ["Weather?", (CALL,), result.content]
    chat.record(result, reply(TextBlock("Sunny.")))
    assert [message.content for message in chat.messages("Bye")] == ["Weather?", "Sunny.", "Bye"]
    assert [message.role for message in chat.messages("Bye", with_tools=True)] == ["user", "assistant"] * 2 + ["user"]


def test_a_call_that_nobody_answered_leaves_no_half_turn() -> None:
    chat = Conversation("tour")
    chat.record("Weather?", reply(CALL, stop_reason="tool_use"))
    chat.record("Never mind", reply(TextBlock("Fine.")))
    for with_tools in (False, True):
        roles = [message.role for message in chat.messages("Bye", with_tools=with_tools)]
        assert roles == ["user", "assistant", "user"]


def test_data_is_told_as_json_and_its_repair_is_not() -> None:
    chat = Conversation("tour")
    call = ToolUseBlock("t9", "answer", {"total": 3})
    mended = reply(TextBlock("oops"))
    chat.record("Total?", reply(call, stop_reason="tool_use", value=object(), earlier=(mended,)))
    for with_tools in (False, True):
        told = [message.content for message in chat.messages("Sure?", with_tools=with_tools)]
        assert told == ["Total?", '{"total":3}', "Sure?"]


def test_reset_forgets() -> None:
    chat = with_a_tool()
    chat.reset()
    assert said(chat, "Hello", NOWHERE) == ["Hello"]
