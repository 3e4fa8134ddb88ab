"""Answers of a model that calls tools, as bytes of both surfaces, plain and streamed; and what it was told of them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from caicaini_nb import Client
from tests.fake_service import Answer, FakeService, answer, dial, frames
from tests.wire.replies import chat_stream, messages_stream

__all__ = ["WAYS", "Way", "calls", "half", "says", "told"]

USAGE = {"input_tokens": 5, "output_tokens": 3, "credits_consumed": 2}
CHAT_USAGE = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
CHAT_REASONS = {"tool_use": "tool_calls", "end_turn": "stop", "max_tokens": "length"}


class Way(NamedTuple):
    """Provider, surface, and whether the answers are streamed."""

    provider: str
    surface: str
    streamed: bool

    def dial(self, service: FakeService) -> Client:
        return dial(service, self.provider, max_attempts=1)

    def __str__(self) -> str:
        return f"{self.provider}-{self.surface}-{'stream' if self.streamed else 'send'}"


WAYS = [
    Way(provider, surface, streamed)
    for provider, surface in (("caicaini", "messages"), ("caicaini", "chat"), ("cailag", "chat"))
    for streamed in (False, True)
]


def calls(way: Way, *asked: tuple[str, str], stop: str | None = "tool_use", said: str = "") -> Answer:
    """An answer that calls tools: name and arguments as JSON text, which may be wrong or cut off."""
    if way.surface == "messages":
        return _messages_stream(asked, stop, said) if way.streamed else _messages(asked, stop, said)
    return _chat_stream(asked, stop, said) if way.streamed else _chat(asked, stop, said)


def says(way: Way, text: str = "Done.") -> Answer:
    """An answer in text, the last one."""
    return calls(way, stop="end_turn", said=text)


def told(service: FakeService, request: int = -1) -> list[tuple[str, str]]:
    """Id and text of each tool result that a request ends with, whichever surface it came over."""
    body = service.received[request].json
    if service.received[request].path.endswith("/messages"):
        last = body["messages"][-1]["content"]
        results = [block for block in last if isinstance(block, dict) and block["type"] == "tool_result"]
        return [(block["tool_use_id"], block["content"]) for block in results]
    last = itertools.takewhile(lambda message: message["role"] == "tool", reversed(body["messages"]))
    return [(message["tool_call_id"], message["content"]) for message in last][::-1]


def half(way: Way, name: str, arguments: str) -> Answer:
    """A stream that ends within a call: what came of the arguments may be whole, the answer is not."""
    if way.surface == "messages":
        return frames(messages_stream(_messages_payloads([(name, arguments)], "tool_use", "")[:-3]))
    return frames(chat_stream(_chat_payloads([(name, arguments)], "tool_use", "")[:1], done=False))


def _input(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text  # what is no object: a plain answer can hold anything there


def _messages(asked: Sequence[tuple[str, str]], stop: str | None, said: str) -> Answer:
    content: list[dict[str, Any]] = [{"type": "text", "text": said}] if said else []
    content += [
        {"type": "tool_use", "id": f"c{place}", "name": name, "input": _input(arguments)}
        for place, (name, arguments) in enumerate(asked)
    ]
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "caicaini/sonnet"}
    return answer({**head, "content": content, "stop_reason": stop, "usage": USAGE})


def _messages_stream(asked: Sequence[tuple[str, str]], stop: str | None, said: str) -> Answer:
    return frames(messages_stream(_messages_payloads(asked, stop, said)))


def _messages_payloads(asked: Sequence[tuple[str, str]], stop: str | None, said: str) -> list[dict[str, Any]]:
    payloads: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"id": "msg_1", "model": "caicaini/sonnet", "usage": USAGE}}
    ]
    blocks: list[tuple[dict[str, Any], dict[str, Any]]] = []
    if said:
        blocks.append(({"type": "text", "text": ""}, {"type": "text_delta", "text": said}))
    for place, (name, arguments) in enumerate(asked):
        begun = {"type": "tool_use", "id": f"c{place}", "name": name, "input": {}}
        blocks.append((begun, {"type": "input_json_delta", "partial_json": arguments}))
    for index, (begun, delta) in enumerate(blocks):
        payloads.append({"type": "content_block_start", "index": index, "content_block": begun})
        payloads.append({"type": "content_block_delta", "index": index, "delta": delta})
        payloads.append({"type": "content_block_stop", "index": index})
    payloads.append({"type": "message_delta", "delta": {"stop_reason": stop}, "usage": USAGE})
    payloads.append({"type": "message_stop"})
    return payloads


def _tool_calls(asked: Sequence[tuple[str, str]], **more: bool) -> list[dict[str, Any]]:
    return [
        {
            **({"index": place} if more else {}),
            "id": f"c{place}",
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }
        for place, (name, arguments) in enumerate(asked)
    ]


def _chat(asked: Sequence[tuple[str, str]], stop: str | None, said: str) -> Answer:
    message: dict[str, Any] = {"role": "assistant", "content": said or None}
    if asked:
        message["tool_calls"] = _tool_calls(asked)
    choice = {"index": 0, "message": message, "finish_reason": CHAT_REASONS.get(stop or "", stop)}
    return answer({"id": "chatcmpl_1", "model": "m", "choices": [choice], "usage": CHAT_USAGE})


def _chat_stream(asked: Sequence[tuple[str, str]], stop: str | None, said: str) -> Answer:
    return frames(chat_stream(_chat_payloads(asked, stop, said)))


def _chat_payloads(asked: Sequence[tuple[str, str]], stop: str | None, said: str) -> list[dict[str, Any]]:
    head = {"id": "chatcmpl_1", "object": "chat.completion.chunk", "model": "m"}
    delta: dict[str, Any] = {"role": "assistant", "content": said or None}
    if asked:
        delta["tool_calls"] = _tool_calls(asked, indexed=True)
    reason = CHAT_REASONS.get(stop or "", stop)
    return [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]},
        {**head, "choices": [], "usage": CHAT_USAGE},
    ]
