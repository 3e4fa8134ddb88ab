"""The gate: exact names, whole arguments that fit, a person's yes each time, and time that ends."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from caicaini_nb.errors import ConfigurationError
from caicaini_nb.reply import ToolUseBlock
from caicaini_nb.tools import runner as tool_runner
from caicaini_nb.tools.function import as_tools, tool
from caicaini_nb.tools.result import LARGEST
from caicaini_nb.tools.runner import ToolRunner
from caicaini_nb.tools.tool import Tool, ToolRun


def run(
    function: Any, arguments: Mapping[str, Any] | None = None, name: str | None = None, seconds: float = 30
) -> ToolRun:
    (made,) = as_tools([function])
    return ToolRunner((made,), seconds).run(ToolUseBlock("c1", name or made.name, arguments))


def told(n: int) -> str:
    return f"n is {n}"


def test_a_call_that_fits_runs() -> None:
    done = run(told, {"n": 3})
    assert (done.id, done.name, done.arguments, done.result, done.is_error) == ("c1", "told", {"n": 3}, "n is 3", False)
    assert done.ms is not None
    assert 0 <= done.ms < 10_000


@pytest.mark.parametrize(
    ("arguments", "name", "hint"),
    [
        ({"n": 3}, "Told", "There is no tool 'Told'. The tools are: told."),
        ({"n": 3}, "x" * 100, f"There is no tool '{'x' * 64}…'"),
        (None, "told", "not one whole JSON object"),
        ({}, "told", "'n' is a required property"),
        ({"n": "3"}, "told", "$.n: '3' is not of type 'integer'"),
        ({"n": True}, "told", "$.n: True is not of type 'integer'"),
        ({"n": 3, "m": 4}, "told", "'m' was unexpected"),
    ],
)
def test_a_call_that_does_not_is_answered(arguments: Mapping[str, Any] | None, name: str, hint: str) -> None:
    answered = run(told, arguments, name)
    assert hint in answered.result
    assert (answered.is_error, answered.ms, answered.name, answered.arguments) == (True, None, name, arguments)


def test_a_long_problem_is_told_in_short() -> None:
    assert len(run(told, {"n": "x" * 100_000}).result) < 400


def test_arguments_that_a_type_refuses() -> None:
    def read(arguments: Mapping[str, Any]) -> dict[str, Any]:
        raise ValueError("price: must be positive")

    refusing = Tool("buy", "", {"type": "object"}, print, read=read)
    assert (
        run(refusing, {}).result
        == "The arguments do not fit, the tool was not run: ValueError: price: must be positive"
    )


def test_a_tool_cannot_change_the_call_it_was_made_by() -> None:
    def pop(items: list[int]) -> int:
        return items.pop()

    described = Tool("pop", "", {"type": "object"}, pop)
    for made in (described, pop):
        done = run(made, {"items": [1, 2]})
        assert (done.result, done.arguments) == ("2", {"items": [1, 2]})


def fails() -> None:
    raise ValueError("it broke")


def leaves() -> None:
    sys.exit(3)


def gives_up() -> None:
    raise KeyboardInterrupt


def bytes_() -> bytes:
    return b"x"


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (fails, "ValueError: it broke"),
        (leaves, "SystemExit: 3"),
        (gives_up, "KeyboardInterrupt"),
        (bytes_, "TypeError: It returned a value of type bytes, which is neither text nor JSON"),
    ],
)
def test_what_goes_wrong_inside_is_answered(function: Any, text: str) -> None:
    done = run(function, {})
    assert (done.result, done.is_error) == (text, True)
    assert done.ms is not None


def test_async_tools_run_also_inside_a_loop() -> None:
    async def later(n: int) -> int:
        await asyncio.sleep(0)
        return n + 1

    async def notebook() -> ToolRun:
        return run(later, {"n": 1})

    assert asyncio.run(notebook()).result == "2"


def test_a_tool_sees_the_context_it_was_called_in() -> None:
    cell: contextvars.ContextVar[str] = contextvars.ContextVar("cell", default="none")

    def where() -> str:
        return cell.get()

    cell.set("this one")
    assert run(where, {}).result == "this one"


def test_a_result_is_capped() -> None:
    def much() -> str:
        return "é" * LARGEST

    assert len(run(much, {}).result.encode()) <= LARGEST


def test_a_call_that_takes_too_long_is_answered_and_left() -> None:
    end, over = threading.Event(), threading.Event()

    def slow() -> str:
        end.wait(30)
        over.set()
        return "too late"

    done = run(slow, {}, seconds=0.05)
    assert (done.is_error, done.ms) == (True, 50)
    assert done.result == "It took longer than 0.05 s. It was left running; what comes of it is not known."
    end.set()
    assert over.wait(10)


def test_a_schema_that_is_none_is_an_error_before_anything_runs() -> None:
    with pytest.raises(ConfigurationError):
        ToolRunner((Tool("x", "", {"type": "integr"}),), 30)


def test_a_person_is_asked_each_time_and_for_what_would_run(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Mapping[str, Any]]] = []
    answers: list[bool | None] = [True, False, None, True]

    def agreed(name: str, arguments: Mapping[str, Any]) -> bool | None:
        asked.append((name, dict(arguments)))
        return answers[len(asked) - 1]

    monkeypatch.setattr(tool_runner, "agreed", agreed)
    ran: list[int] = []

    @tool(asks=True)
    def remove(n: int) -> str:
        ran.append(n)
        return "gone"

    results = [run(remove, {"n": n}) for n in range(4)]
    assert ran == [0, 3]
    assert asked == [("remove", {"n": n}) for n in range(4)]
    assert [one.is_error for one in results] == [False, True, True, False]
    assert "did not agree" in results[1].result
    assert "was not there to agree" in results[2].result
    assert [one.ms is None for one in results] == [False, True, True, False]


def test_nobody_is_asked_about_a_call_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    def agreed(name: str, arguments: Mapping[str, Any]) -> bool:
        raise AssertionError("asked")

    monkeypatch.setattr(tool_runner, "agreed", agreed)
    assert "do not fit" in run(tool(asks=True)(told), {"n": "x"}).result
    del told.__caicaini_tool__  # type: ignore[attr-defined]
