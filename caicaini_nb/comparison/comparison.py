"""Several models' answers to one question, side by side: what each said, how long it took, what it cost.

A cost stands in its provider's own unit (credits, or ¥ by the published price table) or reads *unknown*; the two are
never added up. What models wrote is shown disarmed, each answer in a quotation of its own, so that none reaches into
the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from ..config import plain
from ..display.answer import has_something, in_markdown, in_text
from ..display.panel import Panel
from ..display.receipt import Receipt
from ..display.safe_markdown import disarm, escape, without_controls
from ..errors import CaicainiError, Interrupted
from ..models import price
from ..reply import Reply
from ..usage import Usage

__all__ = ["COLUMNS", "Comparison", "Side"]

SHORT = 160  # characters: a longer answer stands below the table, not in it

COLUMNS = {
    "model": "string",
    "model_answered": "string",
    "provider": "string",
    "origin": "string",
    "engine": "string",
    "text": "string",
    "value": "object",
    "input_tokens": "Int64",
    "output_tokens": "Int64",
    "credits": "Int64",
    "cny": "Float64",
    "first_token_ms": "Float64",
    "total_ms": "Float64",
    "stop_reason": "string",
    "error": "string",
    "message": "string",
}
"""The columns of `Comparison.frame()` and their pandas dtypes. What is unknown is NA."""


class Side(msgspec.Struct, frozen=True):
    """One model's side. `reply` is what arrived of it, `error` why there is no more; both are `None` while it answers.

    `text` is the answer so far, `waiting` what holds it up at the moment.
    """

    model: str
    provider: str
    text: str = ""
    reply: Reply | None = None
    error: CaicainiError | Interrupted | None = None
    waiting: str = ""

    @property
    def done(self) -> bool:
        return self.reply is not None or self.error is not None

    @property
    def usage(self) -> Usage:
        """What all its rounds used; a reply from the cache used nothing anew, and no credits."""
        if self.reply is None:
            return Usage()
        used = self.reply.total_usage
        if not self.reply.cached:
            return used
        return Usage(used.input_tokens, used.output_tokens, credits=0 if self.provider == "caicaini" else None)

    @property
    def cny(self) -> Decimal | None:
        """CNY by the price table; `None` for Caicaini, and where the price or a count is unknown."""
        if self.reply is None or self.provider != "cailag":
            return None
        if self.reply.cached:
            return Decimal(0)
        return price(self.reply.model or self.model, self.usage.input_tokens, self.usage.output_tokens)

    @property
    def cost(self) -> str:
        """What it cost, in words, in its provider's own unit."""
        if not self.done:
            return "…"
        if self.reply is None:
            return "unknown" if getattr(self.error, "may_be_charged", True) else "none"
        if self.provider == "cailag":
            words = "unknown" if self.cny is None else f"¥{self.cny.normalize():f}"
        else:
            amount = self.usage.credits
            words = "unknown" if amount is None else f"{amount:,} credit{'s' * (amount != 1)}"
        notes = {"cached": self.reply.cached, "not bounded by the budget": self.reply.unbounded}
        return ", ".join([words, *(note for note, holds in notes.items() if holds)])

    @property
    def problem(self) -> str:
        """The error's class and sentence, or nothing."""
        if self.error is None:
            return ""
        why = "the answer ends here" if self.text else "no answer had come"
        sentence = why if isinstance(self.error, Interrupted) else str(self.error)
        return f"{type(self.error).__name__}: {sentence}"

    @property
    def is_short(self) -> bool:
        """Whether all there is to show fits into a cell of the table."""
        reply = self.reply
        more = reply is not None and (reply.thinking or reply.earlier or reply.runs or reply.value is not None)
        several = reply is not None and len(reply.choices) > 1
        return not more and not several and len(self.text) <= SHORT and "\n" not in self.text.strip()


