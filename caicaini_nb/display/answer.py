"""A whole reply as one output: each round's thinking, text and tool calls, then the data, as Markdown and as text."""

from __future__ import annotations

from collections.abc import Iterator

from ..reply import Reply, ToolUseBlock
from .folds import as_json, call_text, code, thinking_fold, tool_card
from .safe_markdown import disarm, without_controls

__all__ = ["has_something", "in_markdown", "in_text"]


def has_something(reply: Reply) -> bool:
    """Whether there is anything to show of it."""
    return bool(reply.text or reply.thinking or reply.earlier or reply.tool_uses or reply.value is not None)


def in_markdown(reply: Reply) -> str:
    """Its parts in the order they came, safe to display."""
    return "\n\n".join(_parts(reply))


def in_text(reply: Reply) -> str:
    """The same for a terminal: tool calls a line each, of thinking only how much there was."""
    lines = []
    for round_ in (*reply.earlier, reply):
        if round_.thinking:
            lines.append(f"[thinking: {len(round_.thinking):,} characters]")
        if round_.text and reply.value is None:
            lines.append(without_controls(round_.text))
        lines += [without_controls(f"[{call_text(run)} → {run.result[:200]}]") for run in round_.runs]
        lines += [without_controls(_asked_for(use)) for use in _not_run(reply, round_)]
    lines += [choice.text for choice in reply.choices[1:]]
    if reply.value is not None:
        lines.append(as_json(reply.value))
    return "\n\n".join(lines)


def _parts(reply: Reply) -> Iterator[str]:
    for round_ in (*reply.earlier, reply):
        if round_.thinking:
            yield thinking_fold(round_.thinking)
        if round_.text and reply.value is None:
            yield disarm(round_.text)
        for run in round_.runs:
            yield tool_card(run)
        for use in _not_run(reply, round_):
            yield code(_asked_for(use), "json")
    if reply.value is not None:
        yield code(as_json(reply.value), "json")
    else:
        for choice in reply.choices[1:]:
            yield f"**{choice.index + 1}**\n\n{disarm(choice.text)}"


def _not_run(reply: Reply, round_: Reply) -> list[ToolUseBlock]:
    """Calls that nobody ran: of a tool that is only described, or data that did not fit."""
    run = {run.id for run in round_.runs}
    return [] if reply.value is not None else [use for use in round_.tool_uses if use.id not in run]


def _asked_for(use: ToolUseBlock) -> str:
    arguments = use.partial_json if use.input is None else as_json(use.input)
    return f"{use.name} {arguments}"
