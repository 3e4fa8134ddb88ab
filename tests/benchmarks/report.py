"""What was measured, as the table in `RESULTS.md`: medians, spread, ratios, reach, and whether it was met."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import psutil

from tests.benchmarks.rounds import Figure, Rounds

__all__ = ["RESULTS", "line", "write"]

RESULTS = Path(__file__).with_name("RESULTS.md")
PACKAGES = ("httpx", "ipykernel", "ipython", "msgspec", "starlette", "uvicorn")
HEAD = """\
# Speed and memory

Written by `make bench`. Medians over the rounds, lowest and highest round in brackets; both contenders of a row run in
turn in each round, and *ratio* is the median of the rounds' ratios. Everything is on loopback, without TLS. Trust the
ratios: the absolute figures move with whatever else the machine does.

"""
COLUMNS = "| what | ours | peer | ratio | rounds | reach | met |\n|---|---|---|---|---|---|---|\n"
MET = {True: "yes", False: "**no**", None: "–"}


def write(figures: Sequence[Figure]) -> None:
    """Replace `RESULTS.md`."""
    RESULTS.write_text(HEAD + _circumstances() + COLUMNS + "".join(map(_row, figures)) + _sums(figures), "utf-8")


def line(figure: Figure) -> str:
    """One figure for the terminal."""
    ratio = "" if figure.ratio is None else f", {figure.ratio:.2f} × {figure.peer_name}"
    met = {True: "met", False: "NOT MET", None: ""}[figure.is_met]
    return f"{figure.what}: {_spread(figure.ours, figure.unit)}{ratio} {met}"


def _circumstances() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{datetime.now(UTC):%Y-%m-%d} · {platform.python_implementation()} {platform.python_version()} on "
        f"{platform.system()}, {os.cpu_count()} cores · {packages}, SQLite {sqlite3.sqlite_version} · "
        f"load average {psutil.getloadavg()[1]:.1f}, of which this run is less than 1\n\n"
    )


def _row(figure: Figure) -> str:
    peer = f"{_spread(figure.peer, figure.unit)}, {figure.peer_name}" if figure.peer else "–"
    ratio = "–" if figure.ratio is None else f"{figure.ratio:.2f}"
    what = f"{figure.what} ({figure.note})" if figure.note else figure.what
    cells = (what, _spread(figure.ours, figure.unit), peer, ratio, str(len(figure.ours)), _reach(figure))
    return f"| {' | '.join(cells)} | {MET[figure.is_met]} |\n"


def _sums(figures: Sequence[Figure]) -> str:
    judged = [figure for figure in figures if figure.is_met is not None]
    return f"\n{sum(figure.is_met is True for figure in judged)} of {len(judged)} reached.\n"


def _reach(figure: Figure) -> str:
    if figure.reach is None:
        return "–"
    unit = "× the peer" if figure.reach.of == "ratio" else figure.unit
    return f"≤ {figure.reach.limit:g} {unit}"


def _spread(rounds: Rounds, unit: str) -> str:
    middle = f"{_number(median(rounds))} {unit}"
    return middle if len(rounds) == 1 else f"{middle} [{_number(min(rounds))}–{_number(max(rounds))}]"


def _number(value: float) -> str:
    """Three digits that say something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
