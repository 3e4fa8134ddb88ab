"""A job of more requests than a minute has, on a cluster of four processes, beside the same job on one machine.

The key's tier is what holds both up, so a cluster can win nothing: what it adds is what keeping to one window costs.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import distributed

from caicaini_nb import Client, bulk, connect
from caicaini_nb.sandbox import Sandbox
from tests.benchmarks.rounds import Figure, Reach
from tests.benchmarks.setting import Setting

__all__ = ["measure"]

WORKERS = 4
MINUTE = 120  # requests
ROWS = [{"number": number} for number in range(MINUTE + MINUTE // 2)]


def measure(setting: Setting) -> Iterator[Figure]:
    if setting.is_quick:  # each run waits for a minute to end
        return
    found: dict[bool, list[float]] = {True: [], False: []}
    refused = []
    dask: Any = distributed  # its functions carry no types
    with (
        dask.LocalCluster(
            n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=60
        ) as cluster,
        dask.Client(cluster) as engine,
    ):
        for number in range(2):
            for is_cluster in found:
                name = f"tier-{number}-{is_cluster}"
                seconds, statuses = _run(setting, name, engine if is_cluster else None)
                found[is_cluster].append(seconds)
                refused.append(float(statuses.count(429)))
    title = f"{len(ROWS)} rows at {MINUTE} requests a minute, {WORKERS} Dask processes"
    yield Figure(title, "s", found[True], found[False], "one process", Reach(1.15, "ratio"))
    yield Figure(f"{title}, requests refused", "requests", refused, reach=Reach(0))


def _run(setting: Setting, name: str, engine: Any) -> tuple[float, list[int]]:
    """The seconds of one job in a sandbox of its own, and what it answered."""
    with Sandbox(fresh=True, engine="rules") as sandbox:
        sandbox.set_tier("enterprise", requests=MINUTE, input_tokens=10**9, streams=100)
        client = connect(sandbox=sandbox)
        seconds = _seconds(client, setting, name, engine)
        client.close()
        return seconds, [entry["status"] for entry in sandbox.requests()]


def _seconds(client: Client, setting: Setting, name: str, engine: Any) -> float:
    begin = time.perf_counter()
    job = bulk.run(
        ROWS, "What is {{number}} + 1?", client=client, job=setting.folder / "jobs" / name, model="caicaini/haiku",
        engine=engine, progress=False,
    )  # fmt: skip
    job.result()
    if job.progress.done != len(ROWS):
        raise RuntimeError(repr(job))
    return time.perf_counter() - begin
