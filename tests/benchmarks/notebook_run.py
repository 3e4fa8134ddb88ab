"""A notebook under nbval: ten cells that call, beside ten that print; and what a cell costs in a long notebook.

The options are those of `make notebooks`, but no plugin other than nbval's is loaded: the others would take most of the
time that both have in common. The sandbox is shared and already up: the run that is not counted starts it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple
from xml.etree import ElementTree

import nbformat

from tests.benchmarks.rounds import Figure, Reach, in_turn
from tests.benchmarks.setting import Setting
from tests.notebooks.execute import run as execute
from tests.notebooks.execute import written
from tests.notebooks.plugin import STOP, environment

__all__ = ["measure"]

ROOT = Path(__file__).parents[2]
FORMAT: Any = nbformat  # its functions carry no types
CELLS = 10
FIRST = 3  # the cells that load, and that call for the first time in either way
LONGER = (2, 10)
OPTIONS = (
    "-q", "-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider", "-p", "nbval.plugin", "--nbval",
    "--nbval-current-env", "--nbval-cell-timeout=60",
    "--nbval-sanitize-with", str(ROOT / "tests" / "notebooks" / "sanitize.cfg"), "-o", "junit_duration_report=call",
)  # fmt: skip
START = """\
%load_ext caicaini_nb
from caicaini_nb import connect

client = connect()"""
A_MINUTE = 60  # calls that the sandbox allows at first
MORE = '\nclient.sandbox.set_tier("high_volume")'


class Run(NamedTuple):
    """Seconds of the whole process, of what pytest counts (the kernel's start and the cells), and of one cell."""

    process: float
    session: float
    cell: float


def measure(setting: Setting) -> Iterator[Figure]:
    variables = {**os.environ, **environment(setting.folder / "notebook.ipynb", setting.folder)}
    variables["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    ours = {CELLS * times: _executed(setting.folder, "calls", _calls(CELLS * times)) for times in (1, *LONGER)}
    trivial = _executed(setting.folder, "prints", [f"print({number})" for number in range(CELLS)])
    try:
        contenders: dict[str, Callable[[], Run]] = {
            "prints": partial(_checked, trivial, variables),
            **{str(cells): partial(_checked, path, variables) for cells, path in ours.items()},
        }
        runs = in_turn(contenders, setting.rounds(7, quick=2))
    finally:
        subprocess.run(STOP, env=variables, check=True, capture_output=True)
    yield from _beside_prints(runs[str(CELLS)], runs["prints"])
    few = [run.cell * 1000 for run in runs[str(CELLS)]]
    note = f"all but its first {FIRST}, divided by their number"
    for times in LONGER:
        many = [run.cell * 1000 for run in runs[str(CELLS * times)]]
        what = f"a cell of a notebook {times} times as long"
        yield Figure(what, "ms", many, few, f"of {CELLS} cells", Reach(1.5, "ratio"), note, about="growth")


def _beside_prints(ours: Sequence[Run], prints: Sequence[Run]) -> Iterator[Figure]:
    what, name = f"{CELLS} cells that call, under nbval", f"{CELLS} cells that print"
    mine, theirs = ([run.process for run in runs] for runs in (ours, prints))
    yield Figure(what, "s", mine, theirs, name, Reach(1.1, "ratio"))
    added = [one.session - other.session for one, other in zip(ours, prints, strict=True)]
    yield Figure(f"{what}, above {name}", "s", added, reach=Reach(0.15))


def _calls(cells: int) -> Sequence[str]:
    """The cells of our notebook: the first loads, then a magic and the client by turns, each with a new question."""
    asking = ("%%caicaini\nWhat is {} + 2?", 'print(client.send("What is {} + 2?").text)')
    start = START + MORE if cells > A_MINUTE else START
    return [start, *(asking[number % 2].format(number) for number in range(1, cells))]


def _executed(folder: Path, name: str, sources: Sequence[str]) -> Path:
    """A notebook file of these cells, with the outputs of a run: what nbval compares with."""
    path = folder / f"{name}_{len(sources)}.ipynb"
    cells = [FORMAT.v4.new_code_cell(source) for source in sources]
    path.write_text(written(execute(path, FORMAT.v4.new_notebook(cells=cells))), "utf-8")
    return path


def _checked(path: Path, variables: Mapping[str, str]) -> Run:
    """Run nbval on a notebook. Raises where an output differs from what the file holds."""
    report = path.with_suffix(".xml")
    command = [sys.executable, "-m", "pytest", *OPTIONS, f"--junitxml={report}", str(path)]
    begin = perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=dict(variables), capture_output=True, text=True, check=False)
    elapsed = perf_counter() - begin
    if done.returncode:
        raise RuntimeError(f"{path.name} failed under nbval:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    suite = next(ElementTree.parse(report).iter("testsuite"))
    seconds = [float(case.attrib["time"]) for case in suite.iter("testcase")][FIRST:]
    return Run(elapsed, float(suite.attrib["time"]), sum(seconds) / len(seconds))
