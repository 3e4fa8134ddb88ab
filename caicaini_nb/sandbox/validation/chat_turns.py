"""Messages of the chat convention, in free order, turned into turns and a system text."""

from __future__ import annotations

import json
from typing import Any

from caicaini_nb.sandbox.engine import Picture, ToolCall, ToolResult, Turn
from caicaini_nb.sandbox.images import MAXIMUM_A_TURN, picture_tokens, read_data_url, refuse_url
from caicaini_nb.sandbox.validation.fields import Notes, bad, objects, text

__all__ = ["ChatTurns"]

ROLES = ("system", "user", "assistant", "tool", "developer")
FIELDS = ("role", "content", "name", "tool_calls", "tool_call_id")


class ChatTurns:
    """Gathers `system`, `turns`, `counted` texts and `image_tokens` from a list of messages."""

    def __init__(self, notes: Notes, sees: bool, tools_documented: bool) -> None:
        self._notes = notes
        self._sees = sees
        self._tools_documented = tools_documented
        self._systems: list[str] = []
        self._called: dict[str, str] = {}
        self.turns: list[Turn] = []
        self.counted: list[str] = []
        self.image_tokens = 0

    @property
    def system(self) -> str:
        """All system texts, joined."""
        return "\n".join(self._systems)

    def read(self, value: object) -> None:
        """Read the messages of a body."""
        if value is None:
            raise bad("messages", "is required")
        messages = objects(value, "messages")
        if not messages:
            raise bad("messages", "must hold at least one message")
        readers = {"assistant": self._assistant, "tool": self._tool, "user": self._user}
        for index, message in enumerate(messages):
            where = f"messages.{index}."
            role = message.get("role")
            if role not in ROLES:
                raise bad(f"{where}role", "must be system, user, assistant or tool")
            self._notes.unknown(message, FIELDS, where)
            text(message, "name", where)
            if role == "developer":
                self._notes.add(f"{where}role developer")
            readers.get(str(role), self._system)(message, where)

    def _system(self, message: dict[str, Any], where: str) -> None:
        self._systems.append(self._content(message, where)[0])

    def _user(self, message: dict[str, Any], where: str) -> None:
        said, images = self._content(message, where)
        self.counted.append(said)
        self.turns.append(Turn("user", said, images))

    def _assistant(self, message: dict[str, Any], where: str) -> None:
        calls = self._tool_calls(message.get("tool_calls"), where)
        silent = message.get("content") is None and bool(calls)
        said = "" if silent else self._content(message, where)[0]
        self.counted.append(said)
        self.turns.append(Turn("assistant", said, (), calls))

    def _tool(self, message: dict[str, Any], where: str) -> None:
        self._undocumented_tools(f"{where}role tool")
        identity = text(message, "tool_call_id", where, required=True) or ""
        if identity not in self._called:
            raise bad(f"{where}tool_call_id", "answers no tool call of a message before")
        said = self._content(message, where)[0]
        self.counted.append(said)
        result = ToolResult(identity, self._called[identity], said)
        last = self.turns[-1] if self.turns else None
        if last is not None and last.role == "user" and last.tool_results:
            self.turns[-1] = Turn("user", last.text, last.images, (), (*last.tool_results, result))
        else:
            self.turns.append(Turn("user", "", (), (), (result,)))

    def _undocumented_tools(self, field: str) -> None:
        """Caicaini documents the chat-completions tool format, and so its loop; cailag documents no tools."""
        if not self._tools_documented:
            self._notes.add(field)

    def _tool_calls(self, value: object, where: str) -> tuple[ToolCall, ...]:
        if value is None:
            return ()
        self._undocumented_tools(f"{where}tool_calls")
        calls = []
        for index, call in enumerate(objects(value, f"{where}tool_calls")):
            place = f"{where}tool_calls.{index}."
            identity = text(call, "id", place, required=True) or ""
            function = call.get("function")
            if not isinstance(function, dict):
                raise bad(f"{place}function", "is required and must be an object")
            name = text(function, "name", f"{place}function.", required=True) or ""
            given = text(function, "arguments", f"{place}function.", required=True) or ""
            self._called[identity] = name
            self.counted.append(f"{name} {given}")
            calls.append(ToolCall(identity, name, _arguments(given)))
        return tuple(calls)

    def _content(self, message: dict[str, Any], where: str) -> tuple[str, tuple[Picture, ...]]:
        """Return a message's text and its pictures."""
        content = message.get("content")
        if isinstance(content, str):
            return content, ()
        if content is None:
            raise bad(f"{where}content", "is required")
        said = []
        images: list[Picture] = []
        for index, part in enumerate(objects(content, f"{where}content")):
            place = f"{where}content.{index}."
            if part.get("type") == "text":
                said.append(text(part, "text", place, required=True) or "")
            elif part.get("type") == "image_url" and message.get("role") == "user":
                images.append(self._picture(part, place, len(images)))
            else:
                raise bad(f"{place}type", 'must be "text", or "image_url" from the user')
        return "\n".join(said), tuple(images)

    def _picture(self, part: dict[str, Any], where: str, before: int) -> Picture:
        self._notes.add(f"{where}type image_url")
        if not self._sees:
            raise bad(f"{where}type", "this model takes no pictures; choose one that does")
        if before == MAXIMUM_A_TURN:
            raise bad(where.rsplit(".", 2)[0], f"holds more than {MAXIMUM_A_TURN} images")
        given = part.get("image_url")
        url = given.get("url") if isinstance(given, dict) else None
        if not isinstance(url, str) or not url.startswith("data:"):
            refuse_url(url, f"{where}image_url.")
        picture = read_data_url(url, f"{where}image_url.")
        self.image_tokens += picture_tokens(picture)
        return picture


def _arguments(given: str) -> dict[str, Any]:
    """Parse a call's arguments; what a model once wrote wrongly is no reason to refuse the conversation."""
    try:
        value = json.loads(given)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
