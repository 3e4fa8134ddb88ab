"""How far a job is: which rows are done, what they cost, what was under way when a process ended."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from .outcome import Answered, Free, Line, Sent

__all__ = ["Progress", "Tally"]


class Progress(msgspec.Struct, frozen=True):
    """A job at one moment. `rows` counts every row of the input, `done` those with an answer or an error kept.

    `credits` is what the service said the answers cost, `None` where it says none; `a_minute` how many rows are done in
    a minute at present, `seconds_left` how long the others take at that; `last_error` the last one in words.
    """

    rows: int
    done: int = 0
    failed: int = 0
    skipped: int = 0
    credits: int | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    a_minute: float | None = None
    seconds_left: float | None = None
    last_error: str | None = None
    state: str = "planned"


class Tally:
    """Counts lines; the texts stay in the folder. `done` has each key that is done, and whether it failed."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.done: dict[str, bool] = {}
        self.under_way: set[str] = set()
        self.answered = 0
        self.failed = 0
        self.credits: int | None = None
        self.input_tokens = 0
        self.output_tokens = 0
        self.last_error: str | None = None
        for line in lines:
            self.add(line)

    def add(self, line: Line) -> None:
        if isinstance(line, Sent):
            self.under_way.add(line.key)
        elif isinstance(line, Free):
            self.under_way.discard(line.key)
        else:
            self._answered(line)

    def _answered(self, line: Answered) -> None:
        self.under_way.discard(line.key)
        before = self.done.get(line.key)
        self.failed += (line.error is not None) - bool(before)
        self.answered += (line.error is None) - (before is False)
        self.done[line.key] = line.error is not None
        if line.credits is not None:
            self.credits = (self.credits or 0) + line.credits
        self.input_tokens += line.input_tokens or 0
        self.output_tokens += line.output_tokens or 0
        if line.error is not None:
            self.last_error = f"{line.error}: {line.message}"
