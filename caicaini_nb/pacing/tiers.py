"""The documented limits of each tier, and what holds where a tier is not documented or custom.

and streams are in no header.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..usage import RateLimit

__all__ = ["TIERS", "Limits", "limits_of"]


class Limits(msgspec.Struct, frozen=True):
    """Requests and input tokens a minute, streams at once; `None` is not limited, as far as anybody says."""

    requests: int | None = None
    input_tokens: int | None = None
    streams: int | None = None


TIERS: Mapping[str, Limits] = {
    "free": Limits(5, 20_000, 1),
    "pay_as_you_go": Limits(60, 100_000, 5),
    "high_volume": Limits(300, 500_000, 20),
}
CUSTOM = TIERS["high_volume"]  # the highest that is published: an enterprise key is not given less


def limits_of(said: RateLimit | None, given: Limits | None = None) -> Limits:
    """The limits of a key whose answers say `said`; what is `given` by hand holds before anything else."""
    mine = given or Limits()
    if said is None:
        return mine
    published = TIERS.get(said.tier or "", CUSTOM if said.tier else Limits())
    return Limits(
        mine.requests or said.limit or published.requests,
        mine.input_tokens or published.input_tokens,
        mine.streams or published.streams,
    )
