"""A reply as text that outlives the kernel, and back. Pure; it holds what the service answered, and no key.

A value is not written: it is read anew from the answer, by the class it was asked for. Times and rate limits belong to
the call that was made then, and are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import asdict

from .reply import Block, Choice, OtherBlock, Reply, TextBlock, ThinkingBlock, ToolUseBlock
from .tools.tool import ToolRun
from .usage import Usage, sum_usage

__all__ = ["is_worth_keeping", "read_reply", "read_usage", "write_reply"]

AS_THEY_ARE = ("id", "model", "request_id", "raw", "provider", "surface", "origin", "engine")
KINDS: Mapping[str, type[Block]] = {
    "text": TextBlock,
    "thinking": ThinkingBlock,
    "tool_use": ToolUseBlock,
    "other": OtherBlock,
}
NAMES = {kind: name for name, kind in KINDS.items()}


def is_worth_keeping(reply: Reply) -> bool:
    """Whether it is a whole answer: nothing broke it off, and the service said why it ends.

    One that `max_tokens` cut is whole in this sense: the same request, with the same `max_tokens`, ends there again.
    """
    ended = all(choice.stop_reason is not None for choice in reply.choices)
    return reply.complete and not reply.cached and bool(reply.choices) and ended


def write_reply(reply: Reply) -> bytes:
    """Raises `ValueError` or `TypeError` for what is no JSON."""
    try:
        return msgspec.json.encode(_fields(reply))
    except (msgspec.MsgspecError, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from None


def read_reply(text: bytes) -> Reply:
    """The reply as one that cost nothing. Raises `ValueError` for what `write_reply` has not written."""
    try:
        return _reply(msgspec.json.decode(text))
    except (msgspec.MsgspecError, LookupError, TypeError, RecursionError) as error:
        raise ValueError(f"not a kept reply: {error}") from None


def read_usage(text: bytes) -> Usage:
    """What the kept reply used when it was paid for, all rounds together. Raises `ValueError` as `read_reply` does."""
    try:
        fields = msgspec.json.decode(text)
        return sum_usage(msgspec.convert(reply["usage"], Usage) for reply in (*fields["earlier"], fields))
    except (msgspec.MsgspecError, LookupError, TypeError, RecursionError) as error:
        raise ValueError(f"not a kept reply: {error}") from None


def _fields(reply: Reply) -> dict[str, Any]:
    return {
        **{name: getattr(reply, name) for name in AS_THEY_ARE},
        "choices": [
            {**asdict(choice), "blocks": [[NAMES[type(block)], asdict(block)] for block in choice.blocks]}
            for choice in reply.choices
        ],
        "usage": asdict(reply.usage),
        "earlier": [_fields(round_before) for round_before in reply.earlier],
        "runs": [asdict(run) for run in reply.runs],
    }


def _reply(fields: Mapping[str, Any]) -> Reply:
    usage = msgspec.convert(fields["usage"], Usage)
    free = None if fields["provider"] == "cailag" else 0  # cailag has no credits, not even none
    return Reply(
        choices=tuple(_choice(choice) for choice in fields["choices"]),
        usage=msgspec.structs.replace(usage, credits=free),
        earlier=tuple(map(_reply, fields["earlier"])),
        runs=msgspec.convert(fields["runs"], tuple[ToolRun, ...]),
        attempts=0,
        cached=True,
        **{name: fields[name] for name in AS_THEY_ARE},
    )


def _choice(fields: Mapping[str, Any]) -> Choice:
    blocks = tuple(KINDS[kind](**content) for kind, content in fields["blocks"])
    return Choice(fields["index"], blocks, fields["stop_reason"])
