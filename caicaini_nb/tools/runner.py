"""Runs the tool calls of one answer, in order: the one gate between what a model writes and what runs.

A call runs when its name is exactly that of a tool on offer, its arguments are one whole JSON object that satisfies
the tool's schema, and, where the tool asks, a person has said yes to it just now. Everything else is answered to the
model as an error. Python cannot end a thread: a call that takes too long is answered as an error and left to itself.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from ..reply import ToolUseBlock
from ..schemas.leaves import MisfitError
from ..schemas.schema import first_problem
from .agreement import agreed
from .result import failure_text, result_text, shortened
from .tool import Tool, ToolRun

__all__ = ["ToolRunner", "refused"]

TICK = 0.1  # seconds: an interrupt is noticed between two waits, on every system
LONGEST_NAME = 64


class Refusal(Exception):
    """Why a call is not run, in words for the model."""


class ToolRunner:
    """The tools on offer and how long one call may take. Raises `ConfigurationError` for a schema that is none."""

    def __init__(self, tools: tuple[Tool, ...], seconds: float) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._seconds = seconds
        for tool in tools:
            first_problem({}, tool.schema)  # before anything is paid for: is it a schema, is the validator here

    def described_only(self, call: ToolUseBlock) -> bool:
        """Whether this is a call to a tool that has no function here: the caller's to run."""
        tool = self._tools.get(call.name)
        return tool is not None and tool.function is None

    def run(self, call: ToolUseBlock) -> ToolRun:
        """Run it, or say why not. Only an interrupt gets out of here."""
        try:
            tool, arguments = self._checked(call)
            taken = self._taken(tool, arguments)
            self._ask(tool, arguments)
        except Refusal as refusal:
            return refused(call, str(refusal))
        return self._called(tool, call, taken)

    def _checked(self, call: ToolUseBlock) -> tuple[Tool, Mapping[str, Any]]:
        tool = self._tools.get(call.name)
        if tool is None or tool.function is None:
            raise Refusal(f"There is no tool {_short(call.name)!r}. The tools are: {', '.join(self._tools)}.")
        if call.input is None:
            raise Refusal("The arguments are not one whole JSON object. The tool was not run.")
        problem = first_problem(call.input, tool.schema)
        if problem is not None:
            raise Refusal(f"The arguments do not fit, the tool was not run: {shortened(problem)}")
        return tool, call.input

    def _taken(self, tool: Tool, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as the function takes them: a copy, since the call itself goes back to the model."""
        try:
            copied = deepcopy(dict(arguments))
            return copied if tool.read is None else tool.read(copied)
        except Exception as error:  # a model's own validators run here
            problem = str(error) if isinstance(error, MisfitError) else failure_text(error)
        raise Refusal(f"The arguments do not fit, the tool was not run: {problem}")

    def _ask(self, tool: Tool, arguments: Mapping[str, Any]) -> None:
        """Each time anew: a yes is to these arguments."""
        if not tool.asks:
            return
        answer = agreed(tool.name, arguments)
        if answer is None:
            raise Refusal("This tool asks a person first, and the person was not there to agree. It was not run.")
        if not answer:
            raise Refusal("The person did not agree. The tool was not run.")

    def _called(self, tool: Tool, call: ToolUseBlock, taken: dict[str, Any]) -> ToolRun:
        work = _Work(tool.function, taken)
        work.start()
        until = time.monotonic() + self._seconds
        while not work.done.wait(max(0.0, min(TICK, until - time.monotonic()))):
            if time.monotonic() >= until:
                text = f"It took longer than {self._seconds:g} s. It was left running; what comes of it is not known."
                return _over(call, text, True, self._seconds * 1000)
        return _over(call, work.text, work.is_error, work.ms)


class _Work(threading.Thread):
    """One call under way. A daemon: a call that hangs does not keep the kernel from ending."""

    def __init__(self, function: Callable[..., Any] | None, taken: dict[str, Any]) -> None:
        super().__init__(name="caicaini tool", daemon=True)
        self._function = function
        self._taken = taken
        self._context = contextvars.copy_context()  # so that what it prints lands under the cell
        self.done = threading.Event()
        self.text, self.is_error, self.ms = "", True, 0.0

    def run(self) -> None:
        begun = time.perf_counter()
        try:
            text, failed = self._context.run(self._text), False
        except BaseException as error:  # SystemExit too: a tool does not end the kernel
            text, failed = failure_text(error), True
        self.text, self.is_error, self.ms = text, failed, round((time.perf_counter() - begun) * 1000, 1)
        self.done.set()

    def _text(self) -> str:
        value = self._function(**self._taken) if self._function is not None else None
        if inspect.isawaitable(value):
            value = asyncio.run(_awaited(value))
        return result_text(value)


async def _awaited(value: Any) -> Any:
    return await value


def refused(call: ToolUseBlock, why: str) -> ToolRun:
    """A call that was not run, and what the model is told of it."""
    return _over(call, why, True, None)


def _over(call: ToolUseBlock, text: str, is_error: bool, ms: float | None) -> ToolRun:
    return ToolRun(call.id, call.name, call.input, text, is_error, ms)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
