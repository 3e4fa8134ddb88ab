"""The request log of one account: what came, what went out, what it cost; never a prompt, never a key."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Entry", "RequestLog"]

KEPT = 20_000


@dataclass
class Entry:
    """One request; `outcome` is `open`, `ok`, `refused`, `closed` (by the client) or `broken` (by a fault)."""

    method: str
    path: str
    request_id: str
    status: int | None = None
    outcome: str = "open"
    credits: int | None = None
    id: str | None = None
    streamed: bool = False
    closed_early: bool = False
    undocumented: list[str] = field(default_factory=list)


class RequestLog:
    """The latest requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)

    def add(self, entry: Entry) -> None:
        """Put an entry on the log; it is filled in as its answer goes out."""
        self._entries.append(entry)

    def rows(self) -> list[dict[str, Any]]:
        """Return the entries as plain values."""
        return [asdict(entry) for entry in self._entries]
