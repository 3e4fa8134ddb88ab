"""One minute of one key: what was used of it, and when it ends. Pure: it is told the time, and waits for nothing.

The service counts in windows of a minute, which open with a request, and says in whole seconds, rounded up, when the
one that is open ends. So each answer bounds the end from both sides: it came from the service after the request was
sent and before the answer was here. The bounds of several answers together are narrow. What is sent between them may
be counted in either window, so it is counted in both. Until a first answer is here, one request alone goes out.
"""

from __future__ import annotations

import msgspec

from ..usage import RateLimit
from .tiers import Limits, limits_of

__all__ = ["MINUTE", "NEVER", "Window"]

MINUTE = 60.0
NEVER = -1e18  # JSON has no infinity
ON_THE_WAY = 0.25  # seconds from sending to the service's count, at most, as a rule
UNHEARD = 5.0  # added to a minute while no answer has said when the window ends
FIRST_ANSWER = 5.0  # seconds that the first request goes alone; then another does
STALE = 300.0  # seconds after which nobody knows any more what others have used
SPACING = 0.06  # seconds between two resends after a refusal: 20 workers told the same second do not come as one
CALM = 15.0  # seconds for which that holds
SHARE = 200  # at most this fraction of a minute's requests is taken ahead


class Window(msgspec.Struct):
    """The state of one key, as it is kept. Times are seconds since 1970.

    `low` and `high` bound the end of the minute; `used` and `tokens` were let go in it, and those in `later` may
    belong to the next. Nothing is sent before `hold`.
    """

    limits: Limits = Limits()
    tier: str | None = None
    known: bool = False
    probe: float = NEVER
    opened: float | None = None
    low: float = NEVER
    high: float = NEVER
    heard: bool = False
    used: int = 0
    tokens: int = 0
    later: int = 0
    later_tokens: int = 0
    hold: float = NEVER
    calm: float = NEVER
    last: float = NEVER

    @property
    def edge(self) -> float:
        """From when on a request may be counted in the next window."""
        return self.low - ON_THE_WAY

    def take(self, now: float, tokens: int, wanted: int = 1) -> tuple[int, float]:
        """How many of `wanted` requests of `tokens` each may go now, and where none may, the seconds to wait."""
        self._roll(now)
        wait = self._wait(now, tokens)
        if wait > 0:
            return 0, wait
        count = self._count(now, tokens, wanted)
        self._open(now)
        self.used += count
        self.tokens += count * tokens
        if now >= self.edge:
            self.later += count
            self.later_tokens += count * tokens
        if not self.known:
            self.probe = now
        self.last = now
        return count, 0.0

    def learn(self, sent: float, now: float, said: RateLimit | None, given: Limits | None = None) -> None:
        """An answer is here that was asked for at `sent`: what its headers say of the limits and of the window."""
        self.known = True
        self.limits = limits_of(said, given)
        self.tier = said.tier if said else self.tier
        if said is None or said.reset_seconds is None or self.opened is None or sent < self.opened:
            return  # an answer to a question from an earlier window says nothing of this one
        low, high = sent + said.reset_seconds - 1, now + said.reset_seconds
        if low > self.high:
            self._next(low, high)
        elif self.heard and low <= self.high and high >= self.low:
            self.low, self.high = max(self.low, low), min(self.high, high)
        else:
            self.low, self.high = low, high
        self.heard = True
        if said.limit is not None and said.remaining is not None:
            self.used = max(self.used, said.limit - said.remaining)

    def is_news(self, sent: float, now: float, said: RateLimit | None, given: Limits | None = None) -> bool:
        """Whether `learn` would change what matters."""
        if not self.known or said is None or said.reset_seconds is None or self.opened is None:
            return not self.known
        narrower = now + said.reset_seconds < self.high - 0.02 or sent + said.reset_seconds - 1 > self.low + 0.02
        used = (said.limit or 0) - (said.remaining or 0)
        return narrower or not self.heard or used > self.used or limits_of(said, given) != self.limits

    def refused(self, now: float, seconds: float, chance: float) -> None:
        """The service turned a request away for so many seconds: all wait, and then go one by one.

        `chance` in [0, 1) keeps other machines with the same key from coming back at the same time.
        """
        until = now + seconds + chance
        if until > self.hold:
            self.hold = until
            self.calm = until + CALM

    def others(self, now: float, requests: int) -> None:
        """So many requests went out past this window just now."""
        if self.opened is not None and now <= self.high:
            self.used += requests

    def correct(self, tokens: int) -> None:
        """The requests let go so far had this many tokens more than they were let go for, or fewer."""
        self.tokens = max(0, self.tokens + tokens)

    def _roll(self, now: float) -> None:
        """A new window where this one is over, or where the clock has gone back."""
        if self.opened is None:
            return
        if now < self.opened - 1:
            self.opened, self.known = None, False
            self.probe = self.hold = self.calm = self.last = NEVER
            self.used = self.tokens = self.later = self.later_tokens = 0
        elif now > self.high:
            self.known = self.known and now < self.high + STALE
            started = self.edge
            self.used, self.tokens, self.later, self.later_tokens = self.later, self.later_tokens, 0, 0
            self.opened, self.heard = (started if self.used else None), False
            if self.used:
                self.low, self.high = started + MINUTE, now + MINUTE + UNHEARD

    def _open(self, now: float) -> None:
        if self.opened is None:
            self.opened, self.heard = now, False
            self.low, self.high = now + MINUTE, now + MINUTE + UNHEARD

    def _next(self, low: float, high: float) -> None:
        """The service has opened a new window already, and what was sent lately is in it."""
        self.opened = self.edge
        self.low, self.high = low, high
        self.used, self.tokens, self.later, self.later_tokens = self.later, self.later_tokens, 0, 0

    def _wait(self, now: float, tokens: int) -> float:
        """Seconds until one request may go."""
        if now < self.hold:
            return self.hold - now
        if now < self.calm and now < self.last + SPACING:
            return self.last + SPACING - now
        if not self.known:
            return max(0.0, self.probe + FIRST_ANSWER - now)
        limits, over = self.limits, max(0.001, self.high - now + 0.001)
        if limits.requests is not None and self.used >= limits.requests:
            return over
        # One that passes the limit by itself goes out into an empty window: the service may count otherwise.
        if limits.input_tokens is not None and self.tokens and self.tokens + tokens > limits.input_tokens:
            return over
        return 0.0

    def _count(self, now: float, tokens: int, wanted: int) -> int:
        """How many go at once: one, but where limits are wide."""
        limits = self.limits
        if not self.known or now < self.calm or (self.opened is not None and now >= self.edge):
            return 1
        most = wanted
        if limits.requests is not None:
            most = min(most, max(1, limits.requests // SHARE), limits.requests - self.used)
        if limits.input_tokens is not None and tokens:
            most = min(most, (limits.input_tokens - self.tokens) // (SHARE * tokens) + 1)
        return max(1, most)
