"""Four weeks of an imaginary team's calls, really made: to the sandbox, whose clock is set forward from call to call.

Nothing is written by hand: each row is a request that went out, and the sandbox has charged it. Three notebooks, six
models of both providers, retries, answers that break off, a refused call, one idle weekend, and a top-up that lifts
the rate limit. The weeks lie in January 2035: everybody sees the same dates, and nobody takes them for real ones.

    from data.simulated_month import load, simulate
    ledger = load()                # the committed rows, in a ledger of their own: no call is made
    client = simulate(days=14)     # the calls made anew: a client with the account that was charged

`python notebooks/data/simulated_month.py` writes `simulated_month.csv` anew.
"""

from __future__ import annotations

import csv
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from caicaini_nb import Client, Ledger, connect
from caicaini_nb.bookkeeping.entry import COLUMNS, Entry
from caicaini_nb.errors import CaicainiError
from caicaini_nb.sandbox import Sandbox
from caicaini_nb.stream import Stream

__all__ = ["FILE", "START", "Diary", "Planned", "load", "main", "plan", "simulate"]

FILE = Path(__file__).with_suffix(".csv")
START = datetime(2035, 1, 1, tzinfo=UTC)  # a Monday
IDLE = (12, 13)  # the second weekend, in days from the start
TOP_UP = (15, 500)  # on this day, so many dollars: enough for the tier high_volume

# Who works with what, how often of ten calls, and how far the models are made to count.
TEAM = (
    ("reports.ipynb", "caicaini/haiku", 4, 40),
    ("reports.ipynb", "caicaini/sonnet", 2, 60),
    ("research.ipynb", "caicaini/opus", 1, 70),
    ("research.ipynb", "caicaini/kimi", 1, 90),
    ("classify.ipynb", "deepseek-chat", 2, 50),
    ("classify.ipynb", "glm-4-flash", 1, 50),
)
# What happens to which call, counted from the first: a fault of the sandbox, or what the user does.
TROUBLE = {
    9: "529", 21: "early_end", 34: "refused", 47: "503", 61: "stopped", 71: "stream_error", 83: "early_end", 90: "529",
    112: "early_end", 131: "early_end", 150: "503", 163: "stopped", 180: "early_end",
}  # fmt: skip
RULE = "Write figures, not words, and a comma after each of them. "


class Planned(NamedTuple):
    """One call: when, where from, to which model, counting how far after how many rules, and what happens to it."""

    at: datetime
    notebook: str
    model: str
    number: int
    rules: int
    trouble: str | None


class Diary(Ledger):
    """A ledger whose clock is that of the simulated month, and whose notebook is the one that is said to call."""

    def __init__(self, path: Path) -> None:
        self.ahead = 0.0
        self.notebook = ""
        super().__init__(path, clock=lambda: time.time_ns() + int(self.ahead * 1e9))

    def begin(self, **start: Any) -> int:
        return super().begin(**{**start, "notebook": self.notebook, "cell": None})


def plan(days: int = 28, seed: int = 4) -> list[Planned]:
    """The calls of the first `days` days, in order; the same seed gives the same calls."""
    chance = random.Random(seed)
    calls: list[Planned] = []
    for day in range(days):
        busy = 0 if day in IDLE or day % 7 == 6 else 2 if day % 7 == 5 else 8 + chance.randrange(5)
        times = sorted(chance.randrange(8 * 60, 18 * 60) for _ in range(busy))
        for minute in times:
            notebook, model, _, most = chance.choices(TEAM, [share for *_, share, _ in TEAM])[0]
            at = START + timedelta(days=day, minutes=minute, seconds=30)
            number, rules = chance.randrange(5, most), chance.randrange(60)
            calls.append(Planned(at, notebook, model, number, rules, TROUBLE.get(len(calls))))
    return calls


