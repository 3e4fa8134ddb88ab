"""Ledger against service over random histories with faults: every delivered credit once, none lost, none doubled."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from caicaini_nb import Ledger
from caicaini_nb.analytics import reconcile, totals_by
from caicaini_nb.analytics.matching import CLOCK, EDGE, UNKNOWN
from caicaini_nb.call import Call
from caicaini_nb.sandbox import Sandbox, process
from tests.analytics.histories import History
from tests.conftest import suite
from tests.fake_service import FakeService, answer, dial, stream
from tests.wire.replies import CHAT, CHAT_PLAIN, MESSAGES, MESSAGES_PLAIN

FIRST_CREDITS = 70_000
EMPTY = "empty.sqlite"
THREADS = 4  # the sandbox is a process of its own: while it answers one, another asks


@pytest.fixture
def service_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A shared sandbox process for the test's accounts alone; waits between attempts take no time."""
    monkeypatch.setenv("CAICAINI_SANDBOX_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(Call, "_sleep", lambda call, wait: None)
    yield
    running = process.find()
    if running is not None:
        running.control.call("POST", "stop", {})


@pytest.mark.slow
@pytest.mark.usefixtures("service_at_home")
def test_every_delivered_credit_is_counted_once(tmp_path: Path, seed: int) -> None:
    Sandbox.shared()  # one process for all of them
    Ledger(tmp_path / EMPTY).close()
    with ThreadPoolExecutor(THREADS) as pool:
        checked = list(pool.map(lambda number: check(seed, number, tmp_path), range(suite(10_000))))
    assert sum(checked) > 0, "no history delivered anything"


def check(seed: int, number: int, folder: Path) -> int:
    """Run one history and compare all counts of it; returns how many replies it delivered."""
    ledger = Ledger(shutil.copy(folder / EMPTY, folder / f"{number}.sqlite"))  # making the tables takes longer
    history = History(random.Random(f"{seed} {number}"), Sandbox.shared(), ledger)
    try:
        history.run()
        _compare(history, f"history {number} of seed {seed}")
    finally:
        history.close()
        ledger.close()
        ledger.path.unlink()
    return len(history.delivered)


def _compare(history: History, name: str) -> None:
    rows = [row for row in history.ledger if row.provider == "caicaini" and row.surface in ("messages", "chat")]
    known = [row for row in rows if row.credits is not None]
    # What the caller saw is what the ledger says, reply by reply.
    seen = sorted((reply.id or "", reply.usage.credits) for reply in history.delivered)
    assert seen == sorted((row.message_id or "", row.credits) for row in known if row.outcome == "ok"), name
    assert all(credits is not None for _, credits in seen), name
    assert {row.outcome for row in rows} <= {"ok", "error", "interrupted", "unknown"}, name
    # What the service counts beyond that is exactly the calls that are marked as unknown.
    found = reconcile(history.client)
    assert found.ledger.credits == sum(row.credits or 0 for row in known), name
    assert found.service.credits == FIRST_CREDITS - history.sandbox.balance(), name
    assert found.agrees, f"{name}\n{found!r}"
    assert {one.kind for one in found.differences} <= {UNKNOWN, EDGE, CLOCK}, f"{name}\n{found!r}"
    assert found.service.credits - found.ledger.credits == found.credits(UNKNOWN), name
    assert 0 <= found.service.requests - found.ledger.requests <= found.doubtful, name
    if not found.doubtful:
        assert found.service == found.ledger, name


@pytest.mark.parametrize("credits", [0, 1, 7_000_000, None])
def test_an_explicit_zero_stays_zero_and_silence_stays_unknown(
    service: FakeService, tmp_path: Path, credits: int | None
) -> None:
    told = b"" if credits is None else b'"credits_consumed": %d' % credits
    bodies = [json.dumps(body).encode() for body in (MESSAGES_PLAIN, CHAT_PLAIN)] + [MESSAGES, CHAT]
    bodies = [re.sub(rb',? *"credits_consumed": \d+', b", " + told if told else b"", body) for body in bodies]
    ledger = Ledger(tmp_path / "ledger.sqlite")
    with dial(service, ledger=ledger) as client:
        service.play(answer(bodies[0]), answer(bodies[1]), stream(bodies[2]), stream(bodies[3]))
        for surface in ("messages", "chat"):
            assert client.send("Hi", surface=surface).usage.credits == credits
        for surface in ("messages", "chat"):
            with client.stream("Hi", surface=surface) as answering:
                assert list(answering)
    assert [row.credits for row in ledger] == [credits] * 4
    table = totals_by(ledger)
    assert (table["calls"].iloc[0], table["unknown_cost"].iloc[0]) == (4, 4 if credits is None else 0)
    assert table["credits"].tolist() == [pd.NA if credits is None else 4 * credits]
