"""When a view is painted again: soon, not too often, and the last state always."""

from __future__ import annotations

import pytest

from caicaini_nb.widgets.repainting import Repainting
from tests.widgets.front import Timers


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> Timers:
    return Timers.of_repainting(monkeypatch)


def test_the_first_change_is_painted_at_once_the_others_together(timers: Timers) -> None:
    now, state, painted = [100.0], [0], []
    changed = Repainting(lambda: painted.append(state[0]), clock=lambda: now[0])

    def change() -> None:
        state[0] += 1
        changed()

    for _ in range(100):
        change()
        now[0] += 0.0001
    assert painted == [1]
    assert len(timers.pending) == 1
    assert timers.run() == pytest.approx(0.1, abs=0.02)
    assert painted == [1, 100]
    now[0] += 1
    change()
    assert painted == [1, 100, 101]
    assert timers.pending == []


def test_what_takes_long_is_never_painted_in_the_thread_that_calls(timers: Timers) -> None:
    painted: list[int] = []
    changed = Repainting(lambda: painted.append(1), interval=1.0, eager=False, clock=lambda: 0.0)
    changed()
    changed()
    assert painted == []
    assert timers.run() == 1.0
    assert painted == [1]


def test_a_view_that_cannot_be_painted_says_so_once(timers: Timers) -> None:
    changed = Repainting(lambda: 1 // 0)  # type: ignore[arg-type]
    with pytest.warns(UserWarning, match="cannot be shown any more: ZeroDivisionError"):
        changed()
    changed()
    changed.now()


def test_the_end_takes_back_what_was_due(timers: Timers) -> None:
    painted: list[int] = []
    changed = Repainting(lambda: painted.append(1), clock=lambda: 0.0)
    changed()
    changed()
    changed.end()
    assert timers.pending == []
    changed()
    assert painted == [1]
