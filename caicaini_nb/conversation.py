"""A conversation: turns in order, each known by the cell that made it. Running a cell again replaces its turns.

Pictures stay in the history and are sent again with each turn after theirs. Of tool calls, the rounds are told again
only to a call that has tools, because services refuse them elsewhere; thinking is not told again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from .content import Image, ImageLink, ToolResult
from .place import Place
from .reply import Block, Reply, TextBlock, ToolUseBlock
from .request import Message

__all__ = ["Conversation", "Turn"]

NOWHERE = Place()


class Turn(msgspec.Struct, frozen=True):
    """What was asked and answered.

    `rounds` are the tool calls in between with their results, in pairs; `calls` is the whole answer where it calls
    tools that nobody has run yet.
    """

    place: Place
    asked: Message
    answer: str
    model: str | None = None
    rounds: tuple[Message, ...] = ()
    calls: tuple[Block, ...] = ()

    @property
    def prompt(self) -> str:
        """The text of what was asked."""
        content = self.asked.content
        if isinstance(content, str):
            return content
        return "\n\n".join(text for item in content if (text := _text(item)))

    @property
    def pictures(self) -> tuple[Image | ImageLink, ...]:
        content = self.asked.content
        return () if isinstance(content, str) else tuple(i for i in content if isinstance(i, (Image, ImageLink)))


class Conversation(msgspec.Struct):
    """What was said so far under one name."""

    name: str
    turns: list[Turn] = msgspec.field(default_factory=list)

    def messages(
        self, prompt: str | Message, place: Place = NOWHERE, *, with_tools: bool = False
    ) -> tuple[Message, ...]:
        """The messages to send for this prompt from this cell: all turns before the cell's own, then the prompt."""
        start, _ = self._span(place)
        asked = _message(prompt)
        before = self.turns[:start]
        following = [*before, Turn(place, asked, "")][1:]
        tell = _told if with_tools or _results(asked) else _told_without_tools
        return (*(message for pair in zip(before, following, strict=True) for message in tell(*pair)), asked)

    def record(self, prompt: str | Message, reply: Reply | str, place: Place = NOWHERE) -> None:
        """Keep a turn, in the place of those that an earlier run of this cell made; later turns stay as they were."""
        start, end = self._span(place)
        self.turns[start:end] = [_turn(_message(prompt), reply, place)]

    def history(self) -> tuple[Message, ...]:
        """Everything that was said, tool calls and their results too."""
        said: list[Message] = []
        for turn in self.turns:
            answer = turn.calls or turn.answer
            said += [turn.asked, *turn.rounds, Message("assistant", answer)]
        return tuple(said)

    def reset(self) -> None:
        """Forget all that was said."""
        self.turns.clear()

    def _span(self, place: Place) -> tuple[int, int]:
        """Where a turn of this run of this cell goes, and up to where it replaces what an earlier run left."""
        if place.cell is None:
            return len(self.turns), len(self.turns)
        own = [at for at, turn in enumerate(self.turns) if turn.place.cell == place.cell]
        if not own:
            return len(self.turns), len(self.turns)
        if place.run is not None:
            now = [at for at in own if self.turns[at].place.run == place.run]
            if now:  # one more turn of a cell that makes several
                return now[-1] + 1, now[-1] + 1
        return own[0], own[0] + 1 + _following(own)


def _following(own: list[int]) -> int:
    """How many of a cell's turns come right after its first one."""
    return sum(at == own[0] + step for step, at in enumerate(own)) - 1


def _text(item: Any) -> str:
    """A block's text, `""` for a block that is none."""
    if isinstance(item, Mapping):
        return str(item.get("text", ""))
    return item.text if isinstance(item, TextBlock) else ""


def _message(prompt: str | Message) -> Message:
    return Message("user", prompt) if isinstance(prompt, str) else prompt


def _turn(asked: Message, reply: Reply | str, place: Place) -> Turn:
    if isinstance(reply, str):
        return Turn(place, asked, reply)
    rounds: list[Message] = []
    for earlier in reply.earlier:
        if earlier.runs:  # not one whose data was mended
            results = tuple(ToolResult(run.id, run.result, run.is_error) for run in earlier.runs)
            rounds += [Message("assistant", _spoken(earlier.blocks)), Message("user", results)]
    is_open = reply.stop_reason == "tool_use" and reply.value is None and not reply.runs
    calls = tuple(reply.blocks) if is_open and reply.tool_uses else ()
    return Turn(place, asked, _answer(reply), reply.model, tuple(rounds), calls)


def _answer(reply: Reply) -> str:
    """The answer as text; data that came as a tool's arguments as JSON."""
    if not reply.text and reply.value is not None and reply.tool_uses:
        return msgspec.json.encode(reply.tool_uses[0].input).decode()
    return reply.text


def _spoken(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Text and calls, without thinking and without empty text, which services refuse."""
    kept = (block for block in blocks if isinstance(block, (TextBlock, ToolUseBlock)))
    return tuple(block for block in kept if not (isinstance(block, TextBlock) and not block.text))


def _told(turn: Turn, following: Turn) -> list[Message]:
    """A turn as the model hears it again, with its tool calls; nothing of one that has no answer to tell."""
    if _hands_over(turn, following):
        return [turn.asked, *turn.rounds, Message("assistant", turn.calls)]
    if not turn.answer.strip():
        return []
    return [turn.asked, *turn.rounds, Message("assistant", turn.answer)]


def _told_without_tools(turn: Turn, following: Turn) -> list[Message]:
    """The same in text alone: a question whose tool calls the next turn answers has that turn's answer."""
    if not _hands_over(turn, following) and not turn.answer.strip():
        return []
    said = [] if _results(turn.asked) else [turn.asked]
    return said if _hands_over(turn, following) else [*said, Message("assistant", turn.answer)]


def _hands_over(turn: Turn, following: Turn) -> bool:
    """Whether the next turn brings the results that this one's calls are waiting for."""
    return any(isinstance(call, ToolUseBlock) and call.id in _results(following.asked) for call in turn.calls)


def _results(message: Message) -> set[str]:
    """The ids of the calls whose results a message holds."""
    if isinstance(message.content, str):
        return set()
    ids = {item.id for item in message.content if isinstance(item, ToolResult)}
    dicts = [item for item in message.content if isinstance(item, Mapping)]
    return ids | {str(item["tool_use_id"]) for item in dicts if "tool_use_id" in item}