def simulate(days: int = 28) -> Client:
    """Make the calls, on a new account of the sandbox; the client it was done with, its ledger in a folder of its own.

    It takes some seconds: a call that fails is sent again as always, after a real pause.
    """
    sandbox = Sandbox.shared()
    diary = Diary(Path(tempfile.mkdtemp(prefix="simulated-month-")) / "ledger.sqlite")
    clients = {name: connect(name, sandbox=sandbox, ledger=diary, max_attempts=3) for name in ("caicaini", "cailag")}
    _set_clock(sandbox, diary, START)
    topped_up = False
    for call in plan(days):
        if not topped_up and call.at >= START + timedelta(days=TOP_UP[0]):
            _set_clock(sandbox, diary, START + timedelta(days=TOP_UP[0]))
            sandbox.top_up(TOP_UP[1])
            topped_up = True
        _set_clock(sandbox, diary, call.at)
        diary.notebook = call.notebook
        _make(clients["caicaini" if "/" in call.model else "cailag"], sandbox, call)
    _set_clock(sandbox, diary, START + timedelta(days=days))
    clients["cailag"].close()
    return clients["caicaini"]


def load(path: Path = FILE) -> Ledger:
    """The rows of the file in a new ledger, as they were when they were written."""
    ledger = Ledger(Path(tempfile.mkdtemp(prefix="simulated-month-")) / "ledger.sqlite")
    for entry in _entries(path):
        row = {name: getattr(entry, name) for name in COLUMNS}
        ledger.finish(ledger.begin(**row), row.pop("outcome"), **row)
    return ledger


def main() -> None:
    """Make the calls and write their rows; times and ids are of this run, everything else is the same in each."""
    with simulate() as client:
        written = client.ledger.to_csv(FILE)
        print(f"{written.name}: {len(client.ledger):,} rows")


def _make(client: Client, sandbox: Sandbox, call: Planned) -> None:
    """One call, with what happens to it."""
    prompt, trouble = f"Count from 1 to {call.number}.", call.trouble
    asked: dict[str, Any] = {"model": call.model, "max_tokens": 400, "system": RULE * call.rules or None}
    if trouble == "refused":
        asked["max_tokens"] = 1_000_000
    elif trouble == "stopped":
        sandbox.faults("stall", after=6, seconds=3600)
    elif trouble is not None:
        sandbox.faults(trouble, after=4)
    try:
        if trouble is None and call.number % 3:
            client.send(prompt, **asked)
        else:
            _read(client.stream(prompt, **asked), 6 if trouble == "stopped" else None)
    except CaicainiError:
        pass  # what the month is to show: it is in the ledger
    if trouble == "stopped":
        _wait_until_charged(sandbox)


def _read(stream: Stream, most: int | None) -> None:
    """The answer as it comes, or only its first pieces."""
    with stream:
        for read, _ in enumerate(stream.texts(), 1):
            if read == most:
                return


def _wait_until_charged(sandbox: Sandbox) -> None:
    """The service notices a moment later that nobody listens, and charges what was written until then."""
    until = time.monotonic() + 10
    while sandbox.requests()[-1]["outcome"] != "closed" and time.monotonic() < until:
        time.sleep(0.005)


def _set_clock(sandbox: Sandbox, diary: Diary, at: datetime) -> None:
    """Set the account's clock and the ledger's forward, to the same time; it never goes back."""
    step = at.timestamp() - time.time() - diary.ahead
    if step > 0:
        sandbox.advance(seconds=step)
        diary.ahead += step


def _entries(path: Path) -> Iterator[Entry]:
    """The file's rows; an empty cell is unknown."""
    whole = {"attempt", "status", "credits", *(name for name in COLUMNS if name.endswith("tokens"))}
    kinds = {name: int if name in whole else float if name.endswith("_ms") else str for name in COLUMNS}
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            started = datetime.fromisoformat(line.pop("started"))
            row: dict[str, Any] = {name: kinds[name](text) if text else None for name, text in line.items()}
            yield Entry(started_ms=round(started.timestamp() * 1000), **row)


if __name__ == "__main__":
    main()
