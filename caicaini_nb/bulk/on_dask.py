"""The engine of a Dask cluster: partitions of rows go to its workers, and one actor keeps the key's limits for all.

Each worker runs the crew that a single machine runs, and writes what becomes of its rows to a file of its own in the
job's folder, which all of them must reach. A worker that dies loses what it had under way: Dask gives its partition to
another, which reads what is done already. Where the actor died with it, another one takes its place.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from ..client import Client
from ..errors import ConfigurationError, JobStoppedError
from ..pacing.tiers import Limits
from ..spending.budget import Budget
from .folder import Folder
from .outcome import Answered, read_lines
from .partition import GATE_LOST, Partition, Sealed, ask_partition
from .remote_pacer import Gate
from .tally import Tally
from .work import Task, Work

__all__ = ["OnDask"]

PARTITION = 500  # rows: small enough that a dead worker costs little, large enough that the scheduler does not notice
SPREAD = 4  # partitions for each worker, so that none is idle while another has much left
LOOK = 0.2  # seconds between two looks at what the workers have written
DEATHS = 20  # of partitions or gates, before the job stops


class OnDask:
    """Asks on a cluster. `cluster` is a `distributed.Client`; the folder is one that every worker reaches."""

    def __init__(
        self,
        cluster: Any,
        client: Client,
        work: Work,
        folder: Folder,
        *,
        at_once: int,
        limits: Limits | None = None,
        budget: Budget | None = None,
        on_error: str = "keep",
    ) -> None:
        if find_spec("distributed") is None or not hasattr(cluster, "submit"):
            raise ConfigurationError(
                "engine is a Dask client", action="Run: pip install 'caicaini-nb[dask]', and pass distributed.Client()."
            )
        if budget is not None or client.budget is not None:
            raise ConfigurationError(
                "A budget is kept by one process, and a cluster has many", action="Leave the budget out, or the engine."
            )
        self._cluster = cluster
        self._client = client
        self._work = work
        self._folder = folder
        self._at_once = at_once
        self._limits = limits
        self._on_error = on_error
        self._stopped = False

    def run(
        self, tasks: list[Task], tally: Tally, on_kept: Callable[[Answered], None], on_wait: Callable[[Exception], None]
    ) -> BaseException | None:
        self._stopped = False
        waiting = self._partitions(tasks, tally)
        running: dict[Any, Partition] = {}
        seen: dict[str, int] = {}
        failure, deaths, gate = None, 0, self._gate()
        for _ in self._folder.tail(seen):
            continue  # what was there before is counted already
        while (waiting or running) and not self._stopped and failure is None:
            while waiting and len(running) < 2 * self._workers():
                part = waiting.pop(0)
                running[self._submit(part, gate)] = part
            for future in [future for future in running if future.done()]:
                part = running.pop(future)
                problem = _problem(future)
                if problem == GATE_LOST:
                    deaths += 1
                    gate = self._living(gate)
                    waiting.append(part)
                elif isinstance(problem, BaseException):
                    failure = problem
            if deaths > DEATHS:
                failure = JobStoppedError(f"{deaths} partitions lost the worker that keeps the limits")
            self._look(seen, on_kept)
            time.sleep(LOOK)
        for future in running:
            future.cancel()
        self._look(seen, on_kept)
        return failure

    def stop(self, *, now: bool = False) -> None:
        """What is under way on the workers goes on to the end of its request, and is kept."""
        self._stopped = True

    def _look(self, seen: dict[str, int], on_kept: Callable[[Answered], None]) -> None:
        """Count what the workers have written since the last look."""
        for line in read_lines(self._folder.tail(seen)):
            if isinstance(line, Answered):
                on_kept(line)

    def _partitions(self, tasks: list[Task], tally: Tally) -> list[Partition]:
        size = max(1, min(PARTITION, -(-len(tasks) // (SPREAD * self._workers()))))
        began = time.time_ns() // 1_000_000
        parts = []
        for number, at in enumerate(range(0, len(tasks), size)):
            some = tasks[at : at + size]
            messages = [self._work.plan_of(task.place).request.messages for task in some]
            keys = [task.key for task in some]
            doubtful = [key for key in keys if key in tally.under_way]
            parts.append(Partition(f"{began}p{number:06d}", self._work.plan, keys, messages, doubtful))
        return parts

    def _submit(self, part: Partition, gate: Any) -> Any:
        transport = self._client._transport
        sealed = Sealed(transport.config, transport.timeouts)
        each = max(1, self._at_once // self._workers())
        return self._cluster.submit(
            ask_partition, part, sealed, self._folder.address, gate, self._limits, each, self._on_error,
            pure=False, key=f"caicaini-{part.name}-{time.time_ns()}",
        )  # fmt: skip

    def _workers(self) -> int:
        return max(1, len(self._cluster.nthreads()))

    def _gate(self) -> Any:
        return self._cluster.submit(Gate, self._limits, actor=True, pure=False).result()

    def _living(self, gate: Any) -> Any:
        """The actor, or another one where it is gone."""
        try:
            gate.alive().result(timeout=5)
        except Exception:
            return self._gate()
        return gate


def _problem(future: Any) -> Any:
    """Why a partition did not come to its end, `None` where it did. An argument that was the actor is lost with it."""
    try:
        return future.result()
    except Exception as error:
        lost = type(error).__name__ in ("KilledWorker", "FutureCancelledError", "CancelledError")
        return GATE_LOST if lost or "actor" in str(error).lower() else error