class Comparison(msgspec.Struct, frozen=True):
    """The sides in the order the models were named."""

    sides: tuple[Side, ...]

    @property
    def replies(self) -> dict[str, Reply]:
        """What arrived, by the model asked; a model that failed before its first word is not in it."""
        return {side.model: side.reply for side in self.sides if side.reply is not None}

    @property
    def errors(self) -> dict[str, CaicainiError | Interrupted]:
        """Why a model has no answer, or not a whole one."""
        return {side.model: side.error for side in self.sides if side.error is not None}

    @property
    def complete(self) -> bool:
        """Whether every model has answered to its end."""
        return all(side.reply is not None and side.reply.complete for side in self.sides)

    @property
    def text(self) -> str:
        """All answers one after the other."""
        return "\n\n".join(side.text for side in self.sides if side.text)

    def frame(self) -> Any:
        """A DataFrame with a row for each model; columns and dtypes are those of `COLUMNS`. Needs pandas."""
        import pandas as pd

        rows = [_row(side) for side in self.sides]
        return pd.DataFrame(
            {name: pd.Series([row[name] for row in rows], dtype=kind) for name, kind in COLUMNS.items()}
        )

    def metadata(self) -> list[dict[str, Any]]:
        """For each model its receipt as data, for a notebook's output."""
        return [
            {"asked": side.model, "error": side.problem or None}
            | (Receipt(side.reply).metadata() if side.reply is not None else {})
            for side in self.sides
        ]

    def markdown(self, *, steady: bool = False) -> str:
        """A table; answers too long for it stand below. `steady` leaves out the times, which differ from run to run."""
        table = self._table(steady=steady).markdown
        return table if self._fits else "\n\n".join([table, *map(_quoted, self.sides)])

    def _table(self, *, steady: bool) -> Panel:
        head = [name for name in FIGURES if not (steady and name in TIMES)]
        rows = [[FIGURES[name](side) for name in head] for side in self.sides]
        if self._fits:
            head.append("answer")
            rows = [[*row, _line(_shown(side))] for row, side in zip(rows, self.sides, strict=True)]
        return Panel.of("", head, rows)

    @property
    def _fits(self) -> bool:
        return all(side.is_short for side in self.sides)

    def _repr_markdown_(self) -> str:
        return self.markdown(steady=plain())

    def __repr__(self) -> str:
        table = self._table(steady=plain()).text
        if self._fits:
            return table
        return "\n\n".join([table, *(f"{side.model}\n{_indented(side)}" for side in self.sides)])


def _row(side: Side) -> dict[str, Any]:
    """One row of the frame: what is not known is `None`, which each dtype shows as NA."""
    reply, usage, error = side.reply, side.usage, side.error
    timing = None if reply is None or reply.cached else reply.timing
    return {
        "model": side.model,
        "model_answered": reply and reply.model,
        "provider": side.provider,
        "origin": reply and reply.origin,
        "engine": reply and reply.engine,
        "text": side.text if reply is not None else None,
        "value": reply and reply.value,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "credits": usage.credits,
        "cny": None if side.cny is None else float(side.cny),
        "first_token_ms": timing and timing.first_token_ms,
        "total_ms": timing and timing.total_ms,
        "stop_reason": reply and reply.stop_reason,
        "error": None if error is None else type(error).__name__,
        "message": None if error is None else side.problem.partition(": ")[2],
    }


def _milliseconds(side: Side, name: str) -> str:
    if side.reply is None or side.reply.cached:
        return "–" if side.done else "…"
    value = getattr(side.reply.timing, name)
    return "–" if value is None else f"{value:,.0f} ms"


def _tokens(side: Side, name: str) -> str:
    if side.reply is None:
        return "–" if side.done else "…"
    value = getattr(side.usage, name)
    return "unknown" if value is None else f"{value:,}"


def _answered(side: Side) -> str:
    if side.reply is None:
        return "–" if side.done else "…"
    return _line(side.reply.model or "unknown", 60)


def _origin(side: Side) -> str:
    if side.reply is None:
        return side.provider
    return _line(" · ".join(filter(None, (side.reply.origin, side.reply.engine))), 60)


FIGURES: Mapping[str, Callable[[Side], str]] = {
    "model": lambda side: side.model,
    "answered by": _answered,
    "from": _origin,
    "tokens in": lambda side: _tokens(side, "input_tokens"),
    "out": lambda side: _tokens(side, "output_tokens"),
    "cost": lambda side: side.cost,
    "first token": lambda side: _milliseconds(side, "first_token_ms"),
    "total": lambda side: _milliseconds(side, "total_ms"),
}
TIMES = ("first token", "total")


def _shown(side: Side) -> str:
    """The answer as one text, with why it ends where it does."""
    return " ".join(filter(None, (side.text.strip(), side.problem and f"[{side.problem}]", side.waiting)))


def _quoted(side: Side) -> str:
    """An answer under its model's name. In a quotation: code or a list that it leaves open ends there."""
    reply = side.reply
    body = in_markdown(reply) if reply is not None and has_something(reply) else disarm(side.text)
    notes = [f"*{escape(_line(note, 1000))}*" for note in (side.problem, side.waiting) if note]
    lines = "\n\n".join(filter(None, [body, *notes])) or "…"
    quoted = "\n".join(f"> {line}".rstrip() for line in lines.split("\n"))
    return f"**{escape(side.model)}**\n\n{quoted}"


def _indented(side: Side) -> str:
    reply = side.reply
    body = in_text(reply) if reply is not None and has_something(reply) else side.text
    notes = [f"[{_line(note, 1000)}]" for note in (side.problem, side.waiting) if note]
    lines = without_controls("\n".join(filter(None, [body, *notes])) or "…").split("\n")
    return "\n".join(f"  {line}".rstrip() for line in lines)


def _line(text: str, longest: int = 400) -> str:
    """On one line and short: names and messages are the service's to choose, answers the model's."""
    return re.sub(r"\s+", " ", without_controls(text))[:longest]
