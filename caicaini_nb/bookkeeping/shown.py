"""How a notebook shows the ledger: its last rows as a Markdown table."""

from __future__ import annotations

from collections.abc import Sequence

from .entry import MODEL_SURFACES, Entry

__all__ = ["table"]

HEAD = "| UTC | origin | call | model | outcome | tokens in | out | credits |\n|---|---|---|---|---|--:|--:|--:|\n"


def table(entries: Sequence[Entry]) -> str:
    """Markdown, one line a row."""
    return HEAD + "\n".join(map(_line, entries))


def _line(entry: Entry) -> str:
    """Only a call to a model has tokens and credits that can be unknown."""
    amounts = (entry.input_tokens, entry.output_tokens, entry.credits)
    nothing = "unknown" if entry.surface in MODEL_SURFACES else "–"
    cells = (
        f"{entry.started:%Y-%m-%d %H:%M:%S}",
        entry.origin,
        entry.surface,
        entry.model or "–",
        entry.outcome or "…",
        *(nothing if amount is None else f"{amount:,}" for amount in amounts),
    )
    return f"| {' | '.join(cells)} |"
