"""A job on a cluster of four processes, one of them killed amid it: the same as on one machine, within the limits."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from caicaini_nb import Client, ConfigurationError, bulk
from caicaini_nb.bulk.folder import LocalFolder
from caicaini_nb.bulk.outcome import Sent, read_lines
from caicaini_nb.sandbox import Sandbox

distributed = pytest.importorskip("distributed")

TEMPLATE = "What is {{a}} + {{b}}?"
ROWS = [{"a": number, "b": number * 7 % 100} for number in range(240)]
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Any]:
    import dask

    with (
        dask.config.set({"temporary-directory": str(tmp_path / "dask"), "distributed.scheduler.allowed-failures": 9}),
        distributed.LocalCluster(
            n_workers=4, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=60
        ) as made,
        distributed.Client(made) as client,
    ):
        yield client


def test_a_killed_worker_changes_nothing(cluster: Any, asker: Client, box: Sandbox, tmp_path: Path) -> None:
    box.set_pace(0.02)
    pids = list(cluster.run(os.getpid).values())
    folder = tmp_path / "sums"
    job = bulk.run(ROWS, TEMPLATE, client=asker, job=folder, model="caicaini/haiku", engine=cluster, at_once=16)
    while job.progress.done < 20:
        time.sleep(0.05)
    os.kill(pids[0], signal.SIGKILL)
    frame = job.result()
    box.set_pace(0)
    alone = bulk.run(ROWS, TEMPLATE, client=asker, job=tmp_path / "alone", model="caicaini/haiku").result()
    same = ["a", "b", "value", "outcome", "error", "input_tokens", "output_tokens", "credits"]
    assert frame[same].equals(alone[same])
    assert set(frame["outcome"]) == {"ok"}
    asked_again = len([line for line in read_lines(LocalFolder(folder).lines()) if isinstance(line, Sent)]) - len(ROWS)
    assert asked_again <= 16
    assert (frame["note"] == "may have been charged twice").sum() == asked_again
    secret = box.api_key.encode()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and secret in path.read_bytes()]


def test_one_gate_keeps_the_keys_limit(cluster: Any, asker: Client, box: Sandbox, tmp_path: Path) -> None:
    """More is asked than the minute has: the rest waits, and nothing is refused."""
    box.set_tier("enterprise", requests=100, input_tokens=10**9, streams=10)
    asker.account()
    job = bulk.run(
        ROWS[:150], TEMPLATE, client=asker, job=tmp_path / "slow", model="caicaini/haiku", engine=cluster, at_once=16
    )
    while job.progress.done < 90:
        time.sleep(0.1)
    time.sleep(1)  # whoever does not keep to it asks on
    job.cancel()
    statuses = [entry["status"] for entry in box.requests()]
    assert statuses.count(429) == 0
    assert len(statuses) <= 100


def test_what_a_cluster_cannot_do_is_said(asker: Client) -> None:
    with pytest.raises(ConfigurationError, match="Dask client"):
        bulk.run(ROWS, TEMPLATE, client=asker, engine=object())
