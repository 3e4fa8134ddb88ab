"""One account: credits, tier, clock, settings, faults and request log, each its own.

Credits never go below zero. A call is refused with 402 when the balance cannot pay its input and one output
token; while it runs, it and the account's other calls together stop at what the balance pays, which shows as
`max_tokens` (the sandbox's own choice: what the service does there is not documented).
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from caicaini_nb.sandbox.clock import Clock
from caicaini_nb.sandbox.faults import FaultQueue
from caicaini_nb.sandbox.limits import Window
from caicaini_nb.sandbox.pricing import cents_of, credits_for
from caicaini_nb.sandbox.request_log import RequestLog
from caicaini_nb.sandbox.store import Store
from caicaini_nb.sandbox.tiers import SWEEP_SECONDS, TIERS, Tier, custom, earned, rank

__all__ = ["FIRST_CREDITS", "Account"]

FIRST_CREDITS = 70_000
FIRST_CENTS = 10_00


class Account:
    """An account as the store holds it; `state` is what it saved last."""

    def __init__(self, identity: str, credits_: int, state: dict[str, Any], store: Store) -> None:
        self.identity = identity
        self.credits = credits_
        self.pending = 0  # credits of calls that are still running
        self.clock = Clock(float(state.get("offset", 0.0)))
        self.pace = float(state.get("pace", 0.0))
        self.documented_only = bool(state.get("documented_only", False))
        self.faults = FaultQueue()
        self.log = RequestLog()
        self.store = store
        self._tier = Tier(**state["tier"]) if "tier" in state else TIERS["pay_as_you_go"]
        self._swept = float(state.get("swept", self.clock.now()))
        self._windows: dict[str, Window] = {}

    @classmethod
    def open(cls, identity: str, store: Store) -> Account:
        """Open a new account: pay_as_you_go, as after a first top-up of $10."""
        store.add_account(identity, 0, {})
        account = cls(identity, 0, {}, store)
        account._credit(FIRST_CENTS, account.clock.now())
        account.save()
        return account

    @property
    def tier(self) -> Tier:
        """The tier as of the last sweep; sweeps fall on every fifth minute of the account's clock."""
        swept = math.floor(self.clock.now() / SWEEP_SECONDS) * SWEEP_SECONDS
        if swept > self._swept:
            since = self.store.lifetime_cents(self.identity, self._swept)
            lifetime = self.store.lifetime_cents(self.identity, swept)
            if lifetime > since and rank(earned(lifetime)) > rank(self._tier.name):
                self._tier = TIERS[earned(lifetime)]
            self._swept = swept
            self.save()
        return self._tier

    def window(self, key_digest: str) -> Window:
        """Return the rate window of one of the account's keys."""
        window = self._windows.get(key_digest)
        if window is None:
            window = self._windows[key_digest] = Window(self.clock)
        return window

    def set_tier(self, name: str, requests: int | None, input_tokens: int | None, streams: int | None) -> None:
        """Put the account on a tier by hand; `free` also forgets its top-ups, as `free` is before any."""
        self._tier = custom(name, requests, input_tokens, streams)
        if name == "free":
            self.store.forget_top_ups(self.identity)
        self._swept = self.clock.now()
        self.save()

    def top_up(self, usd: object) -> int:
        """Add a confirmed top-up; returns the credits added."""
        return self._credit(cents_of(usd), self.clock.now())

    def advance(self, seconds: float) -> None:
        """Move the account's clock."""
        self.clock.advance(seconds)
        self.save()

    def charge(self, model: str, input_tokens: int, output_tokens: int, credits_: int) -> None:
        """Take a call's credits, committed when this returns."""
        date = self.clock.today()
        self.store.charge(self.identity, date, model, input_tokens, output_tokens, credits_)
        self.credits -= credits_

    def credits_this_month(self) -> int:
        """Return the credits consumed in the calendar month of the account's clock."""
        today = self.clock.today()
        rows = self.store.usage(self.identity, f"{today[:7]}-01", today)
        return sum(int(row["credits_consumed"]) for row in rows)

    def save(self) -> None:
        """Store what is not a balance."""
        state = {
            "offset": self.clock.offset,
            "pace": self.pace,
            "documented_only": self.documented_only,
            "tier": asdict(self._tier),
            "swept": self._swept,
        }
        self.store.save_state(self.identity, state)

    def _credit(self, cents: int, at: float) -> int:
        added = credits_for(cents)
        self.store.top_up(self.identity, at, cents, added)
        self.credits += added
        return added
