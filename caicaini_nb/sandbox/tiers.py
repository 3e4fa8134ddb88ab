"""Rate-limit tiers, and the tier a lifetime top-up earns. Promotion is swept every 5 minutes; nobody is demoted."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SWEEP_SECONDS", "TIERS", "Tier", "custom", "earned", "rank"]

SWEEP_SECONDS = 300


@dataclass(frozen=True)
class Tier:
    """What a key may do: requests and input tokens a minute, streams at once."""

    name: str
    requests: int
    input_tokens: int
    streams: int


TIERS = {
    tier.name: tier
    for tier in (
        Tier("free", 5, 20_000, 1),
        Tier("pay_as_you_go", 60, 100_000, 5),
        Tier("high_volume", 300, 500_000, 20),
    )
}
ORDER = ("free", "pay_as_you_go", "high_volume", "enterprise")
HIGH_VOLUME_CENTS = 500_00


def rank(name: str) -> int:
    """Return the place of a tier, higher is better."""
    return ORDER.index(name)


def earned(lifetime_cents: int) -> str:
    """Return the tier that a lifetime top-up earns."""
    if lifetime_cents >= HIGH_VOLUME_CENTS:
        return "high_volume"
    return "pay_as_you_go" if lifetime_cents > 0 else "free"


def custom(name: str, requests: int | None, input_tokens: int | None, streams: int | None) -> Tier:
    """Return a tier with figures of one's own; ValueError for an unknown tier or a figure that is missing."""
    if name not in ORDER:
        raise ValueError(f"There is no tier {name!r}: choose one of {', '.join(ORDER)}.")
    given = {"requests": requests, "input_tokens": input_tokens, "streams": streams}
    figures = {key: value for key, value in given.items() if value is not None}
    for key, value in figures.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{key} must be a positive integer, not {value!r}.")
    if name in TIERS:
        usual = TIERS[name]
        figures = {key: figures.get(key, getattr(usual, key)) for key in given}
    if len(figures) < len(given):
        raise ValueError("enterprise has custom figures only: pass requests, input_tokens and streams.")
    return Tier(name, figures["requests"], figures["input_tokens"], figures["streams"])
