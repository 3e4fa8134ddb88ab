"""Rate limits of one key: requests and input tokens a minute, streams at once.

A minute window opens with the key's first request and lasts 60 seconds of the account's clock (assumed; the
contract says only that a window resets). A refused request is not counted. Nothing here knows about HTTP.
"""

from __future__ import annotations

import math

from caicaini_nb.sandbox.clock import Clock
from caicaini_nb.sandbox.refusal import Refusal
from caicaini_nb.sandbox.tiers import TIERS, Tier

__all__ = ["Window", "headers_without_key"]

SECONDS = 60


class Window:
    """What one key used of its minute, and how many streams it has open."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._opened = -math.inf
        self.requests = 0
        self.input_tokens = 0
        self.streams = 0

    def reset_seconds(self) -> int:
        """Return the whole seconds until the window resets, at least 1."""
        self._roll()
        return max(1, math.ceil(self._opened + SECONDS - self._clock.now()))

    def count_request(self, tier: Tier) -> None:
        """Count a request; a Refusal when the minute's requests are used up."""
        self._roll()
        if self.requests >= tier.requests:
            raise self._refusal(f"This key's {tier.requests} requests a minute are used up (tier {tier.name}).")
        self.requests += 1

    def check_input(self, tier: Tier, tokens: int) -> None:
        """A Refusal when so many more input tokens pass the minute's limit; whoever goes on counts them."""
        self._roll()
        if self.input_tokens + tokens > tier.input_tokens:
            raise self._refusal(
                f"{tokens} input tokens pass this key's {tier.input_tokens} a minute (tier {tier.name}, "
                f"{self.input_tokens} used)."
            )

    def check_stream(self, tier: Tier) -> None:
        """A Refusal when no further stream may be opened; whoever opens one counts it."""
        if self.streams >= tier.streams:
            message = f"This key has {self.streams} streams open, its limit (tier {tier.name}): close one first."
            raise Refusal(429, message, retry_after="1")

    def headers(self, tier: Tier) -> dict[str, str]:
        """Return the rate headers as they stand now."""
        reset = self.reset_seconds()
        return _headers(tier, max(0, tier.requests - self.requests), reset)

    def _roll(self) -> None:
        now = self._clock.now()
        if now >= self._opened + SECONDS:
            self._opened = now
            self.requests = self.input_tokens = 0

    def _refusal(self, cause: str) -> Refusal:
        seconds = str(self.reset_seconds())
        return Refusal(429, f"{cause} The window resets in {seconds} s.", retry_after=seconds)


def headers_without_key() -> dict[str, str]:
    """Return the rate headers of an answer to nobody's key: the lowest tier, untouched (assumed)."""
    tier = TIERS["free"]
    return _headers(tier, tier.requests, SECONDS)


def _headers(tier: Tier, remaining: int, reset: int) -> dict[str, str]:
    return {
        "X-RateLimit-Tier": tier.name,
        "X-RateLimit-Limit-Requests": str(tier.requests),
        "X-RateLimit-Remaining-Requests": str(remaining),
        "X-RateLimit-Reset-Requests": str(reset),
    }
