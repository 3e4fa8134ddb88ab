"""Decoding, folding and the ledger take as many instructions as were committed, neither more nor fewer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import conftest
from tests.benchmarks import instructions
from tests.benchmarks.counted import PROGRAMS
from tests.benchmarks.setting import Setting
from tests.conftest import need

KNOWN = {"event folded": 1000, "ledger row": 2000}


@pytest.fixture
def committed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file of counts of the test's own, empty."""
    path = tmp_path / "instructions.json"
    path.write_text("[]", "utf-8")
    monkeypatch.setattr(instructions, "COMMITTED", path)
    return path


@pytest.mark.slow
def test_counts_are_the_committed_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    valgrind, known = need("valgrind"), instructions.committed() or {}
    reason = f"no counts are committed for this Python and its libraries: {instructions.RECORD}"
    monkeypatch.setitem(conftest.TOOLS, "counts", (lambda: ", ".join(known) or None, reason))
    need("counts")
    strayed = instructions.strayed(instructions.count(valgrind), known)
    assert not strayed, "\n".join(strayed)


@pytest.mark.parametrize("factor", [1.0, 1.049, 0.951])
def test_a_count_near_the_committed_one_passes(factor: float) -> None:
    assert instructions.strayed(KNOWN | {"ledger row": round(2000 * factor)}, KNOWN) == []


def test_more_instructions_are_told_with_what_to_do() -> None:
    (told,) = instructions.strayed(KNOWN | {"ledger row": 2200}, KNOWN)
    assert told == (
        "instructions per ledger row: 2,200, where 2,000 are committed (+10%). Find what it does more, or, if it must,"
        " record that: python -m tests.benchmarks.instructions --record"
    )


def test_fewer_instructions_are_told_too() -> None:
    (told,) = instructions.strayed(KNOWN | {"ledger row": 1800}, KNOWN)
    assert "1,800, where 2,000 are committed (-10%). Record the gain: python" in told


@pytest.mark.parametrize(("found", "known"), [({}, KNOWN), (KNOWN, {})], ids=["lost", "new"])
def test_another_set_of_programs_is_told(found: dict[str, int], known: dict[str, int]) -> None:
    (told,) = instructions.strayed(found, known)
    assert "not the same programs: event folded, ledger row. Record anew" in told


@pytest.mark.usefixtures("committed")
def test_counts_of_another_machine_are_neither_compared_nor_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    instructions.record(KNOWN)
    with monkeypatch.context() as patch:
        patch.setattr("platform.machine", lambda: "another")
        assert instructions.committed() is None
        instructions.record({"event folded": 3, "ledger row": 4})
        assert instructions.committed() == {"event folded": 3, "ledger row": 4}
    assert instructions.committed() == KNOWN
    instructions.record({"event folded": 5, "ledger row": 6})
    assert instructions.committed() == {"event folded": 5, "ledger row": 6}


def test_every_committed_entry_has_every_program() -> None:
    for entry in json.loads(instructions.COMMITTED.read_text("utf-8")):
        assert entry["counts"].keys() == PROGRAMS.keys(), entry["on"]


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize(("known", "met"), [({}, None), (KNOWN, True), ({"event folded": 900}, False)])
def test_a_row_is_met_up_to_the_committed_count(
    monkeypatch: pytest.MonkeyPatch, known: dict[str, int], met: bool | None
) -> None:
    instructions.record(known)
    monkeypatch.setattr(instructions, "find_valgrind", lambda: "valgrind")
    monkeypatch.setattr(instructions, "count", lambda valgrind: {"event folded": 1000})
    (figure,) = instructions.measure(Setting("", Path()))
    assert (figure.what, figure.is_met) == ("instructions per event folded", met)


def test_without_valgrind_there_are_no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instructions, "find_valgrind", lambda: None)
    assert list(instructions.measure(Setting("", Path()))) == []
