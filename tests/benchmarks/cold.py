"""From nothing to the first output in a fresh kernel, the sandbox being up, against httpx by hand in a cell."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping

from caicaini_nb.sandbox import Sandbox
from caicaini_nb.sandbox.process import find
from tests.benchmarks.kernel import Kernel, kernel
from tests.benchmarks.rounds import Figure, Reach
from tests.benchmarks.setting import Setting

__all__ = ["measure"]

LOAD = "%load_ext caicaini_nb"
ASK = "%%caicaini\nWhat is 2 + 2?"
BY_HAND = """\
import json, os, httpx
from IPython.display import Markdown, display
body = {"model": "caicaini/auto", "max_tokens": 1024, "stream": True,
        "messages": [{"role": "user", "content": "What is 2 + 2?"}]}
headers = {"Authorization": "Bearer " + os.environ["PEER_KEY"]}
text = ""
with httpx.stream("POST", os.environ["PEER_BASE"] + "/messages", json=body, headers=headers) as response:
    for line in response.iter_lines():
        if line.startswith("data: "):
            text += json.loads(line[6:]).get("delta", {}).get("text", "")
display(Markdown(text))
"""


def measure(setting: Setting) -> Iterator[Figure]:
    ours: list[float] = []
    theirs: list[float] = []
    home = str(setting.folder / "shared")
    os.environ["CAICAINI_SANDBOX_HOME"] = home
    sandbox = Sandbox.shared()
    try:
        settings = {"CAICAINI_SANDBOX_HOME": home, "PEER_BASE": sandbox.base_url, "PEER_KEY": sandbox.api_key}
        _ours(setting, settings)
        for _ in range(setting.rounds(7, quick=3)):
            ours.append(_ours(setting, settings))
            with kernel(setting.folder, **settings) as fresh:
                theirs.append(_until_shown(fresh, BY_HAND))
    finally:
        if (running := find()) is not None:
            running.control.call("POST", "stop", {})
    yield Figure("cold: load, first call, first output", "s", ours, theirs, "httpx in a cell", Reach(0.12))


def _ours(setting: Setting, settings: Mapping[str, str]) -> float:
    with kernel(setting.folder, **settings) as fresh:
        begin = time.monotonic()
        fresh.run(LOAD)
        return time.monotonic() - begin + _until_shown(fresh, ASK)


def _until_shown(fresh: Kernel, cell: str) -> float:
    """Seconds from sending the cell to its first visible output."""
    begin = time.monotonic()
    return next(output.at for output in fresh.run(cell) if output.is_shown) - begin
