"""What a crew needs of others: rows to ask, and somebody who gives turns."""

from __future__ import annotations

from typing import Protocol

from ..pacing.pacer import Turn
from ..plan import Plan
from ..usage import RateLimit

__all__ = ["Paced", "Planned"]


class Planned(Protocol):
    """Rows to ask: the call of each by its place."""

    def plan_of(self, place: int) -> Plan: ...


class Paced(Protocol):
    """Who gives turns: a `Pacer`, or a gate's on another machine."""

    async def turn(self, tokens: int = 0, *, stream: bool = False) -> Turn: ...

    def answered(self, turn: Turn, said: RateLimit | None, tokens: int | None = None) -> None: ...

    def refused(self, turn: Turn, seconds: float, said: RateLimit | None) -> None: ...

    def failed(self, turn: Turn) -> None: ...

    def unused(self, turn: Turn) -> None: ...

    def hold(self, seconds: float) -> None: ...

    async def sleep(self, seconds: float) -> None: ...

    def close(self) -> None: ...
