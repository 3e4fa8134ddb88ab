"""Content blocks of the messages surface, turned into turns."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar

from caicaini_nb.sandbox.engine import Picture, ToolCall, ToolResult, Turn
from caicaini_nb.sandbox.images import MAXIMUM_A_TURN, picture_tokens, read_base64, refuse_url
from caicaini_nb.sandbox.validation.fields import Notes, bad, boolean, objects, text

__all__ = ["TurnReader", "text_blocks"]


def text_blocks(value: object, field: str, notes: Notes) -> str:
    """Read a string, or an array of text blocks, as one text."""
    if isinstance(value, str):
        return value
    parts = []
    for index, block in enumerate(objects(value, field)):
        where = f"{field}.{index}."
        notes.unknown(block, ("type", "text"), where)
        if block.get("type") != "text":
            raise bad(f"{where}type", 'must be "text"')
        parts.append(text(block, "text", where, required=True) or "")
    return "\n".join(parts)


BlockReader = Callable[["TurnReader", dict[str, Any], str], None]


class TurnReader:
    """Reads one message's content; `counted` gathers its texts, `image_tokens` its pictures' tokens."""

    def __init__(self, role: str, where: str, notes: Notes, called: frozenset[str]) -> None:
        self._role = role
        self._where = where
        self._notes = notes
        self._called = called  # ids of the tool calls in the message before
        self._texts: list[str] = []
        self._calls: list[ToolCall] = []
        self._results: list[ToolResult] = []
        self._images: list[Picture] = []
        self.counted: list[str] = []
        self.image_tokens = 0

    def read(self, content: object) -> Turn:
        """Read a message's content into a turn."""
        if isinstance(content, str):
            if not content:
                raise bad(f"{self._where}content", "must not be empty")
            self._texts.append(content)
        else:
            if content is None:
                raise bad(f"{self._where}content", "is required")
            blocks = objects(content, f"{self._where}content")
            if not blocks:
                raise bad(f"{self._where}content", "must not be empty")
            for index, block in enumerate(blocks):
                self._block(block, f"{self._where}content.{index}.")
        self.counted.extend(self._texts)
        texts, images = "\n".join(self._texts), tuple(self._images)
        return Turn(self._role, texts, images, tuple(self._calls), tuple(self._results))

    def _block(self, block: dict[str, Any], where: str) -> None:
        kind = block.get("type")
        known = self.KINDS.get(kind) if isinstance(kind, str) else None
        if known is None:
            raise bad(f"{where}type", f"must be one of {', '.join(self.KINDS)}")
        role, documented, read = known
        if role is not None and role != self._role:
            raise bad(f"{where}type", f"{kind} belongs in a message of the role {role}")
        self._notes.unknown(block, documented, where)
        read(self, block, where)

    def _text(self, block: dict[str, Any], where: str) -> None:
        self._texts.append(text(block, "text", where, required=True) or "")

    def _image(self, block: dict[str, Any], where: str) -> None:
        if len(self._images) == MAXIMUM_A_TURN:
            raise bad(f"{self._where}content", f"holds more than {MAXIMUM_A_TURN} images")
        source = block.get("source")
        if not isinstance(source, dict):
            raise bad(f"{where}source", "is required and must be an object")
        where = f"{where}source."
        if source.get("type") == "url":
            refuse_url(source.get("url"), where)
        if source.get("type") != "base64":
            raise bad(f"{where}type", 'must be "base64" or "url"')
        self._notes.unknown(source, ("type", "media_type", "data"), where)
        picture = read_base64(source.get("data"), source.get("media_type"), where)
        self._images.append(picture)
        self.image_tokens += picture_tokens(picture)

    def _tool_use(self, block: dict[str, Any], where: str) -> None:
        identity = text(block, "id", where, required=True) or ""
        name = text(block, "name", where, required=True) or ""
        arguments = block.get("input")
        if not isinstance(arguments, dict):
            raise bad(f"{where}input", "is required and must be an object")
        self._calls.append(ToolCall(identity, name, arguments))
        self.counted.append(f"{name} {json.dumps(arguments, ensure_ascii=False)}")

    def _tool_result(self, block: dict[str, Any], where: str) -> None:
        identity = text(block, "tool_use_id", where, required=True) or ""
        if identity not in self._called:
            raise bad(f"{where}tool_use_id", "answers no tool_use of the message before; send the whole conversation")
        content = block.get("content")
        said = "" if content is None else self._result_text(content, f"{where}content")
        is_error = boolean(block, "is_error", where)
        self._results.append(ToolResult(identity, "", said, is_error))
        self.counted.append(said)

    def _result_text(self, content: object, field: str) -> str:
        """A tool result is text; pictures in one are counted like any other."""
        if isinstance(content, str):
            return content
        said = []
        for index, block in enumerate(objects(content, field)):
            where = f"{field}.{index}."
            if block.get("type") == "image":
                self._notes.add(f"{where}type image")
                self._image(block, where)
            elif block.get("type") == "text":
                said.append(text(block, "text", where, required=True) or "")
            else:
                raise bad(f"{where}type", 'must be "text" or "image"')
        return "\n".join(said)

    def _thinking(self, block: dict[str, Any], where: str) -> None:
        self.counted.append(text(block, "thinking", where, required=True) or "")

    # type → (role it belongs to, documented fields, reader)
    KINDS: ClassVar[dict[str, tuple[str | None, tuple[str, ...], BlockReader]]] = {
        "text": (None, ("type", "text"), _text),
        "image": ("user", ("type", "source"), _image),
        "tool_use": ("assistant", ("type", "id", "name", "input"), _tool_use),
        "tool_result": ("user", ("type", "tool_use_id", "content", "is_error"), _tool_result),
        "thinking": ("assistant", ("type", "thinking", "signature"), _thinking),
    }
