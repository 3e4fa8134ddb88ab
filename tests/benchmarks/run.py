"""Measure everything and write `RESULTS.md`; with `--quick`, less of it in fewer rounds, to the terminal alone.

It refuses to touch the user's ledger, sandbox or keys: all of them are put in a folder that is removed at the end.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # this file is run as a script

from tests.benchmarks import report, service
from tests.benchmarks.rounds import Figure
from tests.benchmarks.setting import Setting

__all__ = ["main"]

# Imported one by one when they are due, so that none finds what another has loaded or started.
BENCHMARKS = (
    "instructions", "load", "clients", "display", "meter", "cold", "notebook_run", "ledger_rows", "ledger_kernels",
    "ledger_frame", "ledger_sums", "sandbox_start", "long_line", "bulk", "bulk_on_dask",
)  # fmt: skip
QUICK = ("load", "clients", "cold", "ledger_rows", "ledger_frame", "bulk")  # in two minutes


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of it, in fewer rounds; RESULTS.md stays as it is")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these of {', '.join(BENCHMARKS)}")
    asked = parser.parse_args(arguments)
    if unknown := sorted(set(asked.names) - set(BENCHMARKS)):
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    begin = time.monotonic()
    figures = _measure(asked.names or (QUICK if asked.quick else BENCHMARKS), is_quick=asked.quick)
    print(f"{time.monotonic() - begin:.0f} s")
    if not asked.quick and not asked.names:
        report.write(figures)


def _measure(names: Sequence[str], *, is_quick: bool) -> list[Figure]:
    figures = []
    with tempfile.TemporaryDirectory(prefix="caicaini-bench-") as folder, service.started() as base:
        _isolate(Path(folder))
        setting = Setting(base, Path(folder), is_quick)
        for name in names:
            for figure in import_module(f"tests.benchmarks.{name}").measure(setting):
                figures.append(figure)
                print(report.line(figure), flush=True)
    return figures


def _isolate(folder: Path) -> None:
    """Hide the user's settings; files go to `folder`."""
    for name in [name for name in os.environ if name.startswith(("CAICAINI_", "CAILAG_"))]:
        del os.environ[name]
    os.environ["CAICAINI_LEDGER"] = str(folder / "ledger.sqlite")
    os.environ["CAICAINI_SANDBOX_HOME"] = str(folder / "sandbox")
    os.environ["IPYTHONDIR"] = str(folder / "ipython")
    # Processes started here find compiled modules, as all but the first ever do, wherever they may be written.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")


if __name__ == "__main__":
    main(sys.argv[1:])
