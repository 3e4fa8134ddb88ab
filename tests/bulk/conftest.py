"""A sandbox of its own for a test of jobs: its limits are wide, and it has credits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from caicaini_nb import Client, connect
from caicaini_nb.sandbox import Sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(fresh=True, engine="rules") as started:
        started.set_tier("enterprise", requests=1_000_000, input_tokens=10**9, streams=1000)
        started.top_up(1000)
        yield started


@pytest.fixture
def asker(box: Sandbox) -> Iterator[Client]:
    """A client of that sandbox."""
    client = connect(sandbox=box)
    yield client
    client.close()
    client.ledger.close()


@pytest.fixture(autouse=True)
def folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CAICAINI_PACING", str(tmp_path / "state" / "pacing.sqlite"))
    monkeypatch.setenv("CAICAINI_JOBS", str(tmp_path / "state" / "jobs"))
    monkeypatch.setenv("CAICAINI_PLAIN", "1")
