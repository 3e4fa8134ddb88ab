"""The models both services offer: Caicaini's five with their caps, and cailag's from the shared price list.

`/v1/models` also carries what the vendor SDKs' types require (`created` and `owned_by`; `type`, `created_at`,
`lifecycle`, `max_input_tokens`, `max_tokens`); those are additions of the sandbox, not of the contract.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

__all__ = [
    "CAICAINI",
    "CailagModel",
    "Model",
    "caicaini_entry",
    "caicaini_listing",
    "cailag_listing",
    "cailag_models",
]

PRICES = Path(__file__).resolve().parents[1] / "data" / "cailag_models.csv"
LAUNCHED = 1_778_284_800  # 2026-05-09, the day the API launched
LAUNCHED_TEXT = "2026-05-09T00:00:00Z"
# cailag names its picture models so: a v after a version (glm-4.6v), or a vl between dashes (qwen-vl-max).
SEES = re.compile(r"\dv(-|$)|-vl-")


@dataclass(frozen=True)
class Model:
    """One of Caicaini's models; token figures are hard caps."""

    id: str
    display_name: str
    description: str
    context_window: int
    max_output_tokens: int
    supports_thinking: bool = True


CAICAINI = {
    model.id: model
    for model in (
        Model("caicaini/auto", "Auto (smart routing)", "Picks a model by request.", 200_000, 8_192),
        Model("caicaini/opus", "Opus", "Hard reasoning, long plans, agents.", 1_000_000, 32_768),
        Model("caicaini/sonnet", "Sonnet", "The default for production.", 1_000_000, 16_384),
        Model("caicaini/kimi", "Lite", "Long documents and high volume at the lowest price.", 256_000, 32_768),
        Model("caicaini/haiku", "Haiku", "Short turns where latency counts.", 200_000, 8_192, supports_thinking=False),
    )
}  # fmt: skip


@dataclass(frozen=True)
class CailagModel:
    """One of cailag's models; its caps are not published."""

    id: str
    family: str
    supports_vision: bool


@cache
def cailag_models() -> dict[str, CailagModel]:
    """Read cailag's models from the shared price list."""
    with PRICES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["id"]: CailagModel(row["id"], row["family"], SEES.search(row["id"]) is not None) for row in rows}


def caicaini_entry(model: Model) -> dict[str, Any]:
    """Return a model as `/v1/models` shows it."""
    return {
        "id": model.id,
        "object": "model",
        "display_name": model.display_name,
        "description": model.description,
        "supports_vision": True,
        "supports_tools": True,
        "supports_thinking": model.supports_thinking,
        "context_window": model.context_window,
        "max_output_tokens": model.max_output_tokens,
        "created": LAUNCHED,
        "owned_by": "caicaini",
        "type": "model",
        "created_at": LAUNCHED_TEXT,
        "lifecycle": "active",
        "max_input_tokens": model.context_window,
        "max_tokens": model.max_output_tokens,
    }


def caicaini_listing() -> dict[str, Any]:
    """Return the body of Caicaini's `/v1/models`."""
    entries = [caicaini_entry(model) for model in CAICAINI.values()]
    ends = {"first_id": entries[0]["id"], "last_id": entries[-1]["id"]}
    return {"object": "list", "data": entries, "has_more": False, **ends}


def cailag_listing() -> dict[str, Any]:
    """Return the body of cailag's `/v1/models`."""
    entries = [
        {"id": model.id, "object": "model", "created": LAUNCHED, "owned_by": model.family}
        for model in cailag_models().values()
    ]
    return {"object": "list", "data": entries}
