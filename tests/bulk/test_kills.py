"""A job that is killed again and again on a way where a third of all goes wrong: no row lost, doubled or misplaced."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from caicaini_nb import Ledger, bulk, connect
from caicaini_nb.bulk.folder import LocalFolder
from caicaini_nb.bulk.outcome import Answered, read_lines
from caicaini_nb.bulk.tally import Tally
from caicaini_nb.sandbox import Sandbox
from tests.bulk.faulty_way import FaultyWay
from tests.conftest import suite

TEMPLATE = "What is {{a}} + {{b}}?"
PROGRAM = """
import sys, time
from caicaini_nb import bulk, connect
_, base, key, job, rows, seed = sys.argv
rows = [{"a": number, "b": number * 7 % 100} for number in range(int(rows))]
client = connect(base=base, key=key)
made = bulk.run(rows, sys.stdin.readline().strip(), client=client, job=job, model="caicaini/haiku", at_once=20)
print("begun", flush=True)
while made.progress.state == "running":
    time.sleep(0.02)
print(made.progress.state, repr(made), flush=True)
"""


def test_killed_again_and_again(box: Sandbox, tmp_path: Path, seed: int) -> None:
    rows, kills = suite(1000), max(3, suite(20))
    chance = random.Random(seed)
    folder = tmp_path / "sums"
    before = box.balance()
    in_flight = 0
    with FaultyWay(box.base_url, 0.3, seed) as way:
        for _ in range(kills):
            run(way, box, folder, rows, kill_after=chance.uniform(0.0, 3.0 * rows / 1000))
            in_flight += len(Tally(read_lines(LocalFolder(folder).lines())).under_way)
        run(way, box, folder, rows)
        client = connect(base=way.base, key=box.api_key)
        job = bulk.run(
            [{"a": number, "b": number * 7 % 100} for number in range(rows)],
            TEMPLATE, client=client, job=folder, model="caicaini/haiku", at_once=20, progress=False,
        )  # fmt: skip
        job.result()
        while job.progress.failed:
            job.retry().result()
        frame = job.frame()
        client.close()
    assert list(frame["a"]) == list(range(rows))
    assert set(frame["outcome"]) == {"ok"}
    for a, b, text in zip(frame["a"], frame["b"], frame["text"], strict=True):
        assert str(a + b) in text, "an answer stands beside another row"
    lines = [line for line in read_lines(LocalFolder(folder).lines()) if isinstance(line, Answered)]
    answered = Counter(line.key for line in lines if line.error is None)
    assert len(answered) == rows
    assert set(answered.values()) == {1}
    reconcile(frame, client.ledger, box, before)
    paid = sum(entry["credits"] is not None for entry in box.requests())
    assert paid - rows <= in_flight + way.lost


def reconcile(frame: object, ledger: Ledger, box: Sandbox, before: int) -> None:
    """The job's credits are the ledger's; what the account says beyond them are calls that the ledger calls unknown."""
    ledger = Ledger(ledger.path)  # opening it finds the rows that killed processes left open
    rows = [row for row in ledger if row.surface == "messages"]
    delivered = set(frame["message_id"])  # type: ignore[index]
    assert sum(frame["credits"]) == sum(row.credits or 0 for row in rows if row.message_id in delivered)  # type: ignore[index]
    told = sum(row.credits or 0 for row in rows)
    known = {row.message_id for row in rows if row.message_id}
    untold = [entry for entry in box.requests() if entry["credits"] and entry["id"] not in known]
    assert before - box.balance() - told == sum(entry["credits"] for entry in untold)
    assert len(untold) <= sum(row.outcome == "unknown" for row in rows)
    ledger.close()


def run(way: FaultyWay, box: Sandbox, folder: Path, rows: int, kill_after: float | None = None) -> None:
    """A process that works on the job, to its end or until it is killed."""
    arguments = [sys.executable, "-c", PROGRAM, way.base, box.api_key, str(folder), str(rows), "0"]
    environment = {**os.environ, "CAICAINI_PLAIN": "1", "CAICAINI_PACING": str(folder.parent / "pacing.sqlite")}
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(TEMPLATE + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "begun\n"
        if kill_after is None:
            assert process.stdout.read().startswith("done")
            return
        time.sleep(kill_after)  # a moment of a real process's life: no clock of ours is in it
        process.send_signal(signal.SIGKILL)
