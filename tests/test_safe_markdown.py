"""No text, whatever it is, comes out as Markdown that acts; and what it says is still there."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from caicaini_nb.display.safe_markdown import disarm, escape, without_controls
from tests.browser.payloads import payloads

# A front end that lets everything through: what comes out of `disarm` has to be harmless even here.
OPEN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PIECES = st.sampled_from(
    [
        *"<>[]()!`~*_#|\\&\"'/:=-+.$ \t\n",
        *(
            "\n\n",
            "```",
            "~~~",
            "](",
            "![",
            "[a]: ",
            "$$",
            "\\(",
            "\\)",
            "\\[",
            "\\]",
            "    ",
            "> ",
            "- ",
            "1. ",
            "| --- |",
        ),
        *("<img src=x>", "<script>", "</script>", "<!--", "-->", "&lt;", "&#60;", "<a href=", "<svg/onload=a>"),
        *(
            "http://a.example/b",
            "https://a.example/b?c=d",
            "javascript:alert(1)",
            "data:text/html,a",
            "mailto:a@b.example",
        ),
        *(
            "<http://a.example>",
            "<javascript:a>",
            "www.a.example",
            "word",
            "漢字",
            "é",
            "\u2028",
            "\u200b",
            "😀",
            "\x00",
            "\ue0000\ue001",
        ),
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=30).map("".join), st.text(max_size=80))
WORDS = re.compile(r"[^\W_]+")


def tokens(markdown: str) -> Iterator[Token]:
    for block in OPEN.parse(markdown):
        yield block
        yield from block.children or ()


def acting(markdown: str) -> list[str]:
    """What in this Markdown would act in a front end that lets raw HTML through."""
    found = []
    for token in tokens(markdown):
        if token.type in ("html_block", "html_inline", "image"):
            found.append(f"{token.type} {token.content}")
        if token.type == "link_open" and urlsplit(str(token.attrs["href"])).scheme not in ("http", "https", "mailto"):
            found.append(f"link {token.attrs['href']}")
    return found


def said(markdown: str) -> str:
    """The text a reader sees."""
    return "".join(
        "\n" if token.type in ("softbreak", "hardbreak") else token.content
        for token in tokens(markdown)
        if token.type not in ("inline",)
    )


@given(TEXTS)
@example("<img src=x>")
@example("$a$ <img src=x> $b$")
@example("`$a` <img src=x> `b$`")
@example("\\(a\\) ![x](http://a.example)")
def test_nothing_acts(text: str) -> None:
    assert acting(disarm(text)) == []


@given(TEXTS)
def test_nothing_acts_while_it_streams(text: str) -> None:
    for end in range(0, len(text), 7):
        assert acting(disarm(text[:end])) == []


@pytest.mark.parametrize("payload", payloads("http://127.0.0.1:1/"))
def test_no_payload_acts(payload: str) -> None:
    assert acting(disarm(payload)) == []


def test_the_check_sees_what_acts() -> None:
    armed = "<img src=x> ![x](http://a.example) [a](ftp://a.example)\n\n<div>\n"
    assert len(acting(armed)) == 4


PROSE = st.lists(
    st.sampled_from(["word", "two", "漢字", "a1", "<b>", "1 < 2", "[x]", "a_b_c", "x*y", "#", "5$", "&", "|"]),
    max_size=20,
)


@given(PROSE.map(" ".join))
def test_the_words_survive(text: str) -> None:
    before, after = (WORDS.findall(said(each)) for each in (text.replace("<", "\\<"), disarm(text)))
    assert after == before


@given(TEXTS)
def test_escaped_text_shows_just_itself(text: str) -> None:
    text = " ".join(without_controls(text).split())
    assert unescape("".join(said(escape(text)).split())) == unescape("".join(text.split()))


@pytest.mark.parametrize("text", ["", "Plain, with *emphasis* and `code`.", "# A\n\n- b\n- c\n", "1 & 2"])
def test_harmless_markdown_passes_as_it_is(text: str) -> None:
    assert disarm(text) == text


KEPT = {
    "emphasis": ("*a* **b** [x]", "*a* **b** \\[x\\]"),
    "formula": ("$a_1 + b_2$ <b>", "$a_1 + b_2$ \\<b\\>"),
    "price": ("$5 or $6 [x]", "\\$5 or \\$6 \\[x\\]"),
    "code": ("`a<b>` [x]", "`a<b>` \\[x\\]"),
    "address": ("<https://a.example/b>", "<https://a.example/b>"),
    "link": ("[a](https://a.example/b)", "[a](<https://a.example/b>) (a.example)"),
    "mail": ("[a](mailto:a@b.example)", "[a](<mailto:a@b.example>) (a@b.example)"),
    "script": ("[a](javascript:a)", "\\[a\\](javascript:a)"),
    "image": ("![a](https://b.example/c.png)", "\\[image at b.example, not loaded: a\\]"),
    "fence": ("```html\n<b>\n```", "```html\n<b>\n```"),
}


@pytest.mark.parametrize(("text", "shown"), KEPT.values(), ids=KEPT)
def test_what_is_meant_is_kept(text: str, shown: str) -> None:
    assert disarm(text) == shown


@pytest.mark.parametrize(
    "unit", ["<", "[", "![", "`", "$", "> ", "- <", "[a](", "*a", "|<|\n", "\\(", "<!--", "$$", "https://a"]
)
def test_no_text_takes_long(unit: str) -> None:
    started = time.perf_counter()
    assert acting(disarm(unit * (20_000 // len(unit)))) == []
    assert time.perf_counter() - started < 10
