"""A whole reply as one output: rounds in order, thinking and tool calls folded, data as JSON."""

from __future__ import annotations

from typing import Any

from caicaini_nb.display.answer import has_something, in_markdown, in_text
from caicaini_nb.display.receipt import Receipt
from caicaini_nb.reply import Choice, Reply, TextBlock, ThinkingBlock, ToolUseBlock
from caicaini_nb.tools.tool import ToolRun
from caicaini_nb.usage import Usage


def reply(*blocks: Any, **fields: Any) -> Reply:
    usage = fields.pop("usage", Usage(10, 5, credits=2))
    known: dict[str, Any] = {"provider": "caicaini", "origin": "sandbox", "engine": "rules", "model": "caicaini/sonnet"}
    return Reply(choices=(Choice(0, blocks, "end_turn"),), usage=usage, **known, **fields)


ASKS = reply(
    ThinkingBlock("I need the weather."),
    TextBlock("Let me look."),
    ToolUseBlock("t1", "weather", {"city": "Oslo"}),
    runs=(ToolRun("t1", "weather", {"city": "Oslo"}, "4 °C", ms=2.0),),
)
TOLD = reply(TextBlock("It is 4 °C."), earlier=(ASKS,))


def test_rounds_in_their_order() -> None:
    shown = in_markdown(TOLD)
    order = ["I need the weather.", "Let me look.", "weather(city=", "It is 4 °C."]
    assert [shown.index(part) for part in order] == sorted(shown.index(part) for part in order)
    assert in_text(TOLD) == "[thinking: 19 characters]\n\nLet me look.\n\n[weather(city='Oslo') → 4 °C]\n\nIt is 4 °C."


def test_a_receipt_adds_the_rounds_up() -> None:
    parts = Receipt(TOLD).parts(steady=True)
    assert "2 rounds" in parts
    assert "20 tokens in, 10 out" in parts
    assert "4 credits" in parts
    assert Receipt(TOLD).metadata()["usage"]["credits"] == 4


def test_one_unknown_round_makes_the_sum_unknown() -> None:
    told = reply(TextBlock("It is 4 °C."), earlier=(reply(usage=Usage(1, None)),))
    assert "credits unknown" in Receipt(told).parts(steady=True)


def test_a_cached_reply_cost_nothing() -> None:
    parts = Receipt(reply(TextBlock("It is 4 °C."), cached=True, id="msg_1")).parts()
    assert parts == ["sandbox · rules", "caicaini/sonnet", "cached · 0 credits", "msg_1"]


def test_data_is_shown_once_as_json() -> None:
    found = reply(TextBlock('{"total": 21.84}'), value={"total": 21.84}, earlier=(reply(TextBlock("no data")),))
    assert in_markdown(found) == '```json\n{\n  "total": 21.84\n}\n```'
    assert in_text(found) == '{\n  "total": 21.84\n}'


def test_several_answers_are_numbered() -> None:
    both = Reply(choices=(Choice(0, (TextBlock("one"),), None), Choice(1, (TextBlock("two"),), None)))
    assert in_markdown(both) == "one\n\n**2**\n\ntwo"
    assert in_text(both) == "one\n\ntwo"


def test_nothing_is_nothing() -> None:
    assert not has_something(Reply())
    assert has_something(ASKS)
    assert has_something(reply(value=0))
