"""One question being answered by a model: the steps first if thinking is on, then calls, JSON or text.

It holds the model to schemas while it writes, so that JSON streams and is valid; where a schema cannot be held to in
full, the answer is checked at its end and filled by the rules engine if it is wrong.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Iterator
from typing import Any

from caicaini_nb.sandbox import tokens
from caicaini_nb.sandbox.engine import Piece, Question, Text, Thinking, ToolSpec, ToolUse
from caicaini_nb.sandbox.model.llama import Llama
from caicaini_nb.sandbox.model.narrowing import narrow
from caicaini_nb.sandbox.model.prompt import Prompt, messages, offered
from caicaini_nb.sandbox.model.thoughts import ThoughtReader
from caicaini_nb.sandbox.model.tool_calls import CallReader, Found
from caicaini_nb.sandbox.model.tool_turns import ToolTurn, emulated, tool_turn
from caicaini_nb.sandbox.rules.schema_filling import Impossible, fill
from caicaini_nb.sandbox.rules.validity import valid

__all__ = ["Writer"]

LONGEST_STEPS = 256  # tokens, whatever the budget
ANY_OBJECT: dict[str, Any] = {"type": "object"}
OPEN_THOUGHT = "<think>"
LONGEST_ARGUMENT = 200  # characters of a text without a bound of its own
MOST_CALLS = 8  # in one answer
LONGEST_CALL = 2_400  # characters that may be a call, before they are taken as they are
LONGEST_CHECKED = 1_500  # tokens of JSON that nobody sees before it is complete


class Writer:
    """Writes one answer; `stop` ends it within a token."""

    def __init__(self, question: Question, llama: Llama, stop: threading.Event) -> None:
        self._question = question
        self._llama = llama
        self._stop = stop
        self._turn = tool_turn(question)
        self._native = llama.knows_tools and (llama.chains or not self._turn.answered)
        self._notes = ""

    def prompt_tokens(self) -> int:
        """Return how many tokens the model has to read."""
        return len(self._llama.tokens(self._text(self._shape())))

    def pieces(self) -> Iterator[Piece]:
        """Yield the whole answer."""
        if self._question.thinking_budget:
            yield from self._think(self._question.thinking_budget)
        if self._turn.tools:
            used = yield from self._call()
            if used:
                return
        if self._wanted is None:
            yield from self._say()
        else:
            yield from self._fill(self._wanted)

    @property
    def _wanted(self) -> dict[str, Any] | None:
        """The schema the text must follow."""
        if self._question.schema is not None:
            return self._question.schema
        return ANY_OBJECT if self._question.json_object else None

    def _shape(self) -> Prompt:
        return Prompt(notes=self._notes, schema=self._wanted)

    def _text(self, prompt: Prompt, tools: tuple[ToolSpec, ...] | None = None) -> str:
        """The prompt's text; `tools` None are those of this turn."""
        shown = self._turn.tools if tools is None else tools
        told = messages(self._question, self._native, prompt)
        return self._llama.template(told, offered(shown) if self._native else [])

    def _write(self, text: str, *, limit: int | None = None, schema: dict[str, Any] | None = None) -> Iterator[str]:
        question = self._question
        return self._llama.write(
            self._llama.tokens(text), self._stop, limit=limit, schema=schema,
            temperature=question.temperature, top_p=question.top_p, choice=question.choice,
        )  # fmt: skip

    def _think(self, budget: int) -> Iterator[Piece]:
        """Have the steps written first, cut to the budget by the count that is charged."""
        left = budget
        limit = min(budget, LONGEST_STEPS)
        text = self._text(Prompt(steps=True), ())
        for part in self._write(text, limit=limit):
            shown = part.replace(OPEN_THOUGHT, "").replace("</think>", "")
            cost = tokens.count(shown)
            if cost > left:
                break
            left -= cost
            self._notes += shown
            if shown:
                yield Thinking(shown)

    def _say(self) -> Iterator[Piece]:
        text = self._text(self._shape(), ())
        reader = ThoughtReader(text.rstrip().endswith(OPEN_THOUGHT))
        for part in self._write(text):
            yield from (Text(shown) for thinking, shown in reader.feed(part) if not thinking)
        yield from (Text(shown) for thinking, shown in reader.finish() if not thinking)

    def _fill(self, schema: dict[str, Any]) -> Iterator[Piece]:
        """Write JSON to the schema: as it is made where the schema is held to in full, else checked first."""
        narrowed = narrow(schema)
        text = self._text(self._shape(), ())
        if narrowed.exact:
            yield from map(Text, self._write(text, schema=narrowed.schema))
        else:
            made = self._write(text, limit=LONGEST_CHECKED, schema=narrowed.schema)
            yield Text(json.dumps(self._checked("".join(made), schema), ensure_ascii=False))

    def _checked(self, text: str, schema: dict[str, Any]) -> Any:
        """What was written where it is valid, else filled by the rules from what was written and asked."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if value is not None and valid(value, schema, schema):
            return value
        given = value if isinstance(value, dict) else {}
        try:
            return fill(schema, self._question.turns[-1].text, given)[0]
        except Impossible:
            return value

    def _call(self) -> Generator[Piece, None, bool]:
        """Yield calls and what is said beside them; returns whether the answer is complete with that."""
        turn = self._turn
        if turn.forced and len(turn.tools) == 1:
            yield ToolUse(turn.tools[0].name, self._arguments(turn.tools[0]))
            return True
        if not self._native:
            uses = self._emulated(turn)
        else:
            chosen = yield from self._chosen(turn)
            if chosen is None:
                return True
            uses = chosen
            if not uses and turn.forced:
                uses = self._emulated(turn) or [ToolUse(turn.tools[0].name, self._arguments(turn.tools[0]))]
        uses = uses if self._question.parallel_tools else uses[:1]
        yield from uses
        return bool(uses)

    def _chosen(self, turn: ToolTurn) -> Generator[Piece, None, list[ToolUse] | None]:
        """Let the model choose; returns its new calls, or None when it answered in text instead."""
        reader = CallReader([tool.name for tool in turn.tools])
        thoughts = ThoughtReader()
        quiet = turn.forced or self._wanted is not None
        said = False
        text = self._text(self._shape())
        for part in self._write(text):
            for thinking, heard in thoughts.feed(part):
                shown = "" if thinking else reader.feed(heard)
                if shown and not quiet:
                    said = said or bool(shown.strip())
                    yield Text(shown)
            if reader.held > LONGEST_CALL:
                break
        reader.feed("".join(heard for thinking, heard in thoughts.finish() if not thinking))
        calls, rest = reader.finish()
        fresh: list[ToolUse] = []
        for use in (self._made(call, turn) for call in calls[:MOST_CALLS]):
            if use is not None and use not in fresh and not turn.is_repeated(use.name, use.arguments):
                fresh.append(use)
        if calls or quiet:
            return fresh if fresh or not said else None
        if rest:
            yield Text(rest)
        return None if said or rest.strip() else []

    def _made(self, call: Found, turn: ToolTurn) -> ToolUse | None:
        """The call as the model wrote it; with arguments that its schema refuses, they are written anew under it.

        A name that is not on offer is the tool the rules pick, if they pick one.
        """
        if call.name is None:
            picked = emulated(self._question)
            return ToolUse(picked[0][0], self._arguments(turn.spec(picked[0][0]))) if picked else None
        spec = turn.spec(call.name)
        if call.arguments is not None and valid(call.arguments, spec.schema, spec.schema):
            return ToolUse(spec.name, call.arguments)
        return ToolUse(spec.name, self._arguments(spec))

    def _emulated(self, turn: ToolTurn) -> list[ToolUse]:
        """Tools picked by the rules; the model writes the arguments, unless one tool is called for several things."""
        picked = emulated(self._question)
        names = [name for name, _ in picked]
        uses = []
        for name, arguments in picked:
            several = names.count(name) > 1
            use = ToolUse(name, arguments if several else self._arguments(turn.spec(name)))
            if not turn.is_repeated(use.name, use.arguments):
                uses.append(use)
        return uses

    def _arguments(self, spec: ToolSpec) -> dict[str, Any]:
        """Have a tool's arguments written under its schema."""
        schema = {"type": "object", **spec.schema}
        held_to = narrow(schema, LONGEST_ARGUMENT).schema
        if self._native:
            head = f'<tool_call>\n{{"name": {json.dumps(spec.name)}, "arguments": '
            text = self._text(Prompt(notes=self._notes), (spec,)) + head
        else:
            text = self._text(Prompt(notes=self._notes, call=spec), ())
        written = "".join(self._write(text, limit=LONGEST_CHECKED, schema=held_to))
        value = self._checked(written, schema)
        return value if isinstance(value, dict) else {}
