"""A streamed answer shown in a kernel: bytes on iopub, CPU above a loop that shows nothing, growth, lag."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator, Sequence
from statistics import median, quantiles
from typing import Any

from tests.benchmarks.kernel import Kernel, Output, kernel
from tests.benchmarks.rounds import Figure, Reach
from tests.benchmarks.service import prompt
from tests.benchmarks.setting import Setting

__all__ = ["measure"]

RATE = 500
DELTAS = 2000
SILENT = """\
import time
from caicaini_nb import connect
_client = connect()
def _loop():
    for _ in _client.stream({asked!r}):
        pass
_loop()
"""
CPU = "__import__('time').process_time()"
NUMBER = re.compile(r"\b\d{4,}\b")
OPENING_EVENTS = 2  # the service sends these before the first text


def measure(setting: Setting) -> Iterator[Figure]:
    sizes, shown, silent, lags, saved = [], [], [], [], []
    with kernel(setting.folder, CAICAINI_BASE=setting.base, CAICAINI_API_KEY=setting.key) as running:
        running.run("%load_ext caicaini_nb")
        _show(running, 50)
        for _ in range(setting.rounds(5, quick=1)):
            cpu, outputs = _show(running, DELTAS)
            sizes.append(_bytes(outputs) / 1e6)
            shown.append(cpu)
            lags.append(_lag_p95(outputs, _emitted(setting)))
            saved.append(float(_saved(outputs)))
            silent.append(_cpu(running, SILENT.format(asked=prompt(DELTAS, RATE))))
        above = [ours - loop for ours, loop in zip(shown, silent, strict=True)]
        yield Figure("2,000 deltas shown over 4 s, sent on iopub", "MB", sizes, reach=Reach(0.3))
        yield Figure("2,000 deltas shown over 4 s, kernel CPU above a silent loop", "s", above, reach=Reach(0.25))
        yield Figure("2,000 deltas shown over 4 s, from sent to shown, 95th percentile", "ms", lags, reach=Reach(60))
        yield Figure(
            "2,000 deltas shown over 4 s, outputs with text in the saved cell", "outputs", saved, reach=Reach(1)
        )
        longer = _bytes(_show(running, 4 * DELTAS)[1]) / 1e6
        yield Figure(
            "8,000 deltas over 16 s, sent on iopub", "MB", [longer], [median(sizes)], "2,000", Reach(4.4, "ratio"),
            about="growth",
        )  # fmt: skip


def _show(running: Kernel, deltas: int) -> tuple[float, Sequence[Output]]:
    """Run the magic; the kernel's CPU seconds and what it sent."""
    before = running.value(CPU)
    outputs = running.run(f"%%caicaini --max-tokens 8192\n{prompt(deltas, RATE)}")
    return running.value(CPU) - before, [output for output in outputs if output.is_shown]


def _cpu(running: Kernel, cell: str) -> float:
    before = running.value(CPU)
    running.run(cell)
    return float(running.value(CPU) - before)


def _bytes(outputs: Sequence[Output]) -> int:
    return sum(output.size for output in outputs)


def _emitted(setting: Setting) -> list[float]:
    """When the service sent each text event of the last stream."""
    with urllib.request.urlopen(setting.base + "/emitted", timeout=10) as answer:
        found: list[float] = json.load(answer)
    return found[OPENING_EVENTS:]


def _lag_p95(outputs: Sequence[Output], emitted: Sequence[float]) -> float:
    """Milliseconds from sent to shown that 95 of 100 deltas stay under; each delta's text is its number."""
    lags: list[float] = []
    for output in outputs:
        newest = max((int(number) for number in NUMBER.findall(_text(output.content))), default=-1)
        newest = min(newest, DELTAS - 1)
        lags += [(output.at - emitted[number]) * 1000 for number in range(len(lags), newest + 1)]
    if len(lags) < DELTAS:
        raise RuntimeError(f"Only {len(lags)} of {DELTAS} deltas were shown")
    return quantiles(lags, n=20)[-1]


def _text(content: Any) -> str:
    """The text a message shows, Markdown before anything else."""
    data = content.get("data", {})
    return str(data.get("text/markdown") or data.get("text/plain") or content.get("text", ""))


def _saved(outputs: Sequence[Output]) -> int:
    """How many outputs with the answer's text a front end saves: cleared ones are gone, an update adds none."""
    kept: list[Output] = []
    for output in outputs:
        if output.kind == "clear_output":
            kept.clear()
        elif output.kind == "display_data":
            kept.append(output)
        elif output.kind == "update_display_data":
            display = _display_id(output)
            kept = [output if _display_id(older) == display else older for older in kept]
    return sum(bool(NUMBER.search(_text(output.content))) for output in kept)


def _display_id(output: Output) -> str | None:
    return dict(output.content.get("transient", {})).get("display_id")
