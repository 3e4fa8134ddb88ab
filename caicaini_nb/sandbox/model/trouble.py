"""Why a model cannot be used: one error for weights that are missing, wrong, damaged or too large."""

from __future__ import annotations

__all__ = ["ModelError"]


class ModelError(ValueError):
    """The model cannot be used; the message says why and what to do."""
