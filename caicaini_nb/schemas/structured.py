"""From an answer to the data it was asked for: read, checked, and asked again once where it does not fit.

An answer that was cut off by `max_tokens` is not asked again: the same room would cut the next one, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from msgspec.structs import replace

from ..content import ToolResult
from ..errors import CaicainiError, Interrupted, SchemaMismatchError
from ..plan import Plan
from ..reply import Choice, Reply, TextBlock, ToolUseBlock
from ..request import Message
from ..surfaces.messages_tools import ANSWER
from .json_text import read_data
from .shape import Shape

__all__ = ["settle"]

Ask: TypeAlias = Callable[[Plan], Reply]


class Misfit(Exception):
    """The first answer of a reply that is not the data, and why."""

    def __init__(self, choice: Choice | None, problem: str) -> None:
        super().__init__(problem)
        self.choice = choice
        self.problem = problem


def settle(plan: Plan, reply: Reply, ask: Ask) -> Reply:
    """The reply with its `value`. With `n` > 1 every answer must fit, and the value is the first's.

    An answer that does not fit is asked for once more, told what is wrong; the round before is then the reply's
    `earlier`. An answer that calls tools is not the data yet: it stays without a value. Raises `SchemaMismatchError`,
    whose `reply` has the text, where there is no data after all.
    """
    shape = plan.shape
    if shape is None or (plan.request.tools and reply.tool_uses):
        return reply
    try:
        return replace(reply, value=_value(plan, shape, reply))
    except Misfit as misfit:
        again = _asked_again(plan, reply, misfit)
    try:
        following = ask(again)
    except (CaicainiError, Interrupted) as failure:
        if failure.reply is None:
            failure.reply = reply
        raise
    following = replace(following, earlier=(*reply.earlier, replace(reply, earlier=()), *following.earlier))
    try:
        return replace(following, value=_value(again, shape, following))
    except Misfit as misfit:
        problem = misfit.problem
    raise SchemaMismatchError(
        f"The answer is not {shape.name}, also when asked again: {problem}",
        action="Say more plainly what you want, or use a more capable model; what it wrote is in the error's reply.",
        request_id=following.request_id,
        reply=following,
    )


def _value(plan: Plan, shape: Shape, reply: Reply) -> Any:
    """The first answer's value, all of them checked. Raises `Misfit`, or `SchemaMismatchError` for one cut off."""
    cut = next((choice for choice in reply.choices if choice.stop_reason == "max_tokens"), None)
    if cut is not None:
        raise SchemaMismatchError(
            f"The answer was cut off at {plan.request.max_tokens:,} tokens, before the data was whole",
            action="Raise max_tokens.",
            request_id=reply.request_id,
            reply=reply,
        )
    if not reply.choices:
        raise Misfit(None, "the answer is empty")
    values = []
    for choice in reply.choices:
        try:
            values.append(shape.value(READ[plan.surface.name](choice)))
        except ValueError as error:
            raise Misfit(choice, str(error)) from None
    return values[0]


def _from_tool(choice: Choice) -> Any:
    """The forced tool's arguments. Text beside it, or in its place, is not the data."""
    calls = [call for call in _calls(choice) if call.name == ANSWER]
    if len(calls) != 1:
        raise ValueError(f"the tool {ANSWER!r} was called {len(calls)} times, not once")
    if calls[0].input is None:
        raise ValueError("the arguments are not one whole JSON object")
    return calls[0].input


def _calls(choice: Choice) -> list[ToolUseBlock]:
    return [block for block in choice.blocks if isinstance(block, ToolUseBlock)]


READ: Mapping[str, Callable[[Choice], Any]] = {"messages": _from_tool, "chat": lambda choice: read_data(choice.text)}


def _asked_again(plan: Plan, reply: Reply, misfit: Misfit) -> Plan:
    """The same call after what was answered, and what is wrong with it. Where nothing came, simply the same call."""
    request = plan.request
    choice = misfit.choice
    if choice is None or not any(isinstance(block, (TextBlock, ToolUseBlock)) for block in choice.blocks):
        return plan
    told = f"That does not fit: {misfit.problem}\nGive the whole answer again, corrected, as the schema says."
    messages = (*request.messages, Message("assistant", choice.blocks), Message("user", _told(choice, told)))
    choosing = "none" if request.tools else request.tool_choice  # the tools had their turn: this is about the data
    return replace(plan, request=replace(request, messages=messages, tool_choice=choosing))


def _told(choice: Choice, problem: str) -> str | list[ToolResult]:
    """Each call is answered, as the surface wants it; without one the person says it."""
    return [ToolResult(call.id, problem, is_error=True) for call in _calls(choice)] or problem
