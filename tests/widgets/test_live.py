"""How a view shows itself: a table that stays and a live part, in one cell, once."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

import pytest

from caicaini_nb.errors import ConfigurationError
from caicaini_nb.place import Place
from caicaini_nb.widgets.live import MIME, Live
from caicaini_nb.widgets.twin import Table, Twin
from tests.widgets.front import Front, Timers, plain_text


class Number(Live):
    """The smallest view there is."""

    title: ClassVar[str] = "Number"

    def __init__(self, number: int = 1) -> None:
        super().__init__()
        self.number = number
        self.shown: list[int] = []

    def twin(self) -> Twin:
        return Twin([Table("Number", ("", ""), [("it is", str(self.number))])])

    def set(self, number: int) -> None:
        self.number = number
        self._changed.now()

    def _build(self) -> list[Any]:
        return []

    def _show(self) -> None:
        self.shown.append(self.number)


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> Timers:
    return Timers.of_repainting(monkeypatch)


@pytest.fixture
def front(monkeypatch: pytest.MonkeyPatch) -> Front:
    return Front.opened(monkeypatch)


def test_a_cell_gets_the_table_and_below_it_the_live_part(front: Front) -> None:
    Number(7)._ipython_display_()
    table, live = (output["data"] for output in front.outputs)
    assert set(table) == {"text/html", "text/plain"}
    assert "it is7" in plain_text(table["text/html"])
    assert table["text/plain"] == "Number:\nit is  7"
    assert live[MIME]["model_id"]
    assert live["text/html"] == "", "a front end without the live part shows nothing in its place"


def test_the_saved_table_follows_what_is_shown(front: Front, timers: Timers) -> None:
    view = Number()
    view._ipython_display_()
    view.set(2)
    view.set(2)
    assert len(timers.pending) == 1
    timers.run()
    assert front.updates == 1
    assert front.outputs[0]["data"]["text/plain"] == "Number:\nit is  2"
    assert view.shown == [1, 2, 2]
    assert len(front.outputs) == 2


def test_running_a_cell_again_ends_what_it_showed(front: Front, timers: Timers) -> None:
    first, second = Number(), Number()
    first._ipython_display_()
    second._ipython_display_()  # the same run shows both
    front.place = Place("note.ipynb", "cell", "run 2")
    third = Number()
    third._ipython_display_()
    for view in (first, second, third):
        view.set(9)
    assert [view.shown[-1] for view in (first, second, third)] == [1, 1, 9]
    assert len(timers.pending) == 1


def test_a_view_that_is_shown_again_by_its_cell_goes_on(front: Front, timers: Timers) -> None:
    view = Number()
    view._ipython_display_()
    front.place = Place("note.ipynb", "cell", "run 2")
    view._ipython_display_()
    view.set(3)
    timers.run_all()
    assert view.shown[-1] == 3
    assert [output["data"]["text/plain"] for output in front.outputs[::2]] == ["Number:\nit is  3"] * 2


def test_another_cell_leaves_it_alone(front: Front, timers: Timers) -> None:
    view = Number()
    view._ipython_display_()
    front.place = Place("note.ipynb", "another", "run 2")
    Number()._ipython_display_()
    view.set(3)
    assert view.shown[-1] == 3


def test_without_ipywidgets_it_shows_its_table_and_says_what_to_install(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    view = Number()
    view._ipython_display_()
    (output,) = front.outputs
    for shown in (plain_text(output["data"]["text/html"]), output["data"]["text/plain"]):
        assert "it is" in shown
        assert "pip install ipywidgets" in shown
    with pytest.raises(ConfigurationError, match="pip install ipywidgets"):
        _ = view.widget


def test_plain_mode_shows_the_table_alone_and_always_the_same(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAICAINI_PLAIN", "1")
    Number()._ipython_display_()
    Number()._ipython_display_()
    first, second = front.outputs
    assert first["data"] == second["data"]
    assert MIME not in first["data"]


def test_in_a_terminal_it_is_text(front: Front) -> None:
    del front.kernel
    Number()._ipython_display_()
    assert [set(output["data"]) for output in front.outputs] == [{"text/html", "text/plain"}]
    assert repr(Number(4)) == "Number:\nit is  4"
