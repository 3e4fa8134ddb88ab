"""Questions about pictures, answered by the rules engine; a reader of the test's own gives the lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from caicaini_nb.sandbox.engine import Picture, Question, Text, Thinking, ToolCall, ToolResult, ToolSpec, ToolUse, Turn
from caicaini_nb.sandbox.rules import RulesEngine, asked, data_filling, images
from caicaini_nb.sandbox.vision.sight import Eyes
from tests.sandbox.pictures import RECEIPT, picture, receipt

LINES = tuple(f"{left}  {right}".strip() for left, right in RECEIPT if left)
PAPER, BLUE = picture(receipt()), picture(Image.new("RGB", (64, 48), "blue"), "JPEG")
READ = "Text read from the image:\n\n```text\n" + "\n".join(LINES) + "\n```"
ITEM = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "quantity": {"type": "integer"}, "price": {"type": "number"}},
    "required": ["name", "price"],
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "merchant": {"type": "string"},
        "date": {"type": "string", "format": "date"},
        "total": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "tip": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "items": {"type": "array", "items": {"$ref": "#/$defs/Item"}},
    },
    "required": ["merchant", "date", "total", "tip", "items"],
    "$defs": {"Item": ITEM},
}
EXTRACTED = {
    "merchant": "BLUE DOOR CAFE",
    "date": "2026-03-14",
    "total": 21.84,
    "items": [
        {"name": "Flat white", "quantity": 2, "price": 7.6},
        {"name": "Almond croissant", "quantity": 1, "price": 3.9},
        {"name": "Quiche Lorraine", "quantity": 1, "price": 8.5},
    ],
}
Look = Callable[[Eyes], None]


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Look:
    """Give the rules other eyes."""

    def use(eyes: Eyes) -> None:
        for module in (asked, data_filling, images):
            monkeypatch.setattr(module, "eyes", lambda: eyes)

    return use


@pytest.fixture(autouse=True)
def reading(look: Look) -> None:
    """Eyes that read the receipt in every picture that is not one plain colour."""
    look(Eyes(lambda image: LINES))


def ask(text: str, *pictures: Picture, **options: Any) -> list[Any]:
    return list(RulesEngine().answer(Question("", (Turn("user", text, pictures),), **options)))


def said(text: str, *pictures: Picture, **options: Any) -> str:
    return "".join(piece.text for piece in ask(text, *pictures, **options) if isinstance(piece, Text))


def test_without_a_question_everything_is_told() -> None:
    assert said("", PAPER) == f"PNG, 560 × 360 pixels.\nColours: white 97%, grey 2%, black 2%.\n{READ}"


@pytest.mark.parametrize("question", ["What is in this picture?", "Describe the image.", "What do you see?"])
def test_a_scene_is_not_pretended(question: str) -> None:
    answer = said(question, PAPER)
    assert READ in answer
    assert answer.endswith("sees no things or scenes; a hosted model with vision and your own key does.")


EACH = {
    "How large is the picture?": "JPEG, 64 × 48 pixels.",
    "What size and colours has it?": "JPEG, 64 × 48 pixels.\nColours: blue 100%.",
    "Which colors are there?": "Colours: blue 100%.",
    "Read the text in the image.": "No text was found in the image.",
    "图片多大？": "JPEG 格式，64 × 48 像素。",
    "有什么颜色？": "颜色：蓝色 100%。",
    "读出图片里的文字": "图片中没有找到文字。",
}


@pytest.mark.parametrize("question", EACH)
def test_what_is_asked_is_told_and_no_more(question: str) -> None:
    assert said(question, BLUE) == EACH[question]


FIELDS = {
    "What is the total?": "total: 21.84",
    "Which shop is this receipt from?": "merchant: BLUE DOOR CAFE",
    "When was this bought?": "date: 2026-03-14",
    "How much was the tax?": "tax: 1.84",
    "What is the subtotal?": "subtotal: 20.00",
    "一共多少钱？": "合计：21.84",
}


@pytest.mark.parametrize("question", FIELDS)
def test_a_field_is_found_in_the_text_read(question: str) -> None:
    title, _, listed = said(question, PAPER).partition("\n\n")
    assert title in ("By the text read from the image:", "根据从图片中读出的文字：")
    assert f"- {FIELDS[question]}" in listed.split("\n")


def test_only_the_figure_is_said_when_only_that_is_wanted() -> None:
    assert said("What is the total? Reply with the number only.", PAPER) == "21.84"


def test_several_questions_about_one_picture_are_answered_together() -> None:
    assert said("Which shop? And what is the total?", PAPER).endswith("- merchant: BLUE DOOR CAFE\n- total: 21.84")


def test_several_pictures_are_named() -> None:
    answer = said("What colours are in these pictures?", BLUE, PAPER)
    assert answer == "Image 1: Colours: blue 100%.\n\nImage 2: Colours: white 97%, grey 2%, black 2%."
    answer = said("What is the total?", PAPER, BLUE, picture(receipt().resize((280, 180))))
    assert "Image 1:\n\n- total: 21.84" in answer
    assert "Image 3:\n\n- total: 21.84" in answer
    assert "Image 2" not in answer


def test_rules_for_text_work_on_the_text_read() -> None:
    assert said("How many words are in the picture?", PAPER) == (
        "By the text read from the image:\n\nThe text has 28 words."
    )


def test_what_no_rule_answers_is_declined_with_what_was_seen() -> None:
    answer = said("Translate it to French.", PAPER)
    assert answer.startswith("The sandbox's rules engine does not translate")
    assert READ in answer
    assert said("What is the invoice number?", PAPER).startswith("The sandbox's rules engine does not ")


def test_a_picture_beside_other_work_does_not_hinder_it() -> None:
    assert said("What is 17 * 23?", BLUE) == "17 * 23 = 391"
    assert "blue 100%" in said("Is 91 a prime number? And which colours has the picture?", BLUE)


def test_text_in_a_picture_cannot_leave_its_fence(look: Look) -> None:
    look(Eyes(lambda image: ("```", "<b>out</b>")))
    assert said("Read the text.", PAPER).endswith("````text\n```\n<b>out</b>\n````")


def test_without_a_reader_it_says_what_to_install(look: Look) -> None:
    look(Eyes(None))
    for question in ("", "What is the total?", "What does the sign say? And where?", "Read the text."):
        assert "pip install 'caicaini-nb[vision]'" in said(question, PAPER)
    assert "pip install 'caicaini-nb[vision]'" in said("图片里写了什么？", PAPER)
    assert said("Which colours?", PAPER) == "Colours: white 97%, grey 2%, black 2%."


def test_a_reader_that_fails_is_named(look: Look) -> None:
    def read(image: Image.Image) -> tuple[str, ...]:
        raise RuntimeError("no such operator")

    look(Eyes(read))
    assert "the installed text reader failed (RuntimeError: no such operator)" in said("Read the text.", PAPER)


def test_an_animation_is_told_by_its_first_frame() -> None:
    moving = picture(Image.new("RGB", (9, 9), "red"), "GIF", save_all=True, append_images=[Image.new("RGB", (9, 9))])
    assert said("How large is it?", moving) == (
        "GIF, 9 × 9 pixels. It is an animation; only its first frame was looked at."
    )


def test_a_schema_is_filled_from_the_picture() -> None:
    assert json.loads(said("Extract the receipt.", PAPER, schema=SCHEMA)) == EXTRACTED | {"tip": None}


def test_named_keys_are_filled_from_the_picture() -> None:
    assert json.loads(said("Return JSON with the keys merchant, date and total.", PAPER)) == {
        "merchant": "BLUE DOOR CAFE",
        "date": "2026-03-14",
        "total": 21.84,
    }


def test_json_without_keys_holds_what_was_seen() -> None:
    assert json.loads(said("Describe the picture as JSON.", BLUE)) == {
        "format": "JPEG", "width": 64, "height": 48, "colours": ["blue"], "text": ""
    }  # fmt: skip


def test_a_tool_is_called_with_what_the_picture_states() -> None:
    tool = ToolSpec("save_receipt", "Save a receipt", SCHEMA | {"required": ["merchant", "date", "total", "items"]})
    assert ask("Save this receipt.", PAPER, tools=(tool,)) == [ToolUse("save_receipt", EXTRACTED)]
    assert ask("", PAPER, tools=(tool,), tool_choice="any") == [ToolUse("save_receipt", EXTRACTED)]


def test_thinking_tells_what_was_looked_at() -> None:
    thought = next(piece for piece in ask("What is the total?", PAPER, thinking_budget=200))
    assert isinstance(thought, Thinking)
    assert "Looked at image 1: PNG 560 × 360, 10 lines of text read." in thought.text
    thought = ask("Extract the receipt.", PAPER, schema=SCHEMA, thinking_budget=200)[0]
    assert "properties taken from the text: merchant, date, total, items" in thought.text


def test_a_later_question_may_mean_the_picture_before() -> None:
    turns = (Turn("user", "What is this?", (PAPER,)), Turn("assistant", "A receipt."))

    def later(text: str) -> str:
        pieces = RulesEngine().answer(Question("", (*turns, Turn("user", text))))
        return "".join(piece.text for piece in pieces if isinstance(piece, Text))

    assert "- total: 21.84" in later("What is the total on the receipt?")
    assert "image" not in later("What is the capital of France?")


def test_a_tools_result_does_not_hide_the_users_picture() -> None:
    tool = ToolSpec("save_receipt", "Save a receipt", SCHEMA | {"required": []})
    call = ask("Save this receipt.", PAPER, tools=(tool,))[0]
    turns = (
        Turn("user", "Save this receipt.", (PAPER,)),
        Turn("assistant", "", (), (made(call),)),
        Turn("user", "", (BLUE,), (), (ToolResult("1", "save_receipt", "saved"),)),
    )
    pieces = list(RulesEngine().answer(Question("", turns, tools=(tool,))))
    assert pieces == [Text("save_receipt answered: saved.")]


def made(use: ToolUse) -> ToolCall:
    return ToolCall("1", use.name, use.arguments)


@pytest.mark.parametrize("reader", [None, lambda image: ()], ids=["no reader", "no text"])
def test_data_that_was_not_read_is_not_made_up(look: Look, reader: Any) -> None:
    look(Eyes(reader))
    tool = ToolSpec("answer", "Give the answer as data.", SCHEMA)
    ways: tuple[dict[str, Any], ...] = ({"schema": SCHEMA}, {"tools": (tool,), "tool_choice": "name:answer"})
    for options in ways:
        (piece,) = ask("Read this receipt.", PAPER, **options)
        assert isinstance(piece, Text)
        assert piece.text.startswith("Nothing was read that the data could come from.")
        assert ("pip install" in piece.text) is (reader is None)
        question = Question("", (Turn("user", "Read this receipt.", (PAPER,)),), **options)
        assert not RulesEngine().computes(question)


def test_what_the_text_gives_is_data_beside_a_picture_without_text(look: Look) -> None:
    look(Eyes(None))
    (piece,) = ask("Read this receipt: merchant Blue Door, total 12.50.", PAPER, schema=SCHEMA)
    assert json.loads(piece.text)["total"] == 12.5
