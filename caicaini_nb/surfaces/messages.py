"""The messages surface: `POST /messages`, named stream events, content blocks. Caicaini's primary one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from ..errors import ConfigurationError, NotOfferedError, UnreadableReplyError
from ..events import Event, Finished, Started, Text, Thinking, ToolInput, ToolUse
from ..reply import Block, Choice, OtherBlock, TextBlock, ThinkingBlock, ToolUseBlock
from ..request import Content, Message, Request
from ..sse import ServerSentEvent
from ..usage import Usage
from .messages_content import messages_message
from .messages_tools import tool_fields
from .surface import Answer, StreamError, count, mapping, merge_extra, read_json, read_object, text

__all__ = ["MessagesSurface"]

CHAT_ONLY = ("n", "presence_penalty", "frequency_penalty")


class MessagesSurface:
    name = "messages"
    path = "/messages"

    def encode(self, request: Request, *, stream: bool) -> bytes:
        _refuse_chat_only(request)
        body = self.body(request)
        body["stream"] = True if stream else None
        return merge_extra(body, request)

    def encode_count(self, request: Request) -> bytes:
        """The body of `POST /messages/count_tokens`: the same without `max_tokens`."""
        _refuse_chat_only(request)
        body = self.body(request)
        del body["max_tokens"]
        return merge_extra(body, request)

    def body(self, request: Request) -> dict[str, Any]:
        system, messages = _split_system(request)
        return {
            "model": request.model,
            "max_tokens": request.max_tokens,
            "system": system,
            "messages": [messages_message(message) for message in messages],
            "temperature": request.temperature,
            "top_p": request.top_p,
            "stop_sequences": request.stop_sequences or None,
            "metadata": {"user_id": request.user_id} if request.user_id is not None else None,
            "thinking": {"type": "enabled", "budget_tokens": request.thinking} if request.thinking else None,
            **tool_fields(request),
        }

    def decode(self, body: bytes) -> Answer:
        raw = read_object(body)
        content = raw.get("content")
        blocks = tuple(_block(mapping(item)) for item in content) if isinstance(content, list) else ()
        choice = Choice(0, blocks, text(raw.get("stop_reason")))
        return Answer((choice,), _usage(raw.get("usage")), text(raw.get("id")), text(raw.get("model")), raw)

    def stream_decoder(self) -> MessagesStream:
        return MessagesStream()


class _Delta(msgspec.Struct, gc=False):
    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None
    signature: str | None = None


class _DeltaFrame(msgspec.Struct, gc=False):
    """The frame a stream is made of. Typed, because decoding into it takes a third of the time of a dict."""

    type: str | None = None
    index: int = 0
    delta: _Delta | None = None


class MessagesStream:
    """Decodes one stream. Event and delta types nobody documented are skipped."""

    def __init__(self) -> None:
        self.done = False
        self.raw: dict[str, Any] = {}
        self._frame = msgspec.json.Decoder(_DeltaFrame).decode
        self._by_type: Mapping[str | None, Callable[[Mapping[str, Any]], Sequence[Event]]] = {
            "message_start": self._message_start,
            "content_block_start": self._block_start,
            "content_block_delta": self._odd_delta,
            "message_delta": self._message_delta,
            "message_stop": self._message_stop,
            "error": self._error,
        }

    def decode(self, event: ServerSentEvent) -> Sequence[Event]:
        if event.event == "ping":
            return ()
        try:
            frame = self._frame(event.data)
        except (msgspec.MsgspecError, RecursionError):
            return self._other(event)
        if frame.type == "content_block_delta" and frame.delta is not None:
            delta = frame.delta
            if delta.type == "text_delta" and delta.text is not None:
                return (Text(delta.text, frame.index),)
            return _delta(delta, frame.index)
        return self._other(event)

    def _other(self, event: ServerSentEvent) -> Sequence[Event]:
        try:
            payload = mapping(read_json(event.data))
        except UnreadableReplyError:
            if event.event in self._by_type or (event.event == "message" and event.data):
                raise
            return ()  # an event nobody documented need not be JSON
        handler = self._by_type.get(text(payload.get("type")) or event.event)
        return handler(payload) if handler else ()

    def _message_start(self, payload: Mapping[str, Any]) -> Sequence[Event]:
        message = mapping(payload.get("message"))
        self.raw.update(message)
        self.raw["content"] = []
        return (Started(text(message.get("id")), text(message.get("model")), _usage(message.get("usage"))),)

    def _block_start(self, payload: Mapping[str, Any]) -> Sequence[Event]:
        block = mapping(payload.get("content_block"))
        index = count(payload.get("index")) or 0
        self.raw.setdefault("content", []).append(dict(block))
        if block.get("type") == "tool_use":
            begun = ToolUse(text(block.get("id")) or "", text(block.get("name")) or "", index)
            arguments = mapping(block.get("input"))  # empty where they follow piece by piece
            return (begun, ToolInput(msgspec.json.encode(arguments).decode(), index)) if arguments else (begun,)
        opening = text(block.get("text"))
        if opening and block.get("type") == "text":
            return (Text(opening, index),)
        return ()

    def _odd_delta(self, payload: Mapping[str, Any]) -> Sequence[Event]:
        """A delta whose fields are not of the documented types: what can be read of it is."""
        raw = mapping(payload.get("delta"))
        delta = _Delta(**{name: text(raw.get(name)) for name in _Delta.__struct_fields__})
        return _delta(delta, count(payload.get("index")) or 0)

    def _message_delta(self, payload: Mapping[str, Any]) -> Sequence[Event]:
        delta = mapping(payload.get("delta"))
        self.raw.update(delta)
        self.raw["usage"] = {**mapping(self.raw.get("usage")), **mapping(payload.get("usage"))}
        return (Finished(text(delta.get("stop_reason")), _usage(payload.get("usage"))),)

    def _message_stop(self, payload: Mapping[str, Any]) -> Sequence[Event]:
        self.done = True
        return ()

    def _error(self, payload: Mapping[str, Any]) -> Sequence[Event]:
        raise StreamError(payload)


def _delta(delta: _Delta, index: int) -> Sequence[Event]:
    if delta.type == "text_delta" and delta.text is not None:
        return (Text(delta.text, index),)
    if delta.type == "thinking_delta" and delta.thinking is not None:
        return (Thinking(delta.thinking, index),)
    if delta.type == "signature_delta" and delta.signature is not None:
        return (Thinking("", index, signature=delta.signature),)
    if delta.type == "input_json_delta" and delta.partial_json is not None:
        return (ToolInput(delta.partial_json, index),)
    return ()


def _block(raw: Mapping[str, Any]) -> Block:
    kind = raw.get("type")
    if kind == "text" and isinstance(raw.get("text"), str):
        return TextBlock(raw["text"])
    if kind == "thinking" and isinstance(raw.get("thinking"), str):
        return ThinkingBlock(raw["thinking"], text(raw.get("signature")))
    if kind == "tool_use":
        arguments = raw.get("input")
        return ToolUseBlock(
            text(raw.get("id")) or "", text(raw.get("name")) or "", arguments if isinstance(arguments, dict) else None
        )
    return OtherBlock(raw)


def _usage(value: object) -> Usage:
    raw = mapping(value)
    return Usage(
        count(raw.get("input_tokens")),
        count(raw.get("output_tokens")),
        count(raw.get("cache_creation_input_tokens")),
        count(raw.get("cache_read_input_tokens")),
        count(raw.get("credits_consumed")),
    )


def _split_system(request: Request) -> tuple[Content | None, tuple[Message, ...]]:
    """This surface has no system role: leading system messages become `system`, so that both surfaces take the same."""
    leading = 0
    while leading < len(request.messages) and request.messages[leading].role == "system":
        leading += 1
    parts = [request.system] if request.system is not None else []
    parts += [_system_text(message.content) for message in request.messages[:leading]]
    return "\n\n".join(parts) if parts else None, request.messages[leading:]


def _system_text(content: Content) -> str:
    if isinstance(content, str):
        return content
    texts = [block.get("text") if isinstance(block, Mapping) else getattr(block, "text", None) for block in content]
    if not all(isinstance(item, str) for item in texts):
        raise ConfigurationError("A system message holds text only", action="Put the rest into a user message.")
    return "\n\n".join(map(str, texts))


def _refuse_chat_only(request: Request) -> None:
    asked = [name for name in CHAT_ONLY if getattr(request, name) is not None]
    asked += ["name"] if any(message.name is not None for message in request.messages) else []
    if asked:
        raise NotOfferedError(
            f"The messages surface has no {', '.join(asked)}", action="Send it with surface='chat', or leave it out."
        )
