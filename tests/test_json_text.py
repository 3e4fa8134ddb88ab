"""One JSON object found in a model's text, and nothing guessed."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caicaini_nb.schemas.json_text import read_data

DATA = {"a": [1, {"b": "}{"}], "c": None}
TEXT = json.dumps(DATA)

READ = {
    "alone": TEXT,
    "indented": json.dumps(DATA, indent=2),
    "blank around": f"\n  {TEXT}\n",
    "a fence": f"```json\n{TEXT}\n```",
    "a fence without a name": f"```\n{TEXT}\n```",
    "a fence in prose": f"Here you are:\n\n```json\n{TEXT}\n```\nAnything else?",
    "a fence on one line": f"```json {TEXT}```",
    "words before": f"Sure! {TEXT}",
    "words behind": f"{TEXT}\nThat is all.",
    "words around": f"The data: {TEXT}. Done.",
}


@pytest.mark.parametrize("text", READ.values(), ids=READ)
def test_one_object_is_found(text: str) -> None:
    assert read_data(text) == DATA


REFUSED = {
    "nothing": " ",
    "prose": "I cannot do that.",
    "half an object": TEXT[:-4],
    "half a fence": f"```json\n{TEXT[:-4]}\n```",
    "two objects": f"{TEXT} {TEXT}",
    "two fences": f"```json\n{TEXT}\n```\n```json\n{TEXT}\n```",
    "single quotes around a whole one": "{'a': {\"b\": 1}}",
    "braces in the prose": f"Take {{x}}: {TEXT}",
    "an array in prose": f"Here: [{TEXT}]",
    "not a number": '{"a": NaN}',
    "a comment": '{"a": 1 // one\n}',
    "a comma too many": '{"a": 1,}',
    "far too deep": '{"a":' * 100_000,
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_nothing_else_is_guessed(text: str) -> None:
    with pytest.raises(ValueError, match=r"^the answer"):
        read_data(text)


@pytest.mark.parametrize(("text", "value"), [("[1, 2]", [1, 2]), ('"a"', "a"), ("7", 7), (f"[{TEXT}]", [DATA])])
def test_other_whole_json_is_what_it_is(text: str, value: Any) -> None:
    assert read_data(text) == value


JSON = st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=9), max_size=4)


@given(JSON, st.text(st.characters(exclude_characters="{[`"), max_size=20), st.booleans())
def test_words_without_braces_never_matter(data: dict[str, Any], words: str, fenced: bool) -> None:
    text = json.dumps(data)
    assert read_data(f"{words}\n```json\n{text}\n```\n{words}" if fenced else f"{words} {text} {words}") == data


@pytest.mark.parametrize("text", ["{" * 300_000, '{"a":1} ' + "}" * 300_000, "```\n" * 50_000, '{"' * 100_000])
def test_time_grows_with_the_text_only(text: str) -> None:
    started = time.process_time()
    with suppress(ValueError):
        read_data(text)
    assert time.process_time() - started < 2
