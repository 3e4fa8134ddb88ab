"""What a sandbox process holds: its accounts, its engine and the threads that engine works in."""

from __future__ import annotations

import asyncio
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from caicaini_nb.sandbox import engines, tokens
from caicaini_nb.sandbox.accounts import Accounts
from caicaini_nb.sandbox.answering import Choosing
from caicaini_nb.sandbox.engine import Engine, Question
from caicaini_nb.sandbox.keys import HiddenKey
from caicaini_nb.sandbox.store import Store

__all__ = ["Services"]

WORKERS = 8
WAITING = 64  # answers of a model under way or waiting for their turn; a thread each


class Services:
    """The shared parts of one process; the engine and the tokenizer load in a thread while it starts."""

    def __init__(self, store: Store, port: int, token: HiddenKey, choice: engines.Choice) -> None:
        self.accounts = Accounts(store)
        self.port = port
        self.token = token
        self.engine_name = choice.label
        self._choice = choice
        self.workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="engine")
        self.waiting = ThreadPoolExecutor(WAITING, thread_name_prefix="waiting")
        self.stopping = asyncio.Event()
        self.orphaned = asyncio.Event()
        self.active = 0
        self.last_active = time.monotonic()
        self._engine = asyncio.get_running_loop().run_in_executor(self.workers, self._load)

    async def engine(self) -> Engine:
        """Return the engine, loaded and with its tokenizer ready."""
        return await asyncio.shield(self._engine)

    async def engine_for(self, question: Question) -> tuple[Engine, ThreadPoolExecutor]:
        """Return the engine that answers a question and the threads to wait for it in; raises `UnfitError`."""
        engine = await self.engine()
        if not isinstance(engine, Choosing):
            return engine, self.workers
        chosen = await asyncio.get_running_loop().run_in_executor(self.waiting, engine.choose, question)
        return chosen, self.waiting if isinstance(chosen, Choosing) else self.workers

    def trouble(self) -> str:
        """Return why the engine does less than it was started for, empty when it does not."""
        if not self._engine.done() or self._engine.exception() is not None:
            return ""
        engine = self._engine.result()
        return engine.trouble() if isinstance(engine, Choosing) else ""

    def close(self) -> None:
        """Stop all answers under way and let the threads go."""
        if self._engine.done() and not self._engine.cancelled() and self._engine.exception() is None:
            engine = self._engine.result()
            if isinstance(engine, Choosing):
                engine.close()
        for threads in (self.workers, self.waiting):
            threads.shutdown(wait=False, cancel_futures=True)

    def idle_seconds(self) -> float:
        """Return how long nothing was asked."""
        return 0.0 if self.active else time.monotonic() - self.last_active

    def report(self, error: BaseException) -> None:
        """Write a failure of the sandbox itself to its log, without any request's content."""
        where = "".join(traceback.format_tb(error.__traceback__))
        sys.stderr.write(f"{where}{type(error).__name__}\n")
        sys.stderr.flush()

    def _load(self) -> Engine:
        tokens.ready()
        return engines.load(self._choice)
