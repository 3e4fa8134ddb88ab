"""How many input tokens a body is likely to have, by what the service has counted for bodies before it."""

from __future__ import annotations

__all__ = ["Sizes"]

FIRST = 4  # bytes a token, before any answer has told
ROOM = 1.1  # above the highest share so far


class Sizes:
    """Learns the highest tokens a byte of the calls so far; it is the limits that this protects."""

    def __init__(self) -> None:
        self._highest: float | None = None

    def learn(self, size: int, tokens: int | None) -> None:
        """A body of so many bytes had so many tokens, as the service counts them."""
        if tokens is not None and size > 0:
            self._highest = max(tokens / size, self._highest or 0.0)

    def tokens(self, size: int) -> int:
        """What a body of so many bytes is likely to have, rather more."""
        share = 1 / FIRST if self._highest is None else self._highest * ROOM
        return max(1, round(size * share))
