"""Where and how thoroughly everything is measured: the service's base, a key, a folder, the number of rounds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Setting"]


@dataclass(frozen=True)
class Setting:
    """`folder` is emptied afterwards: ledgers, sandboxes and kernels keep their files in it."""

    base: str
    folder: Path
    is_quick: bool = False
    key: str = "cai_" + "api_" + "b" * 32

    def rounds(self, full: int, *, quick: int | None = None) -> int:
        """How many rounds: at least 7, or fewer in a quick run."""
        return (quick or max(3, full // 3)) if self.is_quick else full
