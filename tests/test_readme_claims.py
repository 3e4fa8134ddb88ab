"""What the README says of speed is a row of the results: same words, and never more than was measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RESULTS = (ROOT / "tests" / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
CLAIM = re.compile(r"^\| (?P<what>[^|]+) \| (?P<peer>[^|]+) \| (?P<times>[\d,.]+) × \|$", re.MULTILINE)
CLAIMS = [match.groupdict() for match in CLAIM.finditer(README)]


def measured(what: str, peer: str) -> float:
    """How many times as much the peer takes, by the row of the results."""
    for line in RESULTS.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if len(cells) == 7 and cells[0].partition(" (")[0] == what and cells[2].endswith(f", {peer}"):
            return 1 / float(cells[3])
    raise AssertionError(f"RESULTS.md has no row for {what!r} beside {peer}")


def test_there_are_claims() -> None:
    assert len(CLAIMS) >= 6


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim['what']}, {claim['peer']}")
def test_no_claim_is_more_than_was_measured(claim: dict[str, str]) -> None:
    assert float(claim["times"].replace(",", "")) <= measured(claim["what"], claim["peer"])
