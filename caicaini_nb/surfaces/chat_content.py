"""A message's content in the words of the chat surface: parts, tool calls beside them, tool results as messages."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from ..content import Image, ImageLink, ToolResult
from ..reply import TextBlock, ThinkingBlock, ToolUseBlock
from ..request import Message

__all__ = ["chat_messages"]


def chat_messages(message: Message) -> list[dict[str, Any]]:
    """The message as the surface takes it: a turn with tool results becomes one message for each, then the rest."""
    content = message.content
    if isinstance(content, str):
        return [_wire(message, content)]
    results = [_tool_result(item) for item in content if isinstance(item, ToolResult)]
    calls = [_tool_call(item) for item in content if isinstance(item, ToolUseBlock)]
    parts = [_part(item) for item in content if not isinstance(item, (ToolResult, ToolUseBlock, ThinkingBlock))]
    if calls:
        return [*results, {**_wire(message, _joined(parts)), "tool_calls": calls}]
    return [*results, _wire(message, parts)] if parts or not results else results


def _wire(message: Message, content: Any) -> dict[str, Any]:
    named = {} if message.name is None else {"name": message.name}
    return {**message.extra, "role": message.role, "content": content, **named}


def _part(item: Any) -> Any:
    write = WRITE.get(type(item))
    return write(item) if write else item


def _joined(parts: Sequence[Any]) -> str | None:
    """An assistant's turn holds text beside its tool calls, or nothing."""
    texts = [str(part["text"]) for part in parts if isinstance(part, Mapping) and isinstance(part.get("text"), str)]
    return "".join(texts) or None


def _tool_call(block: ToolUseBlock) -> dict[str, Any]:
    arguments = msgspec.json.encode(block.input or {}).decode()
    return {"id": block.id, "type": "function", "function": {"name": block.name, "arguments": arguments}}


def _tool_result(result: ToolResult) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": result.id, "content": result.text}


def _image(image: Image) -> dict[str, Any]:
    return _link(f"data:{image.media_type};base64,{b64encode(image.data).decode('ascii')}")


def _link(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


WRITE: Mapping[type, Callable[[Any], Any]] = {
    TextBlock: lambda block: {"type": "text", "text": block.text},
    Image: _image,
    ImageLink: lambda link: _link(link.url),
}
