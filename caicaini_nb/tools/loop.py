"""Ask, run what the model calls, tell it the results, until it answers in text: at most so many rounds.

A tool runs only because the model's own answer calls it, and only when that answer is whole: not what a result says,
not what the text says, and nothing of an answer that was cut off. What a person is to be asked is asked each time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from ..asked import Asked
from ..content import ToolResult
from ..errors import CaicainiError, ConfigurationError, Interrupted, ToolRoundsError
from ..events import Event
from ..plan import Plan
from ..reply import Reply, TextBlock
from ..request import Message, Prompt
from .runner import ToolRunner, refused
from .tool import ToolRun

if TYPE_CHECKING:
    from ..client import Client

__all__ = ["run_tools"]

WHOLE = ("tool_use", "end_turn")  # some services end an answer with a forced call as any other

OnEvent: TypeAlias = Callable[[Event | ToolRun], None]


def run_tools(
    client: Client,
    prompt: Prompt,
    asked: Asked,
    *,
    rounds: int = 8,
    seconds: float = 30.0,
    on_event: OnEvent | None = None,
) -> Reply:
    """The first answer that asks for nothing that can be run here; its `earlier` are the rounds before.

    That is one in text, one cut by `max_tokens` (its calls are in `runs` as not run), or one that calls a tool without
    a function, for the caller to run. Raises `ToolRoundsError` after the last round, and whatever a call raises; the
    error's `reply` has the rounds until then.
    """
    plan = client._plan(prompt, asked)
    _check(plan, rounds, seconds)
    loop = _Loop(client, plan, ToolRunner(plan.request.tools, seconds), on_event)
    try:
        return loop.answer(rounds)
    except (CaicainiError, Interrupted) as failure:
        failure.reply = loop.kept(failure.reply)
        raise
    except KeyboardInterrupt:
        stopped = Interrupted(loop.kept(None))
    raise stopped


class _Loop:
    """The rounds so far. `_earlier` are over: their results were, or are being, told to the model."""

    def __init__(self, client: Client, plan: Plan, runner: ToolRunner, on_event: OnEvent | None) -> None:
        self._client = client
        self._plan = plan
        self._runner = runner
        self._on_event = on_event
        self._earlier: tuple[Reply, ...] = ()
        self._current: Reply | None = None

    def answer(self, rounds: int) -> Reply:
        plan = self._plan
        for number in range(1, rounds + 1):
            self._current = None
            reply = self._current = self._asked(plan)
            if self._ends(reply):
                return self._last(reply)
            if number == rounds:
                break
            reply = self._run(reply)
            self._earlier, self._current = (*self._earlier, reply), None
            plan = _following(plan, reply)
        raise ToolRoundsError(
            f"The model still asks for {reply.tool_uses[0].name!r} after {rounds} answer{'s' * (rounds > 1)}",
            action="Raise rounds, or have the tools answer more plainly.",
            reply=reply,
        )

    def kept(self, reply: Reply | None) -> Reply | None:
        """What an error keeps: the answer it came with or the one under way, after the rounds before it."""
        reply = reply or self._current
        if reply is not None:
            return replace(reply, earlier=(*self._earlier, *reply.earlier))
        return replace(self._earlier[-1], earlier=self._earlier[:-1]) if self._earlier else None

    def _asked(self, plan: Plan) -> Reply:
        if self._on_event is None:
            return self._client.send_planned(plan)
        with self._client.stream_planned(plan) as stream:
            try:
                for event in stream:
                    self._on_event(event)
            except KeyboardInterrupt:  # also one that comes while the event is shown
                stream.close()
                self._current = stream.reply
                raise
        return stream.reply

    def _ends(self, reply: Reply) -> bool:
        return (
            not reply.tool_uses
            or not reply.complete
            or reply.stop_reason not in WHOLE
            or any(self._runner.described_only(call) for call in reply.tool_uses)
        )

    def _last(self, reply: Reply) -> Reply:
        """The answer to hand out, after its rounds; where it was cut off, its calls are marked as not run."""
        if reply.tool_uses and reply.stop_reason not in WHOLE:
            why = f"The answer ended early ({reply.stop_reason or 'no reason given'}). The call was not run."
            for call in reply.tool_uses:
                reply = self._noted(reply, refused(call, why))
        return replace(reply, earlier=(*self._earlier, *reply.earlier))

    def _run(self, reply: Reply) -> Reply:
        for call in reply.tool_uses:
            try:
                reply = self._noted(reply, self._runner.run(call))
            except KeyboardInterrupt:
                self._current = _with_run(reply, refused(call, "The person stopped it."))
                raise
        return reply

    def _noted(self, reply: Reply, run: ToolRun) -> Reply:
        reply = self._current = _with_run(reply, run)
        if self._on_event is not None:
            self._on_event(run)
        return reply


def _with_run(reply: Reply, run: ToolRun) -> Reply:
    return replace(reply, runs=(*reply.runs, run))


def _following(plan: Plan, reply: Reply) -> Plan:
    """The next round: what was said so far, the results, and the choice of tools the model's own again."""
    said = tuple(block for block in reply.blocks if not (isinstance(block, TextBlock) and not block.text))
    results = tuple(ToolResult(run.id, run.result, run.is_error) for run in reply.runs)
    messages = (*plan.request.messages, Message("assistant", said), Message("user", results))
    return replace(plan, request=replace(plan.request, messages=messages, tool_choice=None))


def _check(plan: Plan, rounds: int, seconds: float) -> None:
    if not plan.request.tools:
        raise ConfigurationError("There are no tools to run", action="Pass tools=[…], or use send.")
    if plan.request.n not in (None, 1):
        raise ConfigurationError("With tools there is one answer to go on with", action="Leave n out.")
    if isinstance(rounds, bool) or not isinstance(rounds, int) or rounds < 1:
        raise ConfigurationError(f"rounds is a positive whole number, not {rounds!r}", action="Change rounds.")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
        raise ConfigurationError(f"seconds is a positive number, not {seconds!r}", action="Change seconds.")
