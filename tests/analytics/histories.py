"""Random histories of one sandbox account: calls of every kind, faults of every kind, a clock that is set forward."""

from __future__ import annotations

import random
import time
from typing import Any

from caicaini_nb import Client, Ledger, Reply, connect
from caicaini_nb.errors import CaicainiError, Interrupted
from caicaini_nb.sandbox import Sandbox
from caicaini_nb.sandbox.handle import Faults

__all__ = ["History", "settled"]

MODELS = ("caicaini/auto", "caicaini/haiku", "caicaini/kimi", "caicaini/sonnet")
STATUSES = ("400", "402", "429", "500", "503", "529")
BREAKING = ("early_end", "reset", "stream_error", "duplicate", "unknown", "split_utf8", "stall", "slow")


class History:
    """What one account was asked, and what its caller saw: `delivered` are the replies that arrived whole.

    `free` counts the look-ups, which no model runs for.
    """

    def __init__(self, chance: random.Random, sandbox: Sandbox, ledger: Ledger) -> None:
        self.chance, self.sandbox, self.ledger = chance, sandbox, ledger
        self.client = connect(sandbox=sandbox, ledger=ledger, max_attempts=2)
        self.cailag: Client | None = None
        self.delivered: list[Reply] = []
        self.free = 0
        self.planned: list[Faults] = []

    def run(self) -> None:
        """Between one and five things happen, then the service has charged what it charges."""
        for _ in range(self.chance.randrange(1, 6)):
            happening = self.chance.choices(
                [self._plain, self._streamed, self._left_early, self._looked_up, self._elsewhere, self._later],
                [5, 5, 2, 1, 1, 1],
            )[0]
            happening()
        for fault in self.planned:
            fault.clear()
        settled(self.sandbox)

    def close(self) -> None:
        self.client.close()
        if self.cailag is not None:
            self.cailag.close()

    def _plain(self) -> None:
        self._fault()
        try:
            self.delivered.append(self.client.send(self._prompt(), **self._asked()))
        except CaicainiError:
            return

    def _streamed(self) -> None:
        self._fault()
        try:
            with self.client.stream(self._prompt(), **self._asked()) as stream:
                for _ in stream:
                    pass
            self.delivered.append(stream.reply)
        except CaicainiError:
            return

    def _left_early(self) -> None:
        """Closed after some events: the answer may be over by then, or not."""
        try:
            stream = self.client.stream("Count from 1 to 9.", **self._asked())
            for _ in range(self.chance.randrange(4)):
                next(stream, None)
            stream.close()
        except (CaicainiError, Interrupted):
            return

    def _looked_up(self) -> None:
        try:
            ask: Any = self.chance.choice([self.client.account, self.client.models, self._counted])
            ask()
            self.free += 1
        except CaicainiError:
            return

    def _counted(self) -> int:
        return self.client.count_tokens("Hello")

    def _elsewhere(self) -> None:
        """A call to the other provider, in the same ledger and with the same key."""
        self.cailag = self.cailag or connect("cailag", sandbox=self.sandbox, ledger=self.ledger, max_attempts=1)
        try:
            self.cailag.send("What is 2 + 2?", max_tokens=9)
        except CaicainiError:
            return

    def _later(self) -> None:
        self.sandbox.advance(seconds=self.chance.choice([1, 3_600, 90_000, 40 * 86_400]))

    def _fault(self) -> None:
        if self.chance.random() < 0.5:
            kind = self.chance.choice([*STATUSES, *BREAKING])
            times = self.chance.choice([1, 1, 2])
            fault = self.sandbox.faults(kind, times=times, after=self.chance.randrange(4), seconds=0)
            self.planned.append(fault)

    def _prompt(self) -> str:
        return f"Count from 1 to {self.chance.randrange(1, 6)}."

    def _asked(self) -> dict[str, Any]:
        return {
            "model": self.chance.choice(MODELS),
            "max_tokens": self.chance.randrange(1, 20),
            "surface": self.chance.choice(["messages", "chat"]),
        }


def settled(sandbox: Sandbox) -> None:
    """Wait until the service has noticed that nobody listens any more, and has charged what was written until then."""
    until = time.monotonic() + 10
    while any(row["outcome"] == "open" for row in sandbox.requests()):
        assert time.monotonic() < until, "a call stays open"
        time.sleep(0.002)
