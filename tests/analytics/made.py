"""Ledgers made row by row, without a service, for tests that are about sums and shapes."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from caicaini_nb import Ledger

__all__ = ["DAY", "NOON", "add", "ledger_at", "random_ledger"]

NOON = 1_795_262_400_000  # 2026-11-21 12:00 UTC
DAY = 86_400_000
MODELS = {
    "caicaini": ("caicaini/haiku", "caicaini/sonnet", "caicaini/opus"),
    "cailag": ("deepseek-chat", "qwen-plus", "glm-4-flash"),
    "elsewhere": ("gpt-made-up",),
}


def ledger_at(folder: Path) -> Ledger:
    """An empty ledger in a folder of its own."""
    return Ledger(folder / "made.sqlite")


def add(ledger: Ledger, at: int = NOON, outcome: str | None = "ok", **fields: Any) -> int:
    """One completed row, or an open one for the outcome `None`; what is not named is a plain call of haiku's."""
    start = {
        "started_ms": at,
        "provider": "caicaini",
        "origin": "hosted",
        "surface": "messages",
        "operation": "one",
        "attempt": 1,
        "model": "caicaini/haiku",
        "key_prefix": "cai_api_made",
    }
    row = ledger.begin(
        **{name: fields.pop(name, value) for name, value in start.items()}, notebook=fields.pop("notebook", None)
    )
    if outcome is not None:
        ledger.finish(row, outcome, **fields)
    return row


def random_ledger(folder: Path, seed: int, rows: int = 300) -> Ledger:
    """Rows of all kinds over some two weeks: unknown amounts, unpriced models, retries, look-ups, open rows."""
    chance, ledger = random.Random(seed), ledger_at(folder)
    for number in range(rows):
        provider = chance.choice(list(MODELS))
        model = chance.choice(MODELS[provider])
        outcome = chance.choice(["ok", "ok", "ok", "ok", "error", "unknown", "interrupted", None])
        known = outcome == "ok" and chance.random() < 0.9
        told = {
            "status": 200 if outcome == "ok" else chance.choice([429, 500, None]),
            "error": None if outcome == "ok" else chance.choice(["rate_limit_error", "api_error", None]),
            "model_answered": chance.choice([model, None]),
            "input_tokens": chance.choice([0, 7, 1_000_003]) if known or chance.random() < 0.1 else None,
            "output_tokens": chance.randrange(9_000) if known else None,
            "cache_read_input_tokens": chance.choice([None, 0, 64]) if known else None,
            "credits": chance.randrange(900) if known and provider == "caicaini" else None,
            "first_event_ms": chance.choice([None, 3.5, round(chance.random() * 90, 4)]),
            "total_ms": chance.choice([4.25, round(chance.random() * 900, 4)]),
        }
        add(
            ledger,
            NOON + chance.randrange(-7 * DAY, 7 * DAY),
            outcome,
            provider=provider,
            origin=chance.choice(["hosted", "sandbox"]),
            surface=chance.choice(["messages", "chat", "chat", "models"]),
            operation=f"call {number // 2}",
            attempt=1 + number % 2,
            model=chance.choice([model, model, None]),
            notebook=chance.choice(["one.ipynb", "two.ipynb", None]),
            **told,
        )
    return ledger
