"""Conversations: order, and what running a cell again does."""

from __future__ import annotations

from caicaini_nb.conversation import Conversation


def said(conversation: Conversation, prompt: str, cell: str | None) -> list[str]:
    return [str(message.content) for message in conversation.messages(prompt, cell)]


def test_later_cells_hear_earlier_turns() -> None:
    chat = Conversation("tour")
    chat.record("one", "1", "a")
    chat.record("two", "2", "b")
    assert said(chat, "three", "c") == ["one", "1", "two", "2", "three"]


def test_running_a_cell_again_replaces_its_turn() -> None:
    chat = Conversation("tour")
    for cell, prompt in (("a", "one"), ("b", "two"), ("c", "three")):
        chat.record(prompt, prompt.upper(), cell)
    assert said(chat, "two again", "b") == ["one", "ONE", "two again"]
    chat.record("two again", "2", "b")
    assert [turn.prompt for turn in chat.turns] == ["one", "two again", "three"]


def test_without_cell_ids_turns_are_appended() -> None:
    chat = Conversation("tour")
    chat.record("one", "1", None)
    chat.record("one", "1", None)
    assert said(chat, "two", None) == ["one", "1", "one", "1", "two"]
