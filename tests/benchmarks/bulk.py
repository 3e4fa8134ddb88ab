"""Jobs: 2,000 calls at once against the peers, the share of a tier that is used, memory, and how soon one resumes.

Every peer runs in an interpreter of its own: openai and LangChain in that of the conformance suites, LiteLLM where the
lock has it. One that is not there has no row.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from caicaini_nb import Client, bulk, connect
from caicaini_nb.bulk.folder import LocalFolder
from caicaini_nb.bulk.outcome import Answered, write_line
from caicaini_nb.pacing.store import MemoryStore
from caicaini_nb.pacing.tiers import Limits
from tests.benchmarks import slow_service
from tests.benchmarks.peers import jobs
from tests.benchmarks.peers.installed import interpreter
from tests.benchmarks.rounds import Figure, Reach
from tests.benchmarks.setting import Setting
from tests.pacing.test_share import EVERY, MINUTES, run

__all__ = ["measure"]

CALLS, AT_ONCE = 2_000, 100
IDEAL = CALLS / AT_ONCE * slow_service.SECONDS
WIDE = Limits(10**7, 10**10, 10**4)
MANY, LEFT = 100_000, 1_000
TEMPLATE = "Label {{value}}"
# The environment of each; how many times as long as ours it should take, `None` for the limit; rounds.
PEERS: dict[str, tuple[str, float | None, int]] = {
    "aiohttp": ("clients", None, 3),
    "httpx": ("clients", 1.0, 3),
    "openai": ("clients", 3.0, 3),
    "langchain": ("clients", 6.0, 3),
    "litellm": ("jupyter-ai-magic-commands", 6.0, 2),
}
GROWTHS = ((2, 1.15), (10, 1.15))  # times the calls, and how much more than so many times the time
MEMORY = """\
import sys, psutil
from caicaini_nb import bulk, connect
from caicaini_nb.pacing.tiers import Limits
_, base, key, job, rows, resume = sys.argv
texts = [f"ticket {number}: the app crashes when I open it" for number in range(int(rows))]
client = connect(base=base, key=key)
before = psutil.Process().memory_info().rss
made = bulk.run(texts, "Label {{value}}", client=client, job=job, limits=Limits(10**7, 10**10, 10**4), progress=False)
most = 0
import time
until = time.monotonic() + 20
while made.progress.done < int(resume) and time.monotonic() < until:
    most = max(most, psutil.Process().memory_info().rss - before)
    time.sleep(0.02)
