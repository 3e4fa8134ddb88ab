"""The bound on a call's tokens: never below what a tokenizer counts, and read from what is really posted."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from caicaini_nb.content import Image, ImageLink
from caicaini_nb.request import Message, Request
from caicaini_nb.sandbox.tokens import count
from caicaini_nb.spending.bound import ALLOWANCE, PICTURE, TOOLS_ALLOWANCE, Bound
from caicaini_nb.surfaces.chat import ChatSurface
from caicaini_nb.surfaces.messages import MessagesSurface
from caicaini_nb.surfaces.surface import Surface
from caicaini_nb.tools.tool import Tool

SURFACES: list[Surface] = [MessagesSurface(), ChatSurface()]
TEXT = some.text(some.characters(exclude_categories=["Cs"]), max_size=200)


def bound(surface: Surface, *content: Any, **fields: Any) -> Bound:
    messages = (Message("user", list(content) if len(content) > 1 else content[0]),)
    request = Request(model="caicaini/haiku", messages=messages, max_tokens=fields.pop("max_tokens", 10), **fields)
    return Bound.of(surface.encode(request, stream=False))


@pytest.mark.parametrize("surface", SURFACES, ids=["messages", "chat"])
@given(prompt=TEXT.filter(bool), system=TEXT)
def test_no_text_has_more_tokens_than_its_bound(surface: Surface, prompt: str, system: str) -> None:
    assert bound(surface, prompt, system=system).input_tokens >= count(prompt) + count(system) + ALLOWANCE


@pytest.mark.parametrize("surface", SURFACES, ids=["messages", "chat"])
def test_pictures_count_by_number_not_by_bytes(surface: Surface) -> None:
    text = {"type": "text", "text": "What is this?"}
    one = bound(surface, Image("image/png", b"x" * 1_000_000), text)
    other = bound(surface, Image("image/png", b"x"), ImageLink("https://example.org/" + "x" * 1000), text)
    assert PICTURE < one.input_tokens < PICTURE + 500
    assert 2 * PICTURE < other.input_tokens < 2 * PICTURE + 500


def test_a_picture_in_a_tools_result_counts_as_one() -> None:
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 100_000}}
    inside = {"type": "tool_result", "tool_use_id": "t", "content": [picture]}
    assert PICTURE < bound(SURFACES[0], inside, inside).input_tokens < 2 * PICTURE + 1000


def test_a_prompt_that_speaks_of_pictures_is_text() -> None:
    long = '{"type": "image"}' * 1000
    assert bound(SURFACES[0], long).input_tokens > len(long)


def test_tools_have_an_allowance() -> None:
    without, tool = bound(SURFACES[0], "hi"), Tool("t", "", {"type": "object"})
    assert bound(SURFACES[0], "hi", tools=(tool,)).input_tokens > without.input_tokens + TOOLS_ALLOWANCE


@pytest.mark.parametrize(
    ("fields", "output"),
    [
        ({}, 10),
        ({"n": 3}, 30),
        ({"extra": {"max_tokens": 500}}, 500),
        ({"extra": {"max_completion_tokens": 700}}, 700),
        ({"extra": {"n": 4}}, 40),
        ({"extra": {"max_tokens": None}}, None),
        ({"extra": {"max_tokens": "many"}}, None),
        ({"extra": {"n": 0.5}}, None),
    ],
)
def test_output(fields: dict[str, Any], output: int | None) -> None:
    found = bound(SURFACES[1], "hi", **fields)
    assert found.output_tokens == output
    assert found.tokens == (None if output is None else found.input_tokens + output)


def test_the_model_that_is_posted_is_the_model() -> None:
    assert bound(SURFACES[0], "hi", extra={"model": "caicaini/opus"}).model == "caicaini/opus"


def test_every_byte_counts() -> None:
    body = msgspec.json.encode({"model": "m", "max_tokens": 1, "messages": [], "tools": None})
    assert Bound.of(body).input_tokens == len(body) + ALLOWANCE
