"""What loading adds to a warm kernel: ours, an extension that does nothing but exist, and what a reader would load."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import cycle
from statistics import median
from typing import NamedTuple

from tests.benchmarks import kernel_peers
from tests.benchmarks.kernel import Kernel, kernel
from tests.benchmarks.kernel_peers import KernelPeer
from tests.benchmarks.rounds import Figure, Reach, Rounds, in_turn
from tests.benchmarks.setting import Setting

__all__ = ["measure"]

WHAT = "%load_ext in a warm kernel"
HEAVY = ("httpx", "ipywidgets", "matplotlib", "msgspec", "pandas", "sqlite3", "starlette")
PEERS = ("jupyter_ai_magics", "jupyter_ai_magic_commands", "claudette", "httpx")
OURS = "%load_ext caicaini_nb"
NOTHING = "%load_ext empty_extension"
EMPTY = """\
from IPython.core.magic import register_line_magic


def load_ipython_extension(shell):
    register_line_magic("nothing")(lambda line: None)
"""
LOAD = """\
import sys, time, psutil
_before, _resident, _begin = set(sys.modules), psutil.Process().memory_info().rss, time.perf_counter()
{load}
_loaded = (
    (time.perf_counter() - _begin) * 1000,
    (psutil.Process().memory_info().rss - _resident) / 2**20,
    sorted(set(sys.modules) - _before),
)
"""


class Loaded(NamedTuple):
    """What one load took and brought."""

    ms: float
    mib: float
    modules: Sequence[str]


def measure(setting: Setting) -> Iterator[Figure]:
    (setting.folder / "empty_extension.py").write_text(EMPTY)
    known = kernel_peers.peers(setting.base)
    peers = [name for name in PEERS if not (setting.is_quick and known[name].is_slow)]
    turns = cycle([True, False])
    contenders: dict[str, Callable[[], Sequence[Loaded]]] = {
        "ours": lambda: _both(setting, ours_first=next(turns)),
        **{name: partial(_peer, setting, known[name]) for name in peers},
    }
    measured = in_turn(contenders, setting.rounds(7, quick=3))
    ours, nothing = ([loaded[which] for loaded in measured["ours"]] for which in (0, 1))
    yield from _beside_nothing(ours, nothing)
    for name in peers:
        yield _beside(name, ours, [loaded[0] for loaded in measured[name]])


def _beside_nothing(ours: Sequence[Loaded], nothing: Sequence[Loaded]) -> Iterator[Figure]:
    brought = {name.partition(".")[0] for loaded in ours for name in loaded.modules} & set(HEAVY)
    note = f"of {', '.join(HEAVY)} it loads: {', '.join(sorted(brought)) or 'none'}"
    empty = "an empty extension"
    yield Figure(WHAT, "ms", _times(ours), _times(nothing), empty, Reach(5), note)
    yield Figure(f"{WHAT}, memory", "MiB", _memory(ours), _memory(nothing), empty, Reach(1))
    yield Figure(f"{WHAT}, heavy modules loaded", "modules", [float(len(brought))], reach=Reach(0))


def _beside(name: str, ours: Sequence[Loaded], theirs: Sequence[Loaded]) -> Figure:
    note = f"memory: {median(_memory(ours)):.1f} MiB against {median(_memory(theirs)):.1f}"
    return Figure(WHAT, "ms", _times(ours), _times(theirs), name, Reach(1, "ratio"), note, about="peer")


def _times(loads: Sequence[Loaded]) -> Rounds:
    return [loaded.ms for loaded in loads]


def _memory(loads: Sequence[Loaded]) -> Rounds:
    return [loaded.mib for loaded in loads]


def _both(setting: Setting, *, ours_first: bool) -> Sequence[Loaded]:
    """Load ours and the empty one in one fresh kernel; ours comes first in what is given."""
    with kernel(setting.folder) as fresh:
        loaded = {load: _load(fresh, load) for load in ((OURS, NOTHING) if ours_first else (NOTHING, OURS))}
    return [loaded[OURS], loaded[NOTHING]]


def _peer(setting: Setting, peer: KernelPeer) -> Sequence[Loaded]:
    with kernel_peers.started(peer, setting.folder, setting.base, setting.key) as fresh:
        return [_load(fresh, peer.load)]


def _load(fresh: Kernel, load: str) -> Loaded:
    fresh.run(LOAD.format(load=load))
    return Loaded(*fresh.value("_loaded"))
