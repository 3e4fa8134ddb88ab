"""The benchmarks see what they are there for: a slow-down planted in a copy of the package turns its row red.

The same row is green in a copy as it is, or red could come of anything. Only rows are judged that say the same on
every machine and at any load: instructions, bytes, modules.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.benchmarks.instructions import row
from tests.installation import ROOT, clean_environment, run

pytestmark = pytest.mark.slow

TRIES = 3
COPIED = ("caicaini_nb", "tests/benchmarks", "tests/installation.py")
# Measures as far as the row that is asked for, and says of it whether it is met. One round tells as much as many here,
# and other people's packages, which some benchmarks install, are not asked.
MEASURE = """\
import sys, tempfile
from importlib import import_module
from pathlib import Path
from tests.benchmarks import service
from tests.benchmarks.setting import Setting

class Once(Setting):
    def rounds(self, full, *, quick=None):
        return 1

name, what = sys.argv[1:]
benchmark = import_module(f"tests.benchmarks.{name}")
benchmark.PEERS = ()
with tempfile.TemporaryDirectory() as folder, service.started() as base:
    for figure in benchmark.measure(Once(base, Path(folder), is_quick=True)):
        if figure.what == what:
            print(figure.is_met, *figure.ours)
            break
    else:
        sys.exit(f"{name} has no row that is called: {what}")
"""


@dataclass(frozen=True)
class Plant:
    """`text` in a file of the package becomes `slower`, and the row `what` of a benchmark must turn red.

    `first` are Python's arguments for what must run in the copy before anything is planted.
    """

    benchmark: str
    what: str
    file: str
    text: str
    slower: str
    first: tuple[str, ...] = ()


JSON_TWICE = Plant(
    "instructions",
    row("event decoded"),
    "surfaces/messages.py",
    "frame = self._frame(event.data)",
    "frame = (read_json(event.data), self._frame(event.data))[1]",
    # The counts of this very code and machine, so that neither is the reason for red.
    first=("-m", "tests.benchmarks.instructions", "--record"),
)
PANDAS_AT_LOAD = Plant(
    "load",
    "%load_ext in a warm kernel, heavy modules loaded",
    "__init__.py",
    "from .magic import register",
    "import pandas; from .magic import register",
)
UPDATE_A_DELTA = Plant(
    "display",
    "2,000 deltas shown over 4 s, sent on iopub",
    "display/render.py",
    "self._arrived.append((kind, text))",
    "self._whole = getattr(self, '_whole', '') + text; self._show(self._whole); return",
)
PLANTS = {
    "JSON read twice": pytest.param(JSON_TWICE, marks=pytest.mark.needs("valgrind")),
    "pandas at load": pytest.param(PANDAS_AT_LOAD),
    "an update for each delta": pytest.param(UPDATE_A_DELTA),
}


@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS)
def test_a_planted_slow_down_turns_its_row_red(plant: Plant, tmp_path: Path) -> None:
    plain, planted = tmp_path / "plain", tmp_path / "planted"
    for name in COPIED:
        _copy(ROOT / name, plain / name)
    if plant.first:
        _python(plain, *plant.first)
    # Where the machine is so busy that a stream comes late, it is drawn more often than it should be.
    assert any(_judged(plain, plant).startswith("True") for _ in range(TRIES))
    _copy(plain, planted)
    _plant(planted / "caicaini_nb" / plant.file, plant)
    assert _judged(planted, plant).startswith("False")


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy2(source, target)


def _plant(path: Path, plant: Plant) -> None:
    source = path.read_text("utf-8")
    assert source.count(plant.text) == 1, f"{plant.file} no longer holds this once, so nothing is planted: {plant.text}"
    path.write_text(source.replace(plant.text, plant.slower), "utf-8")


def _judged(checkout: Path, plant: Plant) -> str:
    """Whether the row is met, and its figure."""
    return _python(checkout, "-c", MEASURE, plant.benchmark, plant.what)


def _python(checkout: Path, *arguments: str) -> str:
    """Run Python in the copy, which comes before the installed package there."""
    return run([sys.executable, *arguments], checkout, clean_environment(checkout))
