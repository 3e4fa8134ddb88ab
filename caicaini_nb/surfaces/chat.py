"""The chat-completions surface: `POST /chat/completions`, unnamed data frames, `[DONE]`. Both providers have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ..errors import NotOfferedError, UnreadableReplyError
from ..events import Event, Finished, Started, Text, Thinking, ToolInput, ToolUse
from ..fold import parse_arguments
from ..reply import Block, Choice, TextBlock, ThinkingBlock, ToolUseBlock
from ..request import Message, Request
from ..sse import ServerSentEvent
from ..usage import Usage
from .chat_content import chat_messages
from .chat_tools import schema_instruction, tool_fields
from .surface import Answer, StreamError, count, mapping, merge_extra, read_json, read_object, text

__all__ = ["ChatSurface"]

# One vocabulary for both surfaces; a reason that is on neither list is passed on as it came.
STOP_REASONS: Mapping[str | None, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "content_filter",
}

# Where the parts of an answer stand among its blocks: thinking, then text, then the tool calls by their index.
THINKING, TEXT, FIRST_TOOL = -1, 0, 1


class ChatSurface:
    name = "chat"
    path = "/chat/completions"

    def encode(self, request: Request, *, stream: bool) -> bytes:
        if request.thinking is not None:
            raise NotOfferedError("The chat surface has no thinking", action="Use surface='messages', or leave it out.")
        body: dict[str, Any] = {
            "model": request.model,
            "messages": [wire for message in _with_system(request) for wire in chat_messages(message)],
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "stop": request.stop_sequences or None,
            "user": request.user_id,
            "n": request.n,
            "presence_penalty": request.presence_penalty,
            "frequency_penalty": request.frequency_penalty,
            **tool_fields(request),
            "stream": True if stream else None,
            # Without it a stream brings no usage, and what a call cost would be unknown.
            "stream_options": {"include_usage": True} if stream else None,
        }
        return merge_extra(body, request)

    def decode(self, body: bytes) -> Answer:
        raw = read_object(body)
        listed = raw.get("choices")
        choices = (
            [_choice(mapping(item), place) for place, item in enumerate(listed)] if isinstance(listed, list) else []
        )
        return Answer(tuple(choices), _usage(raw.get("usage")), text(raw.get("id")), text(raw.get("model")), raw)

    def stream_decoder(self) -> ChatStream:
        return ChatStream()


class _ContentDelta(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    content: str


class _ContentChoice(msgspec.Struct, gc=False):
    delta: _ContentDelta
    index: int = 0
    finish_reason: None = None


class _ContentChunk(msgspec.Struct, gc=False):
    """The chunk a stream is made of: text and nothing else. Anything richer fails to decode and takes the long way."""

    choices: tuple[_ContentChoice]
    usage: None = None
    error: None = None


class ChatStream:
    """Decodes one stream. `raw` keeps the last chunk's own fields, usage included."""

    def __init__(self) -> None:
        self.done = False
        self.raw: dict[str, Any] = {}
        self._started = False
        self._tools: set[tuple[int, int]] = set()
        self._content = msgspec.json.Decoder(_ContentChunk).decode

    def decode(self, event: ServerSentEvent) -> Sequence[Event]:
        data = event.data
        if data == "[DONE]":
            self.done = True
            return ()
        if self._started:
            try:
                (choice,) = self._content(data).choices
            except (msgspec.MsgspecError, RecursionError):
                return self._chunk(data, event.event)
            content = choice.delta.content
            return (Text(content, TEXT, choice.index),) if content else ()
        return self._chunk(data, event.event)

    def _chunk(self, data: str, name: str) -> Sequence[Event]:
        if not data.strip():
            return ()
        if data.strip() == "[DONE]":
            self.done = True
            return ()
        try:
            payload = mapping(read_json(data))
        except UnreadableReplyError:
            if name == "message":
                raise
            if name != "error":
                return ()  # a named event is nothing this surface documents, and need not be JSON
            payload = {"error": data}
        if payload.get("error") is not None or name == "error":
            raise StreamError(payload)
        self.raw.update({key: value for key, value in payload.items() if key != "choices" and value is not None})
        events: list[Event] = []
        if not self._started:
            self._started = True
            events.append(Started(text(payload.get("id")), text(payload.get("model"))))
        listed = payload.get("choices")
        for item in listed if isinstance(listed, list) else ():
            events += self._choice(mapping(item))
        if payload.get("usage") is not None:
            events.append(Finished(None, _usage(payload.get("usage"))))
        return events

    def _choice(self, item: Mapping[str, Any]) -> list[Event]:
        choice = count(item.get("index")) or 0
        delta = mapping(item.get("delta"))
        events: list[Event] = []
        thought = text(delta.get("reasoning_content")) or text(delta.get("reasoning"))
        if thought:
            events.append(Thinking(thought, THINKING, choice))
        content = text(delta.get("content"))
        if content:
            events.append(Text(content, TEXT, choice))
        calls = delta.get("tool_calls")
        for call in calls if isinstance(calls, list) else ():
            events += self._tool_call(mapping(call), choice)
        reason = text(item.get("finish_reason"))
        if reason is not None:
            events.append(Finished(STOP_REASONS.get(reason, reason), choice=choice))
        return events

    def _tool_call(self, call: Mapping[str, Any], choice: int) -> list[Event]:
        index = FIRST_TOOL + (count(call.get("index")) or 0)
        function = mapping(call.get("function"))
        events: list[Event] = []
        if (choice, index) not in self._tools:
            self._tools.add((choice, index))
            events.append(ToolUse(text(call.get("id")) or "", text(function.get("name")) or "", index, choice))
        arguments = text(function.get("arguments"))
        if arguments:
            events.append(ToolInput(arguments, index, choice))
        return events


def _with_system(request: Request) -> tuple[Message, ...]:
    parts = [text for text in (request.system, schema_instruction(request)) if text is not None]
    if not parts:
        return request.messages
    return (Message("system", "\n\n".join(parts)), *request.messages)


def _choice(item: Mapping[str, Any], place: int) -> Choice:
    message = mapping(item.get("message"))
    blocks: list[Block] = []
    thought = text(message.get("reasoning_content")) or text(message.get("reasoning"))
    if thought:
        blocks.append(ThinkingBlock(thought))
    content = text(message.get("content"))
    if content:
        blocks.append(TextBlock(content))
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        function = mapping(mapping(call).get("function"))
        arguments = text(function.get("arguments")) or ""
        name = text(function.get("name")) or ""
        blocks.append(ToolUseBlock(text(call.get("id")) or "", name, parse_arguments(arguments), arguments))
    index = count(item.get("index"))
    reason = text(item.get("finish_reason"))
    return Choice(place if index is None else index, tuple(blocks), STOP_REASONS.get(reason, reason))


def _usage(value: object) -> Usage:
    raw = mapping(value)
    cached = count(mapping(raw.get("prompt_tokens_details")).get("cached_tokens"))
    return Usage(
        count(raw.get("prompt_tokens")),
        count(raw.get("completion_tokens")),
        cache_read_input_tokens=cached,
        credits=count(raw.get("credits_consumed")),
    )
