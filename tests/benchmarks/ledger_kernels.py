"""Eight kernels that write at once: no lock error, no row lost, and what a row takes then."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from statistics import median

from caicaini_nb import Ledger
from tests.benchmarks.rounds import Figure, Reach
from tests.benchmarks.setting import Setting

__all__ = ["measure"]

KERNELS = 8
ROWS = 500
WRITER = """
import sys, time
from statistics import median
from caicaini_nb import Ledger
ledger = Ledger(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
spent = []
for number in range(int(sys.argv[2])):
    begin = time.perf_counter()
    row = ledger.begin(provider="caicaini", origin="hosted", surface="chat", operation=str(number), model="m")
    ledger.finish(row, "ok", input_tokens=1, output_tokens=2, credits=3)
    spent.append(time.perf_counter() - begin)
print(median(spent) * 1e6, int(ledger.problem is not None))
"""


def measure(setting: Setting) -> Iterator[Figure]:
    path = setting.folder / "kernels.db"
    command = [sys.executable, "-c", WRITER, str(path), str(ROWS)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    times: list[float] = []
    errors: list[float] = []
    rounds = setting.rounds(5, quick=2)
    for _ in range(rounds):
        kernels = [subprocess.Popen(command, text=True, **pipes) for _ in range(KERNELS)]  # type: ignore[call-overload]
        for kernel in kernels:
            kernel.stdout.readline()
        said = [kernel.communicate("\n")[0].split() for kernel in kernels]
        times.append(median(float(spent) for spent, _ in said))
        errors.append(sum(int(failed) for _, failed in said))
    ledger = Ledger(path)
    missing = rounds * KERNELS * ROWS - ledger.daily(("calls",), by=())["calls"][0]
    yield Figure(f"{KERNELS} kernels at once, a row begun and finished", "µs", times)
    yield Figure(f"{KERNELS} kernels at once, lock errors", "errors", errors, reach=Reach(0))
    yield Figure(f"{KERNELS} kernels at once, rows that the sums lack", "rows", [missing], reach=Reach(0))
    ledger.close()
