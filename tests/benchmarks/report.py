"""What was measured, as the table in `RESULTS.md`: medians, spread, ratios, reach, and whether it was met."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import psutil

from tests.benchmarks import picture
from tests.benchmarks.rounds import Figure, Rounds

__all__ = ["RESULTS", "line", "write"]

PEERS = Path(__file__).with_name("peers")
RESULTS = Path(__file__).with_name("RESULTS.md")
PACKAGES = ("httpx", "ipykernel", "ipython", "msgspec", "starlette", "uvicorn")
HEAD = """\
# Speed and memory

Written by `make bench`. Where a row has a peer, both took turns in each round; *ratio* is ours to the peer's, the
median of the rounds' ratios, so below 1 we take less. Medians over the rounds, lowest and highest round in brackets.
Everything is on loopback, without TLS. Trust the ratios: the absolute figures move with whatever else a machine does.

"""
SECTIONS: dict[str, tuple[str, str]] = {
    "peer": ("Ahead of what you would use instead?", "Each in an environment that `peers/` pins: {peers}."),
    "limit": (
        "How close to the limit?",
        "What was set out, and where there is such, what nobody can beat.",
    ),
    "growth": (
        "How does cost grow with work?",
        "At a ratio of 1 it grows in step with the work, or not at all.",
    ),
}
COLUMNS = "| what | ours | peer | ratio | rounds | reach | met |\n|---|---|---|---|---|---|---|\n"
MET = {True: "yes", False: "**no**", None: "–"}


def write(figures: Sequence[Figure]) -> None:
    """Replace `RESULTS.md` and its picture."""
    picture.draw(figures)
    sections = "".join(_section(about, [one for one in figures if one.about == about]) for about in SECTIONS)
    RESULTS.write_text(HEAD + _summary(figures) + _circumstances() + sections, "utf-8")


def _summary(figures: Sequence[Figure]) -> str:
    """Where we stand, in a minute: how many rows of each section are as they should be, and which are not."""
    lines = []
    for about, (title, _) in SECTIONS.items():
        judged = [one for one in figures if one.about == about and one.is_met is not None]
        lines.append(f"- **{title}** {sum(one.is_met is True for one in judged)} of {len(judged)} rows as set out.")
        lines += [f"  - Not: {_missed(one)}" for one in judged if not one.is_met]
    return "\n".join(lines) + f"\n\n![How many times as much each peer takes as we do]({picture.PICTURE.name})\n\n"


def _missed(figure: Figure) -> str:
    beside = f" beside {figure.peer_name}" if figure.peer_name else ""
    of_peer = figure.reach is not None and figure.reach.of == "ratio"
    value = f"{_number(figure.ratio or 0)} ×" if of_peer else _spread(figure.ours, figure.unit)
    return f"{figure.what}{beside}: {value}, {_reach(figure)} wanted."


def _section(about: str, figures: Sequence[Figure]) -> str:
    title, text = SECTIONS[about]
    text = text.format(peers=_peers())
    return f"## {title}\n\n{text}\n\n{COLUMNS}{''.join(map(_row, figures))}\n" if figures else ""


def _peers() -> str:
    """The environments, each with the versions of what it was asked for."""
    environments = []
    for asked in sorted(PEERS.glob("*.in")):
        pins = dict(re.findall(r"^([\w-]+)==([\w.]+)", asked.with_suffix(".txt").read_text("utf-8"), re.MULTILINE))
        names = re.findall(r"^[\w-]+", asked.read_text("utf-8"), re.MULTILINE)
        environments.append(", ".join(f"{name} {pins[name]}" for name in names if name != "ipykernel"))
    return " · ".join(environments)


def line(figure: Figure) -> str:
    """One figure for the terminal."""
    ratio = "" if figure.ratio is None else f", {_number(figure.ratio)} × {figure.peer_name}"
    met = {True: "met", False: "NOT MET", None: ""}[figure.is_met]
    return f"{figure.what}: {_spread(figure.ours, figure.unit)}{ratio} {met}"


def _additions() -> float:
    """Seconds for ten million of them: how fast this machine is today."""
    begin = time.perf_counter()
    total = 0
    for number in range(10_000_000):
        total += number
    return time.perf_counter() - begin


def _circumstances() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    speed = min(_additions() for _ in range(3))
    return (
        f"{datetime.now(UTC):%Y-%m-%d} · {platform.python_implementation()} {platform.python_version()} on "
        f"{platform.system()}, {os.cpu_count()} cores · {packages}, SQLite {sqlite3.sqlite_version} · "
        f"load average {psutil.getloadavg()[1]:.1f}, of which this run is less than 1 · "
        f"a loop of ten million additions took {speed:.2f} s at its end\n\n"
    )


def _row(figure: Figure) -> str:
    peer = f"{_spread(figure.peer, figure.unit)}, {figure.peer_name}" if figure.peer else "–"
    ratio = "–" if figure.ratio is None else f"{_number(figure.ratio)}"
    what = f"{figure.what} ({figure.note})" if figure.note else figure.what
    cells = (what, _spread(figure.ours, figure.unit), peer, ratio, str(len(figure.ours)), _reach(figure))
    return f"| {' | '.join(cells)} | {MET[figure.is_met]} |\n"


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
