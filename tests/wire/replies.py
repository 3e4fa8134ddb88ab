"""What the two surfaces send, as bytes: whole bodies and event streams, the plain and the odd."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["CHAT", "CHAT_PLAIN", "MESSAGES", "MESSAGES_PLAIN", "MESSAGES_TEXT", "chat_stream", "messages_stream"]


def messages_stream(payloads: Iterable[Mapping[str, Any]]) -> bytes:
    """Named events."""
    return b"".join(
        f"event: {payload['type']}\ndata: {json.dumps(payload, ensure_ascii=False)}\n\n".encode()
        for payload in payloads
    )


def chat_stream(payloads: Iterable[Mapping[str, Any]], *, done: bool = True) -> bytes:
    """Unnamed frames."""
    body = b"".join(f"data: {json.dumps(payload, ensure_ascii=False)}\n\n".encode() for payload in payloads)
    return body + (b"data: [DONE]\n\n" if done else b"")


USAGE = {
    "input_tokens": 12, "output_tokens": 9, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 4,
    "credits_consumed": 3,
}  # fmt: skip

MESSAGES_PLAIN: dict[str, Any] = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "caicaini/sonnet",
    "content": [
        {"type": "thinking", "thinking": "Two plus two.", "signature": "sig=="},
        {"type": "text", "text": "It is\u2028four: 你好 🎈."},
        {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {"a": 2, "b": [2]}},
        {"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}},
    ],
    "stop_reason": "tool_use", "usage": USAGE, "new_field": {"kept": True},
}  # fmt: skip

MESSAGES = messages_stream(
    [
        {
            "type": "message_start",
            "message": {
                "id": "msg_1", "type": "message", "role": "assistant", "model": "caicaini/sonnet", "content": [],
                "stop_reason": None,
                "usage": {
                    "input_tokens": 12, "output_tokens": 1, "cache_creation_input_tokens": 0,
                    "cache_read_input_tokens": 4,
                },
                "new_field": {"kept": True},
            },
        },
        {"type": "ping"},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Two "}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "plus two."}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "sig=="}},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "It is\u2028four"}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": ": 你好 🎈."}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "glow_delta", "glow": 7}},
        {"type": "content_block_stop", "index": 1},
        {"type": "news", "headline": "an event type nobody documented"},
        {
            "type": "content_block_start", "index": 2,
            "content_block": {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {}},
        },
        {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": ""}},
        {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": '{"a": 2, '}},
        {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": '"b": [2]}'}},
        {"type": "content_block_stop", "index": 2},
        {
            "type": "content_block_start", "index": 3,
            "content_block": {"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}},
        },
        {"type": "content_block_stop", "index": 3},
        {
            "type": "message_delta", "delta": {"stop_reason": "tool_use"},
            "usage": {"output_tokens": 9, "credits_consumed": 3},
        },
        {"type": "message_stop"},
    ]
)  # fmt: skip

MESSAGES_TEXT = messages_stream(
    [
        {"type": "message_start", "message": {"id": "msg_2", "model": "caicaini/kimi", "usage": {"input_tokens": 5}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Grüße"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": " 🎈!"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4,
                                                                                  "credits_consumed": 2}},
        {"type": "message_stop"},
    ]
)  # fmt: skip

CHAT_PLAIN: dict[str, Any] = {
    "id": "chatcmpl_1", "object": "chat.completion", "created": 1, "model": "deepseek-chat",
    "choices": [
        {
            "index": 0, "finish_reason": "tool_calls",
            "message": {
                "role": "assistant", "reasoning_content": "Hm.", "content": "Zwei: 🎈",
                "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}},
                    {"id": "c2", "type": "function", "function": {"name": "now", "arguments": ""}},
                ],
            },
        },
        {"index": 1, "finish_reason": "length", "message": {"role": "assistant", "content": "Second"}},
    ],
    "usage": {
        "prompt_tokens": 7, "completion_tokens": 8, "total_tokens": 15, "credits_consumed": 0,
        "prompt_tokens_details": {"cached_tokens": 2},
    },
}  # fmt: skip


def _chunk(*choices: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    head = {"id": "chatcmpl_1", "object": "chat.completion.chunk", "created": 1, "model": "deepseek-chat"}
    return {**head, "choices": list(choices), **fields}


def _delta(index: int = 0, finish_reason: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"index": index, "delta": delta, "finish_reason": finish_reason}


def _call(index: int, **fields: Any) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, **fields}]}


CHAT = chat_stream(
    [
        _chunk(_delta(role="assistant", content="")),
        _chunk(_delta(content="")),
        _chunk(_delta(reasoning_content="Hm.")),
        _chunk(_delta(content="Zwei")),
        _chunk(_delta(1, role="assistant", content="Sec")),
        _chunk(_delta(content=": 🎈"), system_fingerprint="fp"),
        _chunk(_delta(1, content="ond")),
        _chunk(_delta(**_call(0, id="c1", type="function", function={"name": "add", "arguments": ""}))),
        _chunk(_delta(**_call(0, function={"arguments": '{"a"'}))),
        _chunk(_delta(**_call(0, function={"arguments": ": 1}"}))),
        _chunk(_delta(**_call(1, id="c2", type="function", function={"name": "now", "arguments": ""}))),
        _chunk(_delta(1, "length")),
        _chunk(_delta(0, "tool_calls")),
        _chunk(usage=CHAT_PLAIN["usage"]),
    ]
)
