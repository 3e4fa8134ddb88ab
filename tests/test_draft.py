"""A draft: what is finished comes once, what is not is the tail."""

from __future__ import annotations

from caicaini_nb.display.draft import TAIL, Draft


def test_kinds_follow_one_another() -> None:
    draft = Draft()
    draft.add("thinking", "First ")
    draft.add("thinking", "this.")
    assert draft.tail.startswith("<details><summary>Thinking …</summary>")
    assert "First this." in draft.tail
    assert list(draft.take()) == []

    draft.add("text", "The *answer*")
    (thought,) = draft.take()
    assert "First this." in thought
    assert draft.tail == "The *answer*"

    draft.add("card", "a card")
    assert list(draft.take()) == ["The *answer*", "a card"]
    assert draft.tail == ""

    draft.add("data", '{"a": ')
    draft.add("data", "1}")
    assert draft.tail == '```json\n{"a": 1}\n```'


def test_everything_is_shown_in_the_order_it_came() -> None:
    draft = Draft()
    shown: list[str] = []
    for number in range(40):
        draft.add(("text", "card", "thinking")[number % 3], f"part {number} ")
        shown += draft.take()
    everything = "".join([*shown, draft.tail])
    places = [everything.index(f"part {number} ") for number in range(40)]
    assert places == sorted(places)


def test_long_thinking_sends_only_its_end_again() -> None:
    draft = Draft()
    for _ in range(1000):
        draft.add("thinking", "word " * 10)
    assert len(draft.tail) < TAIL + 200


def test_raw_html_of_a_model_is_disarmed() -> None:
    draft = Draft()
    draft.add("text", "<script>alert(1)</script>")
    assert "<script>" not in draft.tail
    draft.add("card", "x")
    assert all("<script>" not in block for block in draft.take())
