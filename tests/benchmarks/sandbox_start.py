"""The sandbox from nothing to its first answer, and the memory its process then holds."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psutil

from caicaini_nb import connect
from caicaini_nb.sandbox import Sandbox
from tests.benchmarks.rounds import Figure, Reach
from tests.benchmarks.setting import Setting

__all__ = ["measure"]


def measure(setting: Setting) -> Iterator[Figure]:
    times, resident = [], []
    for _ in range(setting.rounds(7, quick=3)):
        begin = time.perf_counter()
        with Sandbox(fresh=True) as sandbox, connect(sandbox=sandbox) as client:
            reply = client.send("What is 2 + 2?")
            times.append(time.perf_counter() - begin)
            if not reply.text:
                raise RuntimeError("The sandbox gave an empty answer")
            resident.append(_resident_mib())
    yield Figure("sandbox, from nothing to the first answer", "s", times, reach=Reach(1.0))
    yield Figure("sandbox, resident memory", "MiB", resident, reach=Reach(90))


def _resident_mib() -> float:
    """The memory of the sandbox started last: the newest of this process's children."""
    newest = max(psutil.Process().children(recursive=True), key=lambda process: process.create_time())
    return float(newest.memory_info().rss / 2**20)
