"""What a call consumed, as the service says it. Unknown is `None`, never 0, and a sum with an unknown is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce

import msgspec

__all__ = ["RateLimit", "Usage", "sum_usage"]


class Usage(msgspec.Struct, frozen=True):
    """Tokens and credits of one call or of several added up.

    `credits` is the service's own `credits_consumed`: exactly what was deducted. cailag has no credits: always `None`.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    credits: int | None = None

    def __add__(self, other: Usage) -> Usage:
        if not isinstance(other, Usage):
            return NotImplemented
        mine, theirs = _values(self), _values(other)
        return Usage(*(None if a is None or b is None else a + b for a, b in zip(mine, theirs, strict=True)))

    def updated(self, later: Usage) -> Usage:
        """These figures with those of `later` over them where it has one: a stream tells its usage in two parts."""
        pairs = zip(_values(self), _values(later), strict=True)
        return Usage(*(old if new is None else new for old, new in pairs))

    def __str__(self) -> str:
        text = f"{_known(self.input_tokens)} tokens in, {_known(self.output_tokens)} out"
        return text if self.credits is None else f"{text}, {self.credits:,} credit{'s' * (self.credits != 1)}"


class RateLimit(msgspec.Struct, frozen=True):
    """What the `X-RateLimit-*` headers of one answer said; `reset_seconds` counts from that answer."""

    tier: str | None = None
    limit: int | None = None
    remaining: int | None = None
    reset_seconds: float | None = None

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> RateLimit | None:
        """From response headers (case-insensitive mapping); `None` where the service sent none."""
        tier = headers.get("x-ratelimit-tier")
        limit = _number(headers.get("x-ratelimit-limit-requests"))
        remaining = _number(headers.get("x-ratelimit-remaining-requests"))
        reset = _number(headers.get("x-ratelimit-reset-requests"))
        if tier is None and limit is None and remaining is None and reset is None:
            return None
        return cls(tier, _whole(limit), _whole(remaining), reset)


def sum_usage(usages: Iterable[Usage]) -> Usage:
    """Several calls' usage together: unknown where one of them is."""
    return reduce(Usage.__add__, usages, Usage(0, 0, 0, 0, 0))


def _values(usage: Usage) -> tuple[int | None, ...]:
    return (
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_creation_input_tokens,
        usage.cache_read_input_tokens,
        usage.credits,
    )


def _known(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"


def _number(text: str | None) -> float | None:
    """A header's number, or `None` for anything that is not a finite one of sane size."""
    try:
        value = float(text) if text is not None and len(text) < 32 else None
    except ValueError:
        return None
    return value if value is not None and abs(value) < 1e12 else None


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
