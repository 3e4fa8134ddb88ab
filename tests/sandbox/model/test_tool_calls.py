"""Calls in a model's text: found in every form small models write, at every split; other text passes at once."""

from __future__ import annotations

import pytest

from caicaini_nb.sandbox.model.thoughts import ThoughtReader
from caicaini_nb.sandbox.model.tool_calls import CallReader, Found, calls_in

OFFERED = ("get_weather", "search")
PARIS = Found("get_weather", {"city": "Paris"})
BARE = '{"name": "get_weather", "arguments": {"city": "Paris"}}'

FORMS = {
    "bare": (BARE, [PARIS]),
    "tag": (f"<tool_call>\n{BARE}\n</tool_call>", [PARIS]),
    "unclosed tag": (f"<tool_call>\n{BARE}", [PARIS]),
    "fence": (f"```json\n{BARE}\n```", [PARIS]),
    "fence without a language": (f"```\n{BARE}\n```\n", [PARIS]),
    "after words": (f"I look it up:\n```json\n{BARE}\n```", [PARIS]),
    "two in a fence": (f'```json\n{BARE}\n{{"name": "search", "arguments": {{}}}}\n```', [PARIS, Found("search", {})]),
    "two tags": (f"<tool_call>{BARE}</tool_call>\n<tool_call>{BARE}</tool_call>", [PARIS, PARIS]),
    "list": (f"[{BARE}, {BARE}]", [PARIS, PARIS]),
    "parameters": ('{"name": "get_weather", "parameters": {"city": "Paris"}}', [PARIS]),
    "arguments as text": ('{"name": "get_weather", "arguments": "{\\"city\\": \\"Paris\\"}"}', [PARIS]),
    "wrapped": (f'{{"type": "function", "function": {BARE}}}', [PARIS]),
    "no arguments": ('{"name": "search"}', [Found("search", None)]),
    "arguments of a wrong type": ('{"name": "search", "arguments": [1]}', [Found("search", None)]),
    "a name not on offer": ('{"name": "delete_all", "arguments": {"x": 1}}', [Found(None, {"x": 1})]),
    "a near twin": ('{"name": "Get_Weather", "arguments": {}}', [Found(None, {})]),
    "a dunder": ('{"name": "__import__", "arguments": {"name": "os"}}', [Found(None, {"name": "os"})]),
    "line ends in a string": ('{"name": "search", "arguments": {"q": "a\nb"}}', [Found("search", {"q": "a\nb"})]),
    "JSON about something else": ('{"name": "Ada", "age": 36}', []),
    "cut short": ('{"name": "get_weather", "arguments": {"city": "Par', []),
    "code": ("```python\nprint({'name': 'search'})\n```", []),
    "prose": ("It is sunny in Paris.", []),
    "braces in prose": ("Write {x} or [1] or {}.", []),
}


@pytest.mark.parametrize(("text", "calls"), FORMS.values(), ids=FORMS)
def test_calls_are_found_at_every_split(text: str, calls: list[Found]) -> None:
    for size in (1, 2, 3, 7, len(text)):
        reader = CallReader(OFFERED)
        shown = "".join(reader.feed(text[at : at + size]) for at in range(0, len(text), size))
        found, rest = reader.finish()
        assert found == calls
        assert "get_weather" not in shown
        if not calls:
            assert shown + rest == text


def test_a_call_is_never_shown_and_its_preamble_is(tmp_path: object) -> None:
    reader = CallReader(OFFERED)
    assert reader.feed("I look it up:\n") == "I look it up:\n"
    assert reader.feed(f"```json\n{BARE}\n```") == ""
    assert reader.finish() == ([PARIS], "")


def test_text_is_passed_on_as_it_comes() -> None:
    reader = CallReader(OFFERED)
    assert [reader.feed(part) for part in ("It ", "costs ", "<5", " and ``", "x")] == [
        "It ", "costs ", "<5", " and ", "``x",
    ]  # fmt: skip
    code = "```python\nx = 1\n```\n"
    assert reader.feed(code[:8]) == ""
    assert reader.feed(code[8:] + "Done") == code + "Done"


def test_deep_nesting_is_text() -> None:
    assert calls_in("[" * 5_000, OFFERED) == []


THOUGHTS = {
    "none": (False, "Hello", [(False, "Hello")]),
    "tagged": (False, "<think>\nhm</think>\n\nYes", [(True, "hm"), (False, "Yes")]),
    "begun by the template": (True, "hm</think>Yes", [(True, "hm"), (False, "Yes")]),
    "never closed": (False, "<think>hm", [(True, "hm")]),
    "half a tag": (False, "a < b <thin", [(False, "a < b <thin")]),
}


@pytest.mark.parametrize(("inside", "text", "parts"), THOUGHTS.values(), ids=THOUGHTS)
def test_thinking_is_told_apart_at_every_split(inside: bool, text: str, parts: list[tuple[bool, str]]) -> None:
    for size in (1, 3, len(text)):
        reader = ThoughtReader(inside)
        found = [part for at in range(0, len(text), size) for part in reader.feed(text[at : at + size])]
        joined: list[tuple[bool, str]] = []
        for thinking, shown in found + reader.finish():
            if joined and joined[-1][0] == thinking:
                joined[-1] = (thinking, joined[-1][1] + shown)
            else:
                joined.append((thinking, shown))
        assert joined == parts
