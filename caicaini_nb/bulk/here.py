"""The engine of one machine: a crew on a loop of its own, in the thread it is run in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from copy import copy
from pathlib import Path

from ..async_client import AsyncClient
from ..asynchronous.event_loop import run
from ..client import Client
from ..pacing.clock import Clock
from ..pacing.pacer import Pacer
from ..pacing.store import SharedStore, Store, identity
from ..pacing.tiers import Limits
from ..place import Place
from ..spending.budget import Budget
from .crew import Crew
from .folder import Folder
from .keeper import Keeper
from .outcome import Answered
from .tally import Tally
from .work import Task, Work

__all__ = ["Here"]


class Here:
    """Asks from this process. The plain client is left as it is: this has a copy that asks once, and its own budget."""

    def __init__(
        self,
        client: Client,
        work: Work,
        folder: Folder,
        *,
        at_once: int,
        budget: Budget | None = None,
        limits: Limits | None = None,
        clock: Clock | None = None,
        pacing: Path | None = None,
        place: Place | None = None,
        on_error: str = "keep",
    ) -> None:
        twin = copy(client)
        twin.max_attempts, twin.budget = 1, budget or client.budget
        self._client = AsyncClient.of(twin)
        self._client.place = place
        self._name = identity(client._transport.config.key, client.base)
        self._work = work
        self._folder = folder
        self._at_once = at_once
        self._limits = limits
        self._clock = clock
        self._pacing = pacing
        self._on_error = on_error
        self._loop: asyncio.AbstractEventLoop | None = None
        self._crew: Crew | None = None
        self._stopped = False

    def run(
        self, tasks: list[Task], tally: Tally, on_kept: Callable[[Answered], None], on_wait: Callable[[Exception], None]
    ) -> BaseException | None:
        self._stopped = False
        return run(self._run(tasks, tally, on_kept, on_wait))

    def stop(self, *, now: bool = False) -> None:
        self._stopped = True
        crew, loop = self._crew, self._loop
        if crew is not None and loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(crew.abandon if now else crew.stop)

    def note(self, requests: int, now: float) -> None:
        """So many requests went out beside the pacing just now."""
        store = SharedStore(self._pacing)
        with store.window(self._name) as window:
            window.others(now, requests)
        store.close()

    async def _run(
        self, tasks: list[Task], tally: Tally, on_kept: Callable[[Answered], None], on_wait: Callable[[Exception], None]
    ) -> BaseException | None:
        store: Store = SharedStore(self._pacing)
        self._loop = asyncio.get_running_loop()
        pacer = Pacer(self._name, store, limits=self._limits, clock=self._clock)
        crew = Crew(
            self._work, self._client, pacer, Keeper(self._folder, on_kept), doubtful=frozenset(tally.under_way),
            on_error=self._on_error, on_wait=on_wait,
        )  # fmt: skip
        self._crew = crew
        try:
            if not self._stopped:
                await crew.run(iter(tasks), max(1, min(self._at_once, len(tasks))))
            return crew.failure
        finally:
            self._crew = None
            store.close()
