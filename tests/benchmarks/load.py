"""`%load_ext` in a warm kernel: what ours adds, against an extension that does nothing but exist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.benchmarks.kernel import Kernel, kernel
from tests.benchmarks.rounds import Figure, Reach
from tests.benchmarks.setting import Setting

__all__ = ["measure"]

HEAVY = ("httpx", "ipywidgets", "matplotlib", "msgspec", "pandas", "sqlite3", "starlette")
EMPTY = """\
from IPython.core.magic import register_line_magic


def load_ipython_extension(shell):
    register_line_magic("nothing")(lambda line: None)
"""
LOAD = """\
import sys, time, psutil
_before, _resident, _begin = set(sys.modules), psutil.Process().memory_info().rss, time.perf_counter()
get_ipython().run_line_magic("load_ext", "{name}")
_loaded = (
    (time.perf_counter() - _begin) * 1000,
    (psutil.Process().memory_info().rss - _resident) / 2**20,
    sorted(set(sys.modules) - _before),
)
"""


def measure(setting: Setting) -> Iterator[Figure]:
    (setting.folder / "empty_extension.py").write_text(EMPTY)
    times: tuple[list[float], list[float]] = ([], [])
    resident: tuple[list[float], list[float]] = ([], [])
    brought: set[str] = set()
    for number in range(setting.rounds(7, quick=3)):
        loaded = _both(setting, ours_first=number % 2 == 0)
        for which, (ms, mib, modules) in enumerate(loaded):
            times[which].append(ms)
            resident[which].append(mib)
            brought |= {name.partition(".")[0] for name in modules} & set(HEAVY)
    heavy = ", ".join(sorted(brought)) or "none"
    note = f"of {', '.join(HEAVY)} it loads: {heavy}"
    yield Figure("%load_ext in a warm kernel", "ms", *times, "an empty extension", Reach(5), note)
    yield Figure("the same, memory", "MiB", *resident, "an empty extension", Reach(1))
    yield Figure("the same, heavy modules loaded", "modules", [float(len(brought))], reach=Reach(0))


def _both(setting: Setting, *, ours_first: bool) -> Sequence[tuple[float, float, list[str]]]:
    """Load both in one fresh kernel; ours and the empty one's time, memory and modules."""
    with kernel(setting.folder) as fresh:
        loaded = {name: _load(fresh, name) for name in _order(ours_first)}
    return [loaded["caicaini_nb"], loaded["empty_extension"]]


def _order(ours_first: bool) -> Sequence[str]:
    names = ("caicaini_nb", "empty_extension")
    return names if ours_first else names[::-1]


def _load(fresh: Kernel, name: str) -> tuple[float, float, list[str]]:
    fresh.run(LOAD.format(name=name))
    ms, mib, modules = fresh.value("_loaded")
    return ms, mib, modules
