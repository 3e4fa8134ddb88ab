"""Shows an answer as it comes: a notebook's Markdown output, a terminal's text, or one display at the end.

A screen gets the text as it arrives and, at the end, the whole answer with its receipt. In a notebook a painter thread
redraws at most 25 times a second, so that a stream is never held up by its display, nor the display by a stream that
pauses.
"""

from __future__ import annotations

import contextvars
import sys
import threading
from typing import Any, Protocol

from ..interrupts import held
from ..reply import Reply
from ..retry import Wait
from ..tools.tool import ToolRun
from .answer import has_something, in_markdown, in_text
from .draft import Draft
from .folds import call_text, tool_card
from .pieces import SMALLEST
from .receipt import Receipt
from .safe_markdown import escape, without_controls

__all__ = ["NotebookScreen", "PlainScreen", "Screen", "TerminalScreen"]

INTERVAL = 0.04  # seconds between two updates


class Shown(Protocol):
    """What shows itself: a comparison, a preview."""

    def _repr_markdown_(self) -> str: ...

    def metadata(self) -> Any: ...


class Screen(Protocol):
    """Where an answer is shown. `done` or `failed` ends it; each may come without any text before it.

    `show` shows something else in its place, after any number of `update`s of it.
    """

    def text(self, text: str) -> None: ...

    def thinking(self, text: str) -> None: ...

    def data(self, text: str) -> None: ...

    def run(self, run: ToolRun) -> None: ...

    def waiting(self, wait: Wait, left: float) -> None: ...

    def update(self, shown: Shown) -> None: ...

    def show(self, shown: Shown) -> None: ...

    def done(self, reply: Reply) -> None: ...

    def failed(self, reply: Reply | None, why: str) -> None: ...


class NotebookScreen:
    """One Markdown output that grows, and is saved once. `publisher` is the shell's display publisher."""

    def __init__(self, publisher: Any) -> None:
        self._publisher = publisher
        self._arrived: list[tuple[str, str]] = []
        self._notice: str | None = None
        self._dirty = threading.Event()
        self._ended = threading.Event()
        self._draft = Draft()
        self._outputs = 0
        self._open = False
        self._painter: threading.Thread | None = None

    def text(self, text: str) -> None:
        self._add("text", text)

    def thinking(self, text: str) -> None:
        """Folded, and word for word."""
        self._add("thinking", text)

    def data(self, text: str) -> None:
        """The JSON of a value as it comes."""
        self._add("data", text)

    def run(self, run: ToolRun) -> None:
        """A tool's call, over: a card."""
        self._add("card", tool_card(run))

    def waiting(self, wait: Wait, left: float) -> None:
        self._notice = _countdown(wait, left) if left > 0 else ""
        self._wake()

    def done(self, reply: Reply) -> None:
        self._finish(reply)

    def failed(self, reply: Reply | None, why: str) -> None:
        """What had arrived stays, with a line that says why it ends there."""
        if reply is not None and has_something(reply):
            self._finish(reply, why)
        else:
            self._stop()
            if self._outputs:
                self._publisher.clear_output()

    def update(self, shown: Shown) -> None:
        """In one output, updated in place."""
        data, metadata = _both(shown)
        if not self._open:
            self._outputs += 1
        self._publisher.publish(data=data, metadata=metadata, transient=self._transient(), update=self._open)
        self._open = True

    show = update

    def _add(self, kind: str, text: str) -> None:
        self._arrived.append((kind, text))
        if not self._dirty.is_set():
            self._wake()

    def _finish(self, reply: Reply, why: str | None = None) -> None:
        self._stop()
        data, metadata = _final(reply, why, steady=False)
        if self._outputs == 1:  # the same output again: what else the cell has shown stays
            self._publisher.publish(data=data, metadata=metadata, transient=self._transient(), update=True)
            return
        if self._outputs:
            self._publisher.clear_output(wait=True)
        self._publisher.publish(data=data, metadata=metadata)

    def _wake(self) -> None:
        if self._painter is None:
            context = contextvars.copy_context()  # which cell this output belongs to is kept there
            with held():  # a thread whose start was interrupted cannot be joined
                self._painter = threading.Thread(target=context.run, args=(self._paint_on,), daemon=True)
                self._painter.start()
        self._dirty.set()

    def _stop(self) -> None:
        self._ended.set()
        self._dirty.set()
        if self._painter is not None:
            self._painter.join()

    def _paint_on(self) -> None:
        while True:
            self._dirty.wait()
            if self._ended.is_set():
                return
            self._dirty.clear()
            self._paint()
            # A long tail is redrawn more rarely, so that bytes a second stay the same whatever its length.
            self._ended.wait(INTERVAL * max(1.0, len(self._draft.tail) / SMALLEST))

    def _paint(self) -> None:
        count = len(self._arrived)
        fresh = self._arrived[:count]
        del self._arrived[:count]
        for kind, text in fresh:
            self._draft.add(kind, text)
        for block in self._draft.take():
            self._show(block)
            self._open = False
        tail = self._draft.tail
        if tail or self._notice is not None:
            self._show(tail or self._notice or "\u200b")

    def _show(self, markdown: str) -> None:
        data = {"text/markdown": markdown, "text/plain": without_controls(markdown)}
        if not self._open:
            self._outputs += 1
        self._publisher.publish(data=data, metadata={}, transient=self._transient(), update=self._open)
        self._open = True

    def _transient(self) -> dict[str, str]:
        return {"display_id": f"caicaini-{id(self)}-{self._outputs}"}


