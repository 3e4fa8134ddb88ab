"""Screens: what reaches a front end while an answer streams and what stays of it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from caicaini_nb.display.render import NotebookScreen, PlainScreen, TerminalScreen
from caicaini_nb.errors import RateLimitError
from caicaini_nb.reply import Choice, Reply, TextBlock
from caicaini_nb.retry import Wait
from caicaini_nb.usage import Usage


class Front:
    """A front end that keeps outputs as JupyterLab does: updates replace, clearing waits for the next output."""

    def __init__(self) -> None:
        self.outputs: dict[str, dict[str, Any]] = {}
        self.messages: list[dict[str, Any]] = []
        self._clear = False

    def publish(
        self,
        data: dict[str, str],
        metadata: dict[str, Any] | None = None,
        *,
        transient: dict[str, str] | None = None,
        update: bool = False,
    ) -> None:
        self.messages.append(dict(data))
        if self._clear:
            self.outputs, self._clear = {}, False
        name = (transient or {}).get("display_id", f"anonymous {len(self.messages)}")
        assert update == (name in self.outputs)
        self.outputs[name] = {"data": dict(data), "metadata": metadata or {}}

    def clear_output(self, wait: bool = False) -> None:
        self._clear = wait
        self.outputs = self.outputs if wait else {}

    @property
    def shown(self) -> str:
        return "".join(output["data"]["text/markdown"] for output in self.outputs.values())


def reply(text: str) -> Reply:
    return Reply(
        choices=(Choice(0, (TextBlock(text),), "end_turn"),),
        usage=Usage(1, 2, credits=3),
        origin="sandbox",
        engine="rules",
        provider="caicaini",
        model="caicaini/auto",
    )


def until(condition: Any) -> None:
    end = time.monotonic() + 5
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    assert condition()


def test_text_grows_and_ends_as_one_clean_output() -> None:
    front = Front()
    screen = NotebookScreen(front)
    text = ""
    for number in range(6):
        text += f"Part {number}. "
        screen.text(f"Part {number}. ")
        until(lambda expected=text: front.shown == expected)
    screen.done(reply(text))
    (output,) = front.outputs.values()
    assert output["data"]["text/markdown"].startswith(f"{text}\n\n<small>**sandbox · rules** ·")
    assert output["data"]["text/plain"].startswith(text)
    assert output["metadata"]["caicaini"]["usage"]["credits"] == 3


def test_what_is_shown_while_streaming_is_disarmed_and_updates_are_bounded() -> None:
    front = Front()
    screen = NotebookScreen(front)
    for _ in range(2000):
        screen.text("![x](http://evil.example/) ")
    until(lambda: not screen._arrived)
    screen.done(reply("![x](http://evil.example/)"))
    assert all("![" not in message["text/markdown"] for message in front.messages)
    assert len(front.messages) < 200
    assert len(front.outputs) == 1


def test_a_pause_does_not_hide_text() -> None:
    front = Front()
    screen = NotebookScreen(front)
    screen.text("one ")
    until(lambda: front.shown)
    screen.text("two")  # comes right after a redraw; nothing follows it
    until(lambda: front.shown == "one two")
    screen.failed(None, "")


def test_failure_keeps_the_text_and_says_why() -> None:
    front = Front()
    screen = NotebookScreen(front)
    screen.text("half an ans")
    screen.failed(reply("half an ans"), "Interrupted: the answer ends here.")
    (output,) = front.outputs.values()
    assert "half an ans\n\n*Interrupted: the answer ends here.*" in output["data"]["text/markdown"]


def test_failure_before_any_text_leaves_nothing() -> None:
    front = Front()
    screen = NotebookScreen(front)
    screen.waiting(Wait(3, 2, 4, RateLimitError("slow", status=429, type="rate_limit_error")), 2.4)
    until(lambda: front.shown == "⏳ 429 rate_limit_error: attempt 2 of 4 in 2 s")
    screen.failed(None, "")
    assert front.outputs == {}


def test_countdown_gives_way_to_the_answer() -> None:
    front = Front()
    screen = NotebookScreen(front)
    wait = Wait(3, 2, 4, RateLimitError("slow", status=429, type="rate_limit_error"))
    screen.waiting(wait, 1.2)
    until(lambda: "⏳" in front.shown)
    screen.waiting(wait, 0)
    screen.text("Answer")
    until(lambda: front.shown == "Answer")
    screen.done(reply("Answer"))
    assert "⏳" not in front.shown


def test_long_answers_are_sent_in_pieces_and_linearly() -> None:
    def sent(paragraphs: int) -> int:
        front = Front()
        screen = NotebookScreen(front)
        for number in range(paragraphs):
            screen.text(f"Paragraph {number}. " + "word " * 40 + "\n\n")
            screen._paint()
        screen._stop()
        return sum(len(message["text/markdown"]) for message in front.messages)

    assert sent(160) / sent(40) <= 4.6


def test_plain_screen_shows_once() -> None:
    front = Front()
    screen = PlainScreen(front, steady=True)
    screen.text("ignored")
    screen.done(reply("Answer"))
    assert front.shown == (
        "Answer\n\n<small>**sandbox · rules** · caicaini/auto · 1 tokens in, 2 out · 3 credits</small>"
    )
    assert len(front.messages) == 1


def test_terminal_gets_text_without_control_sequences(capsys: pytest.CaptureFixture[str]) -> None:
    screen = TerminalScreen()
    screen.text("a\x1b[2Jb\x1b]8;;http://evil\x07c")
    screen.done(reply("abc"))
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert out.startswith("a[2Jb]8;;http://evilc\n[sandbox · rules")
