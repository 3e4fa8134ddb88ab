"""What the service tells about itself and about you: models, account, usage by day. Tolerant: `None` is *not said*."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .surfaces.surface import count, mapping, text

__all__ = ["Account", "ModelInfo", "UsageDay", "listed"]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One entry of `GET /models`. The capability flags are `None` where the service does not give them."""

    id: str
    display_name: str | None
    description: str | None
    context_window: int | None
    max_output_tokens: int | None
    supports_vision: bool | None
    supports_tools: bool | None
    supports_thinking: bool | None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> ModelInfo:
        return cls(
            text(raw.get("id")) or "",
            text(raw.get("display_name")),
            text(raw.get("description")),
            count(raw.get("context_window")),
            count(raw.get("max_output_tokens")),
            _flag(raw.get("supports_vision")),
            _flag(raw.get("supports_tools")),
            _flag(raw.get("supports_thinking")),
            raw,
        )


@dataclass(frozen=True, slots=True)
class Account:
    """`GET /account`: the rate-limit tier, the credits you can spend, those consumed this month."""

    tier: str | None
    credits: int | None
    credits_consumed_this_month: int | None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Account:
        return cls(
            text(raw.get("tier")),
            count(raw.get("api_credits")),
            count(raw.get("credits_consumed_this_month")),
            raw,
        )


@dataclass(frozen=True, slots=True)
class UsageDay:
    """One row of `GET /usage`: one model on one day (ISO date, the service's time zone)."""

    date: str | None
    model: str | None
    requests: int | None
    input_tokens: int | None
    output_tokens: int | None
    credits: int | None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> UsageDay:
        return cls(
            text(raw.get("date")),
            text(raw.get("model")),
            count(raw.get("requests")),
            count(raw.get("input_tokens")),
            count(raw.get("output_tokens")),
            count(raw.get("credits_consumed")),
            raw,
        )


def listed(payload: object) -> list[Mapping[str, Any]]:
    """The objects of a `{"data": […]}` answer."""
    data = mapping(payload).get("data")
    return [mapping(item) for item in data] if isinstance(data, list) else []


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
