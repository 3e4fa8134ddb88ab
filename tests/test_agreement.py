"""Asking the person: only a yes is one, nobody there is a no, and what is shown cannot deceive."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import IPython
import pytest
from IPython.core.error import StdinNotImplementedError

from caicaini_nb.tools.agreement import agreed, question


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal())


def answering(answer: str | BaseException) -> Callable[[str], str]:
    def answered(prompt: str) -> str:
        if isinstance(answer, BaseException):
            raise answer
        return answer

    return answered


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("y", True), (" YES ", True), ("", False), ("n", False), ("yes please", False), ("1", False), ("ｙ", False)],
)
def test_only_a_yes_is_one(monkeypatch: pytest.MonkeyPatch, terminal: None, answer: str, expected: bool) -> None:
    monkeypatch.setattr("builtins.input", answering(answer))
    assert agreed("remove", {"path": "x"}) is expected


@pytest.mark.parametrize("error", [EOFError(), OSError(), StdinNotImplementedError(), RuntimeError("lost sys.stdin")])
def test_nobody_answers(monkeypatch: pytest.MonkeyPatch, terminal: None, error: Exception) -> None:
    monkeypatch.setattr("builtins.input", answering(error))
    assert agreed("remove", {}) is None


@pytest.mark.parametrize("stdin", [None, io.StringIO("y\n")])
def test_nobody_is_there(monkeypatch: pytest.MonkeyPatch, stdin: Any) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)
    monkeypatch.setattr("builtins.input", answering("y"))
    assert agreed("remove", {}) is None


def test_a_stream_that_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = Terminal()
    closed.close()
    monkeypatch.setattr(sys, "stdin", closed)
    assert agreed("remove", {}) is None


def test_a_kernel_asks_through_its_front_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setattr("builtins.input", answering("y"))
    assert agreed("remove", {}) is True


def test_an_interrupt_is_no_answer(monkeypatch: pytest.MonkeyPatch, terminal: None) -> None:
    monkeypatch.setattr("builtins.input", answering(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        agreed("remove", {})


def test_what_is_shown() -> None:
    assert question("remove", {"path": "数据/x.csv", "n": [1]}) == (
        'The model wants to run remove with {"path": "数据/x.csv", "n": [1]}\nRun it? [y/N] '
    )


def test_what_is_shown_cannot_deceive() -> None:
    hidden = "a\x1b[2K\rb\u202egnp.exe\u2028c\u200bd\ud83d\x9be\u2066"
    shown = question("remove", {"path": hidden})
    assert shown.count("\n") == 1
    body = shown.partition("\n")[0]
    assert body.isprintable()
    assert r"\u202egnp.exe\u2028c\u200bd\ud83d\x9be\u2066" in body


def test_what_is_not_shown_is_said() -> None:
    shown = question("remove", {"path": "x" * 5000})
    assert "… and 1,012 characters more, not shown\nRun it?" in shown
