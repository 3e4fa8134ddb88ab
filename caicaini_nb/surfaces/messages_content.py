"""A message's content in the words of the messages surface: blocks, each with its `type`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from ..content import Image, ImageLink, ToolResult
from ..reply import OtherBlock, TextBlock, ThinkingBlock, ToolUseBlock
from ..request import Message

__all__ = ["messages_message"]


def messages_message(message: Message) -> dict[str, Any]:
    """The message as the surface takes it; blocks that are dicts already are passed on as they are."""
    content = message.content
    wire = content if isinstance(content, str) else [_block(item) for item in content]
    return {**message.extra, "role": message.role, "content": wire}


def _block(item: Any) -> Any:
    write = WRITE.get(type(item))
    return write(item) if write else item


def _thinking(block: ThinkingBlock) -> dict[str, Any]:
    signed = {} if block.signature is None else {"signature": block.signature}
    return {"type": "thinking", "thinking": block.thinking, **signed}


def _tool_result(result: ToolResult) -> dict[str, Any]:
    failed = {"is_error": True} if result.is_error else {}
    return {"type": "tool_result", "tool_use_id": result.id, "content": result.text, **failed}


def _image(image: Image) -> dict[str, Any]:
    data = b64encode(image.data).decode("ascii")
    return {"type": "image", "source": {"type": "base64", "media_type": image.media_type, "data": data}}


WRITE: Mapping[type, Callable[[Any], Any]] = {
    TextBlock: lambda block: {"type": "text", "text": block.text},
    ThinkingBlock: _thinking,
    ToolUseBlock: lambda block: {"type": "tool_use", "id": block.id, "name": block.name, "input": block.input or {}},
    OtherBlock: lambda block: block.raw,
    ToolResult: _tool_result,
    Image: _image,
    ImageLink: lambda link: {"type": "image", "source": {"type": "url", "url": link.url}},
}
