"""A million rows as a DataFrame: how long it takes, and how much memory at its height, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.many_rows import make
from tests.benchmarks.rounds import Figure, Reach
from tests.benchmarks.setting import Setting

__all__ = ["measure"]

ROWS = 1_000_000
MEASURED = """
import resource, sys, time
path = sys.argv[1]
{prepare}
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begin = time.perf_counter()
rows = {read}
spent = time.perf_counter() - begin
print(len(rows), spent, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024)
"""
# An empty ledger is read first, so that what pandas loads on its first use is not counted.
OURS = MEASURED.format(
    prepare=(
        "from caicaini_nb import Ledger\nfrom caicaini_nb.analytics import frame\n"
        "frame(Ledger(path + '-empty'))\nledger = Ledger(path)"
    ),
    read="frame(ledger)",
)
PEER = MEASURED.format(
    prepare="import sqlite3\nimport pandas as pd\nconnection = sqlite3.connect(path)\npd.DataFrame({'a': [1]})",
    read="pd.read_sql_query('SELECT * FROM entries', connection)",
)


def measure(setting: Setting) -> Iterator[Figure]:
    rows = ROWS // 10 if setting.is_quick else ROWS
    path = setting.folder / "frame.db"
    make(path, rows).close()
    pairs = [(_run(OURS, path, rows), _run(PEER, path, rows)) for _ in range(setting.rounds(5, quick=2))]
    (our_times, our_memory), (peer_times, peer_memory) = (
        zip(*contender, strict=True) for contender in zip(*pairs, strict=True)
    )
    title, peer = f"frame of {rows:,} rows of the ledger", "pandas.read_sql_query"
    yield Figure(title, "s", our_times, reach=Reach(3))
    yield Figure(f"{title}, memory at its height", "MiB", our_memory, reach=Reach(600))
    yield Figure(title, "s", our_times, peer_times, peer, Reach(1, "ratio"), about="peer")
    yield Figure(f"{title}, memory", "MiB", our_memory, peer_memory, peer, Reach(1, "ratio"), about="peer")
    for times in (2, 10):
        fewer = rows // times
        shorter = setting.folder / f"frame-{fewer}.db"
        make(shorter, fewer).close()
        theirs = [times * _run(OURS, shorter, fewer)[0] for _ in our_times]
        yield Figure(
            title, "s", our_times, theirs, f"{times} × that of {fewer:,}", Reach(1.15, "ratio"), about="growth"
        )


def _run(program: str, path: Path, rows: int) -> tuple[float, float]:
    """Seconds and MiB, from a fresh process."""
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    found, seconds, memory = map(float, done.stdout.split())
    if found != rows:
        raise AssertionError(f"{found:,.0f} rows came of {rows:,}")
    return seconds, memory
