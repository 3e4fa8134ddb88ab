"""What is shown folded: one place where HTML is written, and nothing a model or a tool says can leave its block."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from markdown_it import MarkdownIt

from caicaini_nb.display.folds import MOST, as_json, call_text, code, thinking_fold, tool_card
from caicaini_nb.tools.tool import ToolRun

HOSTILE = [
    "```\n<img src=x onerror=alert(1)>\n```",
    "````\n</details><script>alert(1)</script>",
    "~~~\n```````\n</code></pre><b>",
    "</details>\n\n# Heading\n\n[a](javascript:alert(1))",
    "\x1b[31mred\x1b[0m \u202etxt",
]


def code_blocks(markdown: str) -> list[str]:
    return [token.content for token in MarkdownIt("commonmark").parse(markdown) if token.type == "fence"]


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.add(tag)


def tags(html: str) -> set[str]:
    """The elements a browser would make of it."""
    parser = Elements()
    parser.feed(html)
    return parser.found


def test_the_check_sees_an_element() -> None:
    assert tags(MarkdownIt("commonmark").render("</details>\n\n[a](https://x) <img src=x>")) == {"p", "a", "img"}


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_said_stays_in_its_block(text: str) -> None:
    run = ToolRun("t1", "look", {"x": text}, text, ms=3.0)
    for markdown in (thinking_fold(text), tool_card(run)):
        blocks = code_blocks(markdown)
        assert tags(MarkdownIt("commonmark").render(markdown)) <= {
            "details",
            "summary",
            "blockquote",
            "p",
            "pre",
            "code",
        }
        assert "\x1b" not in markdown
        assert "\u202e" not in markdown
        assert len(blocks) == (2 if "Called" in markdown else 1)


def test_a_card_says_what_was_called_and_what_came_of_it() -> None:
    card = tool_card(ToolRun("t1", "convert", {"amount": 3.5, "to": "EUR"}, '{"eur": 3.2}', ms=12.4))
    assert "<code>convert(amount=3.5, to=&#x27;EUR&#x27;)</code> · 12 ms</summary>" in card
    arguments, result = code_blocks(card)
    assert json.loads(arguments) == {"amount": 3.5, "to": "EUR"}
    assert result == '{"eur": 3.2}\n'


def test_a_card_of_an_error_without_arguments() -> None:
    run = ToolRun("t1", "rm_rf", None, "There is no tool 'rm_rf'.", is_error=True)
    assert call_text(run) == "rm_rf(…)"
    assert "</code> · error</summary>" in tool_card(run)
    assert len(code_blocks(tool_card(run))) == 1


def test_long_texts_are_cut_and_say_so() -> None:
    shown = code("x" * (MOST + 1234), "text")
    assert "1,234 more characters" in shown
    assert len(shown) < MOST + 100


@dataclass
class Line:
    what: str
    when: date


class Model:
    def model_dump(self, mode: str) -> dict[str, Any]:
        return {"mode": mode}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([Line("tea", date(2026, 11, 1))], [{"what": "tea", "when": "2026-11-01"}]),
        (Model(), {"mode": "json"}),
        ({"a": None}, {"a": None}),
        (3 + 4j, "(3+4j)"),
    ],
)
def test_any_value_as_json(value: Any, expected: Any) -> None:
    assert json.loads(as_json(value)) == expected
