"""From nothing to the first output in a fresh kernel, and the memory it then holds, beside what a reader would pick.

The service answers at once; only in the first row it is the sandbox, already up, which computes its answer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial

from caicaini_nb.sandbox import Sandbox
from caicaini_nb.sandbox.process import find
from tests.benchmarks import kernel_peers
from tests.benchmarks.kernel import kernel
from tests.benchmarks.kernel_peers import KernelPeer, seconds_until_shown
from tests.benchmarks.rounds import Figure, Reach, in_turn
from tests.benchmarks.setting import Setting

__all__ = ["measure"]

CELLS = ("%load_ext caicaini_nb", "%%caicaini\nWhat is 2 + 2?")
MEMORY_TITLE = "the kernel's memory after the first call"
BEGUN = "2"  # what the sandbox says first: 2 + 2 = 4
BY_HAND = "httpx"  # what all of them stand on: how close we are, not whom we pass
IN_MEMORY = ("openai", "jupyter_ai_magics")
Measured = tuple[float, float]  # seconds to the first output, MiB after the call


def measure(setting: Setting) -> Iterator[Figure]:
    yield from _at_the_sandbox(setting)
    known = kernel_peers.peers(setting.base)
    peers = {name: peer for name, peer in known.items() if not (setting.is_quick and peer.is_slow)}
    variables = {"CAICAINI_BASE": setting.base, "CAICAINI_API_KEY": setting.key}
    contenders: dict[str, Callable[[], Measured]] = {
        "ours": partial(_ours, setting, kernel_peers.STREAMED, **variables),
        **{name: partial(_peer, setting, peer, setting.base, setting.key) for name, peer in peers.items()},
    }
    measured = in_turn(contenders, setting.rounds(7, quick=2))
    seconds = {name: [figure[0] for figure in figures] for name, figures in measured.items()}
    resident = {name: [figure[1] for figure in figures] for name, figures in measured.items()}
    what = "cold: load, first call, first output"
    note = "the service answers at once"
    yield Figure(what, "s", seconds["ours"], seconds[BY_HAND], f"{BY_HAND} in a cell", Reach(0.12), note)
    for name in [name for name in peers if name != BY_HAND]:
        ours = seconds["ours"]
        yield Figure(what, "s", ours, seconds[name], name, Reach(1, "ratio"), about="peer")
    yield Figure(MEMORY_TITLE, "MiB", resident["ours"], reach=Reach(62))
    for name in (name for name in IN_MEMORY if name in peers):
        ours = resident["ours"]
        yield Figure(MEMORY_TITLE, "MiB", ours, resident[name], name, Reach(1, "ratio"), about="peer")


def _at_the_sandbox(setting: Setting) -> Iterator[Figure]:
    """Ours beside httpx by hand, both asking the sandbox."""
    home = str(setting.folder / "shared")
    os.environ["CAICAINI_SANDBOX_HOME"] = home
    sandbox = Sandbox.shared()
    base, key = sandbox.base_url, str(sandbox.api_key)
    try:
        contenders: dict[str, Callable[[], Measured]] = {
            "ours": partial(_ours, setting, BEGUN, CAICAINI_SANDBOX_HOME=home),
            BY_HAND: partial(_peer, setting, kernel_peers.peers(base)[BY_HAND], base, key, BEGUN),
        }
        measured = in_turn(contenders, setting.rounds(7, quick=3))
    finally:
        if (running := find()) is not None:
            running.control.call("POST", "stop", {})
    ours, httpx = ([seconds for seconds, _ in measured[name]] for name in ("ours", BY_HAND))
    what = "cold: load, first call, first output of the sandbox"
    yield Figure(what, "s", ours, httpx, f"{BY_HAND} in a cell", Reach(0.12))


def _ours(setting: Setting, answer: str, **variables: str) -> Measured:
    with kernel(setting.folder, **variables) as fresh:
        return seconds_until_shown(fresh, CELLS, answer), fresh.resident_mib()


def _peer(setting: Setting, peer: KernelPeer, base: str, key: str, answer: str = "") -> Measured:
    with kernel_peers.started(peer, setting.folder, base, key) as fresh:
        return seconds_until_shown(fresh, peer.cells, answer or peer.answer), fresh.resident_mib()
