"""A notebook's front end as far as a live view needs one: a kernel, outputs that can be updated, cells with ids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest

from caicaini_nb.place import Place
from caicaini_nb.widgets import live, repainting

__all__ = ["Front", "Timers", "plain_text", "tags"]


@dataclass
class Front:
    """`outputs` are what the page shows, in order; updates change them in place. `place` is the running cell."""

    outputs: list[dict[str, Any]] = field(default_factory=list)
    updates: int = 0
    place: Place = field(default_factory=lambda: Place("note.ipynb", "cell", "run 1"))
    kernel: object = field(default_factory=object)
    inputs: list[str] = field(default_factory=list)

    @classmethod
    def opened(cls, monkeypatch: pytest.MonkeyPatch) -> Front:
        front = cls()
        monkeypatch.setattr(live, "running_shell", lambda: front)
        monkeypatch.setattr(live, "here", lambda: front.place)
        return front

    @property
    def display_pub(self) -> Front:
        return self

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any],
        *,
        transient: dict[str, str] | None = None,
        update: bool = False,
    ) -> None:
        name = (transient or {}).get("display_id")
        if update:
            (shown,) = [output for output in self.outputs if output["id"] == name]
            shown["data"] = dict(data)
            self.updates += 1
        else:
            self.outputs.append({"id": name, "data": dict(data)})

    def set_next_input(self, text: str) -> None:
        self.inputs.append(text)


@dataclass
class Timers:
    """Timers that a test lets run: `pending` are those neither run nor cancelled, with their seconds."""

    pending: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def later(self, seconds: float, action: Callable[[], None]) -> Any:
        started = (seconds, action)
        self.pending.append(started)

        class Started:
            @staticmethod
            def cancel() -> None:
                if started in self.pending:
                    self.pending.remove(started)

        return Started

    @classmethod
    def of_repainting(cls, monkeypatch: pytest.MonkeyPatch) -> Timers:
        """Those of every view."""
        made = cls()
        monkeypatch.setattr(repainting, "later", made.later)
        return made

    def run_all(self) -> None:
        """Until none is left."""
        while self.pending:
            self.run()

    def run(self) -> float:
        """Run the next one, and return for how long it would have waited."""
        seconds, action = self.pending.pop(0)
        action()
        return seconds


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    """Every element of some HTML with its attributes, as a browser reads them."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.tags


def plain_text(html: str) -> str:
    """The text of some HTML, style sheets included."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.text)