class PlainScreen:
    """Shows nothing until the end, then the answer once. `steady` leaves out what differs from run to run."""

    def __init__(self, publisher: Any, *, steady: bool) -> None:
        self._publisher = publisher
        self._steady = steady

    def text(self, text: str) -> None:
        pass

    def thinking(self, text: str) -> None:
        pass

    def data(self, text: str) -> None:
        pass

    def run(self, run: ToolRun) -> None:
        pass

    def waiting(self, wait: Wait, left: float) -> None:
        pass

    def update(self, shown: Shown) -> None:
        pass

    def show(self, shown: Shown) -> None:
        data, metadata = _both(shown)
        self._publisher.publish(data=data, metadata=metadata)

    def done(self, reply: Reply) -> None:
        self._show(reply)

    def failed(self, reply: Reply | None, why: str) -> None:
        if reply is not None and has_something(reply):
            self._show(reply, why)

    def _show(self, reply: Reply, why: str | None = None) -> None:
        data, metadata = _final(reply, why, steady=self._steady)
        self._publisher.publish(data=data, metadata=metadata)


class TerminalScreen:
    """Plain text as it comes, for IPython in a terminal."""

    def text(self, text: str) -> None:
        self._write(without_controls(text))

    def thinking(self, text: str) -> None:
        """Left out: a terminal cannot fold."""

    def data(self, text: str) -> None:
        self._write(without_controls(text))

    def run(self, run: ToolRun) -> None:
        self._write(without_controls(f"\n[{call_text(run)} → {run.result[:200]}]\n"))

    def waiting(self, wait: Wait, left: float) -> None:
        self._write(f"\r{_countdown(wait, left)}" if left > 0 else "\r\x1b[K")

    def update(self, shown: Shown) -> None:
        pass

    def show(self, shown: Shown) -> None:
        self._write(f"{without_controls(repr(shown))}\n")

    def done(self, reply: Reply) -> None:
        self._write(f"\n{Receipt(reply).text()}\n")

    def failed(self, reply: Reply | None, why: str) -> None:
        if reply is not None and reply.text:
            self._write(f"\n[{why}]\n")

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _both(shown: Shown) -> tuple[dict[str, str], dict[str, Any]]:
    data = {"text/markdown": shown._repr_markdown_(), "text/plain": repr(shown)}
    return data, {"caicaini": shown.metadata()}


def _final(reply: Reply, why: str | None, *, steady: bool) -> tuple[dict[str, str], dict[str, Any]]:
    """The data and the metadata of an answer's one output; `why` says why it ends where it does."""
    receipt = Receipt(reply)
    markdown = [in_markdown(reply), receipt.markdown(steady=steady)]
    text = [in_text(reply), receipt.text(steady=steady)]
    if why is not None:
        markdown.insert(1, f"*{escape(why)}*")
        text.insert(1, f"[{without_controls(why)}]")
    data = {"text/markdown": "\n\n".join(markdown), "text/plain": "\n\n".join(text)}
    return data, {"caicaini": receipt.metadata()}


def _countdown(wait: Wait, left: float) -> str:
    status = f"{wait.reason.status} " if wait.reason.status else ""
    name = wait.reason.type or type(wait.reason).__name__
    return f"⏳ {status}{name}: attempt {wait.attempt} of {wait.attempts} in {left:.0f} s"
