"""Cutting answers: token by token, to max_tokens, a stop sequence or the end of the money."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from caicaini_nb.sandbox import tokens
from caicaini_nb.sandbox.composer import Closed, Composer, Delta, Opened, Part, gather
from caicaini_nb.sandbox.engine import Piece, Text, Thinking, ToolUse


def compose(
    *pieces: Piece, limit: int = 10**6, stops: tuple[str, ...] = (), funds: int = 10**6
) -> tuple[list[Part], Composer]:
    """Cut pieces and return the parts with the composer that cut them."""
    spent = 0

    def spend(count: int) -> bool:
        nonlocal spent
        spent += count
        return spent <= funds

    composer = Composer(limit, stops, spend, "toolu_")
    parts = [part for piece in pieces for part in composer.feed(piece)]
    return [*parts, *composer.finish()], composer


@given(st.lists(st.text(max_size=40), max_size=4))
def test_text_is_whole_and_counted(texts: list[str]) -> None:
    parts, composer = compose(*map(Text, texts))
    whole = "".join(texts)
    assert "".join(block.text for block in gather(parts)) == whole
    assert composer.stop_reason == "end_turn"
    assert len(gather(parts)) == (1 if texts else 0)


@given(st.text("ab ", max_size=30), st.lists(st.text("ab ", min_size=1, max_size=4), min_size=1, max_size=4))
def test_stop_sequences_cut_where_the_first_one_begins(text: str, stops: list[str]) -> None:
    parts, composer = compose(*map(Text, text), stops=tuple(stops))  # one character a piece: no help from pieces
    shown = "".join(block.text for block in gather(parts))
    ends = [text.find(stop) + len(stop) for stop in stops if stop in text]
    if not ends:
        assert (shown, composer.stop_reason) == (text, "end_turn")
        return
    made = text[: min(ends)]  # characters come one by one: the first sequence to be complete ends the answer
    assert composer.stop_reason == "stop_sequence"
    assert composer.stop_sequence in stops
    assert shown + (composer.stop_sequence or "") == made or made.startswith(shown)
    assert not any(stop in shown for stop in stops)


def test_a_stop_sequence_across_tokens_is_seen() -> None:
    text = "Observation: the sky is blue"
    parts, composer = compose(Text(text), stops=("sky is",))
    assert gather(parts)[0].text == "Observation: the "
    assert composer.stop_sequence == "sky is"


def test_max_tokens_is_a_hard_cap() -> None:
    text = "one two three four five six seven eight nine ten"
    for limit in range(1, tokens.count(text)):
        parts, composer = compose(Text(text), limit=limit)
        assert composer.output_tokens == limit
        assert composer.stop_reason == "max_tokens"
        assert text.startswith(gather(parts)[0].text)
    assert compose(Text(text), limit=tokens.count(text))[1].stop_reason == "end_turn"


def test_the_money_is_a_cap_too() -> None:
    _, composer = compose(Text("one two three four five six"), funds=3)
    assert (composer.output_tokens, composer.stop_reason) == (3, "max_tokens")


def test_blocks_open_and_close_in_order() -> None:
    parts, composer = compose(Thinking("Hm."), Text("So: "), Text("this."), ToolUse("a", {"x": 1}), ToolUse("b", {}))
    kinds = [part.kind for part in parts if isinstance(part, Opened)]
    assert kinds == ["thinking", "text", "tool_use", "tool_use"]
    assert [part.index for part in parts if isinstance(part, Closed)] == [0, 1, 2, 3]
    blocks = gather(parts)
    assert blocks[1].text == "So: this."
    assert json.loads(blocks[2].text) == {"x": 1}
    assert blocks[2].id != blocks[3].id
    assert blocks[2].id.startswith("toolu_")
    assert composer.stop_reason == "tool_use"


def test_a_cut_tool_call_is_no_whole_json() -> None:
    parts, composer = compose(ToolUse("look_up", {"city": "Llanfairpwllgwyngyll"}), limit=4)
    assert composer.stop_reason == "max_tokens"
    assert [part for part in parts if isinstance(part, Delta)]
    assert not gather(parts)[0].text.endswith("}")


def test_nothing_is_made_after_the_end() -> None:
    composer = Composer(1, (), lambda count: True, "toolu_")
    list(composer.feed(Text("one two three")))
    assert list(composer.feed(Text("more"))) == []
