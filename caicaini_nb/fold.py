"""Events to a `Reply`: the one place where an answer is put together. Pure, and exact at any point of a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from .events import Event, Finished, Started, Text, Thinking, ToolInput, ToolUse
from .reply import Block, Choice, Reply, TextBlock, ThinkingBlock, ToolUseBlock
from .usage import Usage

__all__ = ["Fold", "parse_arguments", "unfold"]


class Fold:
    """Add events, ask for the reply so far at any time."""

    def __init__(self) -> None:
        self.id: str | None = None
        self.model: str | None = None
        self.usage = Usage()
        self._open: dict[tuple[int, int], _OpenBlock] = {}
        self._stop_reasons: dict[int, str | None] = {}
        self._add: Mapping[type, Callable[[Any], None]] = {
            Started: self._started,
            Text: self._text,
            Thinking: self._thinking,
            ToolUse: self._tool_use,
            ToolInput: self._tool_input,
            Finished: self._finished,
        }

    def add(self, event: Event) -> None:
        self._add[type(event)](event)

    def choices(self, *, complete: bool = True) -> tuple[Choice, ...]:
        """The answers so far, in order of their index, blocks in order of theirs.

        Until they are `complete`, a tool call without arguments is one whose arguments are still to come.
        """
        blocks: dict[int, list[Block]] = {choice: [] for choice in self._stop_reasons}
        for (choice, _), open_block in sorted(self._open.items(), key=lambda item: item[0]):
            blocks.setdefault(choice, []).append(open_block.close(complete))
        return tuple(Choice(choice, tuple(blocks[choice]), self._stop_reasons.get(choice)) for choice in sorted(blocks))

    def reply(self, *, usage: Usage, complete: bool = True, **details: Any) -> Reply:
        """The reply so far; `details` are the fields that are not in the events."""
        choices = self.choices(complete=complete)
        return Reply(choices=choices, usage=usage, id=self.id, model=self.model, complete=complete, **details)

    @property
    def text(self) -> str:
        """The first answer's text so far."""
        return "".join(
            "".join(block.pieces)
            for (choice, _), block in sorted(self._open.items(), key=lambda item: item[0])
            if choice == 0 and block.kind is TextBlock
        )

    def _started(self, event: Started) -> None:
        self.id = event.id
        self.model = event.model
        self.usage = self.usage.updated(event.usage)

    def _text(self, event: Text) -> None:
        self._block(event.choice, event.index, TextBlock).pieces.append(event.text)

    def _thinking(self, event: Thinking) -> None:
        block = self._block(event.choice, event.index, ThinkingBlock)
        block.pieces.append(event.text)
        block.signature = event.signature or block.signature

    def _tool_use(self, event: ToolUse) -> None:
        block = self._block(event.choice, event.index, ToolUseBlock)
        block.id, block.name = event.id, event.name

    def _tool_input(self, event: ToolInput) -> None:
        self._block(event.choice, event.index, ToolUseBlock).pieces.append(event.partial_json)

    def _finished(self, event: Finished) -> None:
        if event.stop_reason is not None:
            self._stop_reasons[event.choice] = event.stop_reason
        self.usage = self.usage.updated(event.usage)

    def _block(self, choice: int, index: int, kind: type) -> _OpenBlock:
        block = self._open.get((choice, index))
        if block is None:
            block = self._open[choice, index] = _OpenBlock(kind)
        return block


def unfold(reply: Reply) -> Iterator[Event]:
    """The events that fold to this reply's answers: a piece for each block."""
    yield Started(reply.id, reply.model)
    for choice in reply.choices:
        for index, block in enumerate(choice.blocks):
            yield from _unfolded(block, index, choice.index)
    for choice in reply.choices:
        yield Finished(choice.stop_reason, reply.usage, choice.index)


def _unfolded(block: Block, index: int, choice: int) -> Iterator[Event]:
    if isinstance(block, TextBlock):
        yield Text(block.text, index, choice)
    elif isinstance(block, ThinkingBlock):
        yield Thinking(block.thinking, index, choice, block.signature)
    elif isinstance(block, ToolUseBlock):
        yield ToolUse(block.id, block.name, index, choice)
        yield ToolInput(block.partial_json or msgspec.json.encode(block.input).decode(), index, choice)


class _OpenBlock:
    """A block under way: its pieces are joined once, when somebody asks."""

    __slots__ = ("id", "kind", "name", "pieces", "signature")

    def __init__(self, kind: type) -> None:
        self.kind = kind
        self.pieces: list[str] = []
        self.id = ""
        self.name = ""
        self.signature: str | None = None

    def close(self, complete: bool) -> Block:
        content = "".join(self.pieces)
        if self.kind is TextBlock:
            return TextBlock(content)
        if self.kind is ThinkingBlock:
            return ThinkingBlock(content, self.signature)
        arguments = parse_arguments(content) if content or complete else None
        return ToolUseBlock(self.id, self.name, arguments, content)


def parse_arguments(text: str) -> Mapping[str, Any] | None:
    """A tool call's arguments, or `None` when they are not one whole JSON object. No text at all is no arguments."""
    if not text.strip():
        return {}
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
