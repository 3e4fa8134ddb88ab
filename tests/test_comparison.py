"""A comparison shows itself: figures side by side, unknown as unknown, each answer kept within its own place."""

from __future__ import annotations

import pandas as pd
import pytest
from markdown_it import MarkdownIt

from caicaini_nb.comparison.comparison import COLUMNS, Comparison, Side
from caicaini_nb.errors import Interrupted, RateLimitError, TruncatedStreamError
from caicaini_nb.reply import Choice, Reply, TextBlock, Timing
from caicaini_nb.usage import Usage


def reply(text: str, provider: str = "caicaini", usage: Usage = Usage(12, 7, 0, 0, 2), **fields: object) -> Reply:  # noqa: B008 - frozen
    """A whole streamed answer of the sandbox."""
    known: dict[str, object] = {"model": "deepseek-chat" if provider == "cailag" else "caicaini/haiku"}
    known |= {"origin": "sandbox", "engine": "rules", "timing": Timing(5.0, 20.0, 8.0)} | fields
    choices = (Choice(0, (TextBlock(text),), "end_turn"),)
    return Reply(choices, usage, provider=provider, **known)  # type: ignore[arg-type]  # a test may leave any out


def side(text: str, model: str = "caicaini/auto", **fields: object) -> Side:
    answered = reply(text, **fields)  # type: ignore[arg-type]
    return Side(model, answered.provider or "", text, answered)


def rendered(shown: Comparison) -> str:
    """The page a front end makes of it that lets HTML through."""
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(shown._repr_markdown_()))


CAILAG = {"provider": "cailag", "usage": Usage(1_000_000, 1_000_000)}
FAILED = Side("caicaini/opus", "caicaini", error=RateLimitError("Too | many <b>requests</b>"))
RUNNING = Side("caicaini/kimi", "caicaini", "So far")


def test_a_cost_stands_in_its_providers_own_unit() -> None:
    free = side("x", usage=Usage(12, 7, 0, 0, None))
    cailag = side("x", "deepseek-chat", **CAILAG)
    assert [side("x").cost, free.cost, cailag.cost] == ["2 credits", "unknown", "¥2.43"]
    assert side("x", "deepseek-chat", provider="cailag", usage=Usage(None, 7)).cost == "unknown"
    assert side("x", cached=True).cost == "0 credits, cached"
    assert FAILED.cost == "none"
    assert RUNNING.cost == "…"


def test_a_frame_has_the_documented_columns_whatever_is_unknown() -> None:
    for sides in ([side("a"), FAILED, RUNNING], [FAILED], [side("a", "deepseek-chat", **CAILAG)]):
        frame = Comparison(tuple(sides)).frame()
        assert {name: str(kind) for name, kind in frame.dtypes.items()} == COLUMNS
    frame = Comparison((side("a"), FAILED, side("b", "deepseek-chat", **CAILAG))).frame().set_index("model")
    assert frame.credits["caicaini/auto"] == 2
    assert pd.isna(frame.credits["deepseek-chat"])
    assert frame.cny["deepseek-chat"] == 2.43
    assert pd.isna(frame.cny["caicaini/auto"])
    assert frame.error["caicaini/opus"] == "RateLimitError"
    assert frame.message["caicaini/opus"].startswith("Too | many <b>requests</b>. Wait for")
    assert pd.isna(frame.text["caicaini/opus"])


def test_short_answers_stand_in_the_table() -> None:
    shown = Comparison((side("4"), side("four", "deepseek-chat", **CAILAG)))
    head, _, first, second = shown._repr_markdown_().split("\n")
    assert head.split(" | ")[-1] == "answer |"
    assert first.split(" | ")[-4:] == ["2 credits", "8 ms", "20 ms", "4 |"]
    assert second.endswith("| four |")
    assert "sandbox · rules" in first
    assert "caicaini/auto" in repr(shown)
    assert "first token" not in shown.markdown(steady=True)


def test_plain_mode_leaves_out_the_times(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Comparison((side("4"),))
    assert "8 ms" in repr(shown)
    monkeypatch.setenv("CAICAINI_PLAIN", "1")
    assert "8 ms" not in repr(shown) + shown._repr_markdown_()


def test_an_answer_cannot_reach_out_of_its_place() -> None:
    fence = "Look:\n\n```python\nopen"
    shown = Comparison((side(fence), side("<img src=x onerror=alert(1)>\n\n# Big", "deepseek-chat"), FAILED))
    page = rendered(shown)
    assert page.count("<blockquote>") == page.count("</blockquote>") == 3
    assert page.index("</blockquote>") < page.index("<strong>deepseek-chat</strong>")
    assert "<img" not in page
    assert "<b>" not in page
    assert "Too | many &lt;b&gt;requests&lt;/b&gt;" in page


@pytest.mark.parametrize("text", ["a | b", "[a](http://e.example)", "`x", "<script>", "a\x1b[31mb", "![i](http://e/x)"])
def test_a_short_answer_stays_in_its_cell(text: str) -> None:
    shown = Comparison((side(text),))
    page = rendered(shown)
    assert page.count("<td>") == 9
    assert not any(tag in page for tag in ("<script", "<a ", "<img"))
    assert "\x1b" not in page + repr(shown)


def test_what_failed_says_why_and_keeps_its_text() -> None:
    broken = Side("m", "caicaini", "half", reply("half", complete=False), TruncatedStreamError("The stream broke off"))
    stopped = Side("n", "caicaini", "", None, Interrupted())
    shown = Comparison((broken, stopped, side("whole")))
    assert not shown.complete
    assert list(shown.replies) == ["m", "caicaini/auto"]
    assert list(shown.errors) == ["m", "n"]
    assert shown.text == "half\n\nwhole"
    assert "half [TruncatedStreamError: The stream broke off." in repr(shown)
    assert "Interrupted: no answer had come" in repr(shown)
    assert shown.metadata()[1] == {"asked": "n", "error": "Interrupted: no answer had come"}
    assert shown.metadata()[2]["usage"]["credits"] == 2