print(most / 2**20)
"""


def measure(setting: Setting) -> Iterator[Figure]:
    with slow_service.started() as base:
        yield from _calls(setting, base)
        if not setting.is_quick:
            yield from _large(setting, base)
            yield from _shares()


def _calls(setting: Setting, base: str) -> Iterator[Figure]:
    """In turn with each peer, so that a busy moment meets both."""
    client = connect(base=base, key=setting.key)
    what = f"{CALLS:,} calls × 50 ms, {AT_ONCE} at once, ours with ledger and job file"
    _ours(setting, client, "warm-up", 200)
    ours = [_ours(setting, client, f"alone-{number}") for number in range(setting.rounds(7, quick=2))]
    yield Figure(what, "s", ours, reach=Reach(1.6 * IDEAL))
    for name in PEERS:
        if not setting.is_quick or name in ("aiohttp", "openai"):
            yield _beside(setting, client, base, what, name)
    for times, reach in () if setting.is_quick else GROWTHS:
        longer = _ours(setting, client, f"longer-{times}", times * CALLS)
        shorter = [times * _ours(setting, client, f"shorter-{times}")]
        named = f"{times * CALLS:,} calls × 50 ms, {AT_ONCE} at once"
        yield Figure(named, "s", [longer], shorter, f"{times} × {CALLS:,}", Reach(reach, "ratio"), about="growth")
    client.close()


def _beside(setting: Setting, client: Client, base: str, what: str, name: str) -> Figure:
    """One peer, whose answers are kept in no ledger and no file, in turn with us."""
    environment, least, rounds = PEERS[name]
    pairs = [
        (_ours(setting, client, f"{name}-{number}"), _peer(interpreter(environment), name, base, setting))
        for number in range(setting.rounds(rounds, quick=1))
    ]
    mine, theirs = zip(*pairs, strict=True)
    if least is None:
        return Figure(what, "s", mine, theirs, f"{name} by hand")
    return Figure(what, "s", mine, theirs, name, Reach(1 / least, "ratio"), about="peer")


def _ours(setting: Setting, client: Client, name: str, calls: int = CALLS) -> float:
    texts = [jobs.question(number) for number in range(calls)]
    begin = time.perf_counter()
    job = bulk.run(
        texts, "{{value}}", client=client, job=setting.folder / "jobs" / name, limits=WIDE, progress=False,
        at_once=AT_ONCE, surface="chat",
    )  # fmt: skip
    while job.progress.state == "running":
        time.sleep(0.005)
    seconds = time.perf_counter() - begin
    if job.progress.done != calls:
        raise RuntimeError(repr(job))
    return seconds


def _peer(interpreter: Path, name: str, base: str, setting: Setting) -> float:
    arguments = [str(interpreter), str(jobs.__file__), name, base, setting.key, str(CALLS), str(AT_ONCE)]
    return float(subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.split()[-1])


def _large(setting: Setting, base: str) -> Iterator[Figure]:
    """100,000 rows: what they take in memory, and how soon the first of the last thousand is asked."""
    folder = setting.folder / "jobs" / "many"
    texts = [f"ticket {number}: the app crashes when I open it" for number in range(MANY)]
    client = connect(base=base, key=setting.key)
    _fill(client, texts, folder)
    seconds = [_resume(client, texts, folder, number) for number in range(1 if setting.is_quick else 3)]
    yield Figure(
        f"resume of {MANY:,} rows, all but {LEFT:,} done, to the first new answer", "s", seconds, reach=Reach(3)
    )
    client.close()
    arguments = [sys.executable, "-c", MEMORY, base, setting.key, str(folder), str(MANY), str(MANY)]
    printed = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
    yield Figure(f"memory of a job of {MANY:,} rows, beyond them", "MiB", [float(printed)], reach=Reach(150))


def _fill(client: Client, texts: list[str], folder: Path) -> None:
    """Have the folder say that all but the last are done."""
    work = bulk.run(texts, TEMPLATE, client=client, job=folder, limits=WIDE, dry_run=True, progress=False)._work
    writer = LocalFolder(folder).writer()
    lines = [
        Answered(str(key), text="bug", input_tokens=9, output_tokens=2, credits=3, attempts=1, id=f"msg_{place:024d}")
        for place, key in enumerate(work.keys[:-LEFT])
    ]
    writer.write(b"".join(map(write_line, lines)), durable=True)
    writer.close()


def _resume(client: Client, texts: list[str], folder: Path, number: int) -> float:
    """Each time some more are done, which changes nothing: the job is stopped at its first new answer."""
    begin = time.perf_counter()
    job = bulk.run(texts, TEMPLATE, client=client, job=folder, limits=WIDE, progress=False, at_once=8)
    first = job.progress.done
    while job.progress.done == first:
        time.sleep(0.005)
    seconds = time.perf_counter() - begin
    job.cancel()
    return seconds


def _shares() -> Iterator[Figure]:
    """Unused share of ten simulated minutes, in percent: below 2 is above 98 % used."""
    for tier in EVERY:
        served: Any = [run(tier, seed, [MemoryStore()]) for seed in (random.Random(1).randrange(100), 7, 8)]
        whole = EVERY[tier].requests * MINUTES
        unused = [100 * max(0.0, 1 - one.served / whole) for one in served]
        refused = sum(one.refused for one in served)
        what = f"requests of tier {tier} left unused in {MINUTES} simulated minutes"
        yield Figure(what, "%", unused, reach=Reach(2), note=f"{refused} refused")
