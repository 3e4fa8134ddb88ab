"""A conversation: turns in order, each known by the cell that made it. Running a cell again replaces its turn."""

from __future__ import annotations

import msgspec

from .request import Message

__all__ = ["Conversation"]


class Turn(msgspec.Struct):
    cell: str | None
    prompt: str
    answer: str


class Conversation(msgspec.Struct):
    """What was said so far under one name."""

    name: str
    turns: list[Turn] = msgspec.field(default_factory=list)

    def messages(self, prompt: str, cell: str | None) -> tuple[Message, ...]:
        """The messages to send for this prompt from this cell: all turns before the cell's own, then the prompt."""
        said: list[Message] = []
        for turn in self.turns[: self._place(cell)]:
            said += [Message("user", turn.prompt), Message("assistant", turn.answer)]
        return (*said, Message("user", prompt))

    def record(self, prompt: str, answer: str, cell: str | None) -> None:
        """Keep a turn, in the place of the one this cell made before; later turns stay as they were."""
        place = self._place(cell)
        self.turns[place : place + 1] = [Turn(cell, prompt, answer)]

    def _place(self, cell: str | None) -> int:
        for place, turn in enumerate(self.turns):
            if cell is not None and turn.cell == cell:
                return place
        return len(self.turns)
