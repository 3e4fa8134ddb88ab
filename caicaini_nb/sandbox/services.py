"""What a sandbox process holds: its accounts, its engine and the threads that engine works in."""

from __future__ import annotations

import asyncio
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from caicaini_nb.sandbox import engines, tokens
from caicaini_nb.sandbox.accounts import Accounts
from caicaini_nb.sandbox.engine import Engine
from caicaini_nb.sandbox.keys import HiddenKey
from caicaini_nb.sandbox.store import Store

__all__ = ["Services"]

WORKERS = 8


class Services:
    """The shared parts of one process; the engine and the tokenizer load in a thread while it starts."""

    def __init__(self, store: Store, port: int, token: HiddenKey, engine_name: str) -> None:
        self.accounts = Accounts(store)
        self.port = port
        self.token = token
        self.engine_name = engine_name
        self.workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="engine")
        self.stopping = asyncio.Event()
        self.orphaned = asyncio.Event()
        self.active = 0
        self.last_active = time.monotonic()
        self._engine = asyncio.get_running_loop().run_in_executor(self.workers, self._load)

    async def engine(self) -> Engine:
        """Return the engine, loaded and with its tokenizer ready."""
        return await asyncio.shield(self._engine)

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
        return engines.load(self.engine_name)
