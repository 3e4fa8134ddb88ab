"""What a call cost, in one line under its answer, and the same as data in the output's metadata."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from ..models import price
from ..reply import Reply
from .safe_markdown import escape

__all__ = ["Receipt"]


class Receipt(msgspec.Struct, frozen=True):
    """The receipt of one reply. What the service did not say reads *unknown*."""

    reply: Reply

    def parts(self, *, steady: bool = False) -> list[str]:
        """Its parts in reading order; `steady` keeps to those that are the same in every run."""
        reply, usage = self.reply, self.reply.total_usage
        if reply.cached:
            return self._cached(steady=steady)
        parts = [
            " · ".join(filter(None, (reply.origin, reply.engine))),
            reply.model or "model unknown",
            f"{_known(usage.input_tokens)} tokens in, {_known(usage.output_tokens)} out",
            self._cost(),
        ]
        if reply.earlier:
            parts.insert(2, f"{len(reply.earlier) + 1} rounds")
        if reply.unbounded:
            parts.append("not bounded by the budget: the first call shows what a token costs")
        if steady:
            return parts
        parts += self._times()
        parts += [f"{reply.attempts} attempts"] if reply.attempts > 1 else []
        limit = reply.rate_limit
        if limit is not None and limit.remaining is not None:
            reset = "" if limit.reset_seconds is None else f", reset in {limit.reset_seconds:.0f} s"
            parts.append(f"{limit.remaining:,} requests left{reset}")
        return parts + ([reply.id] if reply.id else [])

    def markdown(self, *, steady: bool = False) -> str:
        """One small line. The only HTML in an answer's output, and none of its text is the model's."""
        origin, *rest = (escape(_line(part)) for part in self.parts(steady=steady))
        return f"<small>**{origin}** · {' · '.join(rest)}</small>"

    def text(self, *, steady: bool = False) -> str:
        return f"[{' · '.join(map(_line, self.parts(steady=steady)))}]"

    def metadata(self) -> dict[str, Any]:
        """The same values, and more, for a notebook's `output.metadata["caicaini"]`."""
        reply = self.reply
        cost = self._price()
        return {
            "origin": reply.origin,
            "engine": reply.engine,
            "provider": reply.provider,
            "surface": reply.surface,
            "model": reply.model,
            "id": reply.id,
            "request_id": reply.request_id,
            "stop_reason": reply.stop_reason,
            "complete": reply.complete,
            "attempts": reply.attempts,
            "usage": msgspec.structs.asdict(reply.total_usage),
            "rounds": len(reply.earlier) + 1,
            "cached": reply.cached,
            "cny": None if cost is None else str(cost),
            "first_event_ms": reply.timing.first_event_ms,
            "first_token_ms": reply.timing.first_token_ms,
            "total_ms": reply.timing.total_ms,
            "rate_limit": None if reply.rate_limit is None else msgspec.structs.asdict(reply.rate_limit),
        }

    def _cached(self, *, steady: bool) -> list[str]:
        """Nothing was sent: nothing was paid, and the limits are as they were."""
        reply = self.reply
        origin = " · ".join(filter(None, (reply.origin, reply.engine)))
        paid = "¥0" if reply.provider == "cailag" else "0 credits"
        parts = [origin, reply.model or "model unknown", f"cached · {paid}"]
        return parts if steady or not reply.id else [*parts, reply.id]

    def _times(self) -> list[str]:
        first, total = self.reply.timing.first_token_ms, self.reply.timing.total_ms
        if first is not None:
            return [f"first token {first:,.0f} ms"]
        return [f"answered in {total:,.0f} ms"] if total is not None else []

    def _cost(self) -> str:
        if self.reply.provider != "cailag":
            credits = self.reply.total_usage.credits
            return "credits unknown" if credits is None else f"{credits:,} credit{'s' * (credits != 1)}"
        cost = self._price()
        return "cost unknown" if cost is None else f"¥{cost.normalize():f} by the price table"

    def _price(self) -> Any:
        reply = self.reply
        if reply.provider != "cailag" or reply.model is None:
            return None
        usage = reply.total_usage
        return price(reply.model, usage.input_tokens, usage.output_tokens)


def _known(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"


def _line(text: str) -> str:
    """On one line and short: a model name or an id is the service's to choose."""
    return re.sub(r"\s+", " ", text)[:120]
