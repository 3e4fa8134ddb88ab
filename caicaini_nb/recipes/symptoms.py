"""A recipe's troubleshooting table as values: what you see, verbatim, why, and what to do.

The table in README.md is the only place where these sentences stand; a failing verification answers with one of them.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

__all__ = ["Symptom", "matching", "read_symptoms"]

HEAD = re.compile(r"\|\s*symptom\s*\|\s*cause\s*\|\s*fix\s*\|", re.IGNORECASE)
QUOTED = re.compile(r"`([^`]+)`")


class Symptom(msgspec.Struct, frozen=True):
    """One row. `texts` are the backticked parts of its first column: any of them is the symptom; `…` is anything."""

    texts: tuple[str, ...]
    seen: str
    cause: str
    fix: str

    def is_in(self, output: str) -> bool:
        """Whether the tool's output shows it, whatever its line breaks."""
        flat = " ".join(output.split())
        return any(
            re.search(".{0,400}".join(map(re.escape, map(str.strip, text.split("…")))), flat) for text in self.texts
        )

    @property
    def sentence(self) -> str:
        """Cause and fix, for one line."""
        return f"{_ended(self.cause)} {_ended(self.fix)}"


def read_symptoms(readme: Path) -> list[Symptom]:
    """The rows of the table headed *symptom, cause, fix*, in their order; none where there is no such table."""
    lines = iter(readme.read_text(encoding="utf-8").splitlines() if readme.is_file() else [])
    for line in lines:
        if HEAD.match(line.strip()):
            break
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        cells = [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if len(cells) == 3 and set(cells[0]) - set("-: "):
            rows.append(Symptom(tuple(QUOTED.findall(cells[0])), *cells))
    return rows


def matching(symptoms: list[Symptom], output: str) -> Symptom | None:
    """The first row whose symptom the output shows."""
    return next((symptom for symptom in symptoms if symptom.is_in(output)), None)


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
