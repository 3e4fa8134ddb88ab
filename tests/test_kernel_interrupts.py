"""A real kernel interrupted at any instant of a streamed cell: text kept, row closed, nothing leaked, next cell works.

One kernel and one sandbox serve all rounds, so that what one round leaves behind fails a later one.
"""

from __future__ import annotations

import os
import random
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from caicaini_nb.sandbox import Sandbox
from tests.conftest import suite

ROUNDS = 500
WARM_UP = 10  # rounds before descriptors are counted: the connection, the ledger and the threads are there then
SECONDS = 30.0
NUMBERS = 120
WHOLE = ", ".join(str(number) for number in range(1, NUMBERS + 1))
# A kernel closes every ten seconds what threads that have ended leave in it; this does the same at once.
SETTLE = "await get_ipython().kernel.iopub_thread._event_pipe_gc(); __import__('gc').collect()"
ASKED = f"%%caicaini\nCount to {NUMBERS}."
TOKENS = 3 * NUMBERS  # about what the answer has
PACES = (0.0, 0.0003, 0.001)  # seconds a token
MOST = 1_000_000_000


@dataclass
class Round:
    """What one cell sent before it was idle again."""

    shown: list[str] = field(default_factory=list)
    longest: int = 0
    error: str | None = None
    printed: str = ""

    def take(self, kind: str, content: Mapping[str, Any]) -> None:
        if kind == "clear_output":
            self.shown.clear()
        elif kind == "display_data":
            self.shown.append(str(content["data"]["text/plain"]))
        elif kind == "update_display_data":
            self.shown[-1] = str(content["data"]["text/plain"])
        elif kind == "error":
            self.error = str(content["ename"])
            self.printed += "\n".join(content["traceback"])
        elif kind == "stream":
            self.printed += str(content["text"])
        self.longest = max([self.longest, *map(len, self.answers)])

    @property
    def answers(self) -> list[str]:
        """What is shown as plain text, each without its receipt and the line that says why it ends early."""
        return [re.split(r"(?:^|\n\n)\[(?:Interrupted: |sandbox)", text, maxsplit=1)[0] for text in self.shown]


class Kernel:
    """A kernel that can be interrupted while it runs a cell."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self._manager = manager
        self._client = client
        self.process = psutil.Process(int(self.run("print(__import__('os').getpid())").printed))

    def run(self, cell: str, interrupt_after: float | None = None) -> Round:
        """Run a cell to its end; the interrupt comes so many seconds after the kernel began with it."""
        request = self._client.execute(cell)
        found, until, at = Round(), time.monotonic() + SECONDS, None
        while time.monotonic() < until:
            kind, content = self._next(request, at)
            if kind == "execute_input" and interrupt_after is not None:
                at = time.monotonic() + interrupt_after
            if at is not None and time.monotonic() >= at:
                self._manager.interrupt_kernel()
                at = None
            if kind == "status" and content["execution_state"] == "idle":
                return found
            found.take(kind, content)
        raise TimeoutError(f"The kernel did not come back: {cell!r}")

    def held(self) -> tuple[int, int]:
        """Descriptors and threads of the kernel, once it has settled, with its connection open."""
        self.run(ASKED)
        self.run(SETTLE)
        return self.process.num_fds(), self.process.num_threads()

    def _next(self, request: str, at: float | None) -> tuple[str, Mapping[str, Any]]:
        """The next message of a request; an empty one when it is time for something else first."""
        left = SECONDS if at is None else max(0.0, at - time.monotonic())
        if not self._client.iopub_channel.socket.poll(left * 1000):
            return "", {}
        message = self._client.get_iopub_msg(timeout=SECONDS)
        if message["parent_header"].get("msg_id") != request:
            return "", {}
        return message["msg_type"], message["content"]


def outcomes_in(ledger: Path) -> list[str | None]:
    """Of every call, newest first; `None` where the row is open."""
    with closing(sqlite3.connect(ledger)) as opened:
        rows = opened.execute("SELECT outcome FROM entries WHERE surface = 'messages' ORDER BY id DESC")
        return [outcome for (outcome,) in rows]


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.db"


@pytest.fixture
def slow() -> Iterator[Sandbox]:
    """A sandbox of the test's own: its pace is set."""
    with Sandbox(fresh=True) as sandbox:
        sandbox.set_tier("enterprise", requests=MOST, input_tokens=MOST, streams=100)
        sandbox.top_up(usd=10_000)
        yield sandbox


@pytest.fixture
def kernel(slow: Sandbox, tmp_path: Path) -> Iterator[Kernel]:
    settings = {"CAICAINI_BASE": slow.base_url, "CAICAINI_API_KEY": slow.api_key}
    manager = KernelManager()
    manager.start_kernel(cwd=str(tmp_path), env={**os.environ, **settings})
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=SECONDS)
        running = Kernel(manager, client)
        running.run("%load_ext caicaini_nb")
        yield running
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def check(found: Round, rows: Sequence[str | None], before: int) -> None:
    """What holds after any round, whenever its interrupt came."""
    assert set(rows) <= {"ok", "interrupted"}, "a row is open or wrong"
    assert len(rows) <= before + 1, "one call, one row"
    assert len(found.shown) <= 1
    assert all(WHOLE.startswith(answer) for answer in found.answers)
    assert sum(map(len, found.answers)) >= found.longest, "text that was shown is gone"
    if found.shown:
        assert "[sandbox" in found.shown[0], "an answer without its receipt"
    assert found.error in (None, "Interrupted", "KeyboardInterrupt"), found.printed
    if len(rows) == before:
        assert found.shown == [], "an answer that nobody asked for"  # stopped in the kernel's own code, before ours
    elif found.error is None:
        assert rows[0] == "ok"
        assert found.answers == [WHOLE]


def test_any_instant(kernel: Kernel, slow: Sandbox, ledger: Path, seed: int) -> None:
    assert kernel.run(ASKED).answers == [WHOLE]
    choose = random.Random(seed)
    outcomes: Counter[str] = Counter()
    before_all = kernel.held()
    for number in range(WARM_UP + suite(ROUNDS)):
        if number == WARM_UP:
            before_all = kernel.held()
        pace = choose.choice(PACES)
        slow.set_pace(pace)
        before = len(outcomes_in(ledger))
        found = kernel.run(ASKED, interrupt_after=choose.uniform(0, 1.1) * (0.03 + TOKENS * pace))
        rows = outcomes_in(ledger)
        check(found, rows, before)
        outcomes[f"{found.error}, {rows[0] if len(rows) > before else 'no call'}"] += 1
        assert kernel.run("print('next')").printed == "next\n"
    assert kernel.run(ASKED).answers == [WHOLE]
    assert sum(count for outcome, count in outcomes.items() if outcome.endswith("interrupted")) >= suite(ROUNDS) // 10
    after = kernel.held()
    assert after[0] <= before_all[0], f"descriptors leaked: {outcomes}"
    assert after[1] <= before_all[1], f"threads leaked: {outcomes}"
