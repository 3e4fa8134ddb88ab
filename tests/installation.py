"""What the tests that install the package need: a build, a copy of the source, a user who has set nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["ROOT", "build", "clean_environment", "copy_source", "run"]

ROOT = Path(__file__).parents[1]
# What an installed copy and Binder are built from; the tests and the notebooks are not among it.
SOURCE = ("caicaini_nb", "binder", "recipes", "requirements", "pyproject.toml", "README.md", "LICENSE")


def run(command: Sequence[str | Path], folder: Path, variables: Mapping[str, str]) -> str:
    """Run a command to its end and return its output; an error shows all that it printed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def clean_environment(home: Path, executables: Path | None = None) -> dict[str, str]:
    """The variables of a user who has set nothing: no keys, no Python settings; `executables` first."""
    ours = ("CAICAINI_", "CAILAG_", "PYTHON", "VIRTUAL_ENV", "PYTEST_", "XDG_DATA_HOME")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    variables["CAICAINI_LEDGER"] = str(home / "ledger.sqlite")
    variables["CAICAINI_SANDBOX_HOME"] = str(home / "sandbox")
    if executables is not None:
        variables["PATH"] = f"{executables}{os.pathsep}{variables['PATH']}"
    return variables


def build(target: Path) -> tuple[Path, Path]:
    """Build the wheel and the source distribution into a folder, with the locked build backend."""
    run([sys.executable, "-m", "hatchling", "build", "-d", target], ROOT, clean_environment(target))
    (wheel,) = target.glob("*.whl")
    (source,) = target.glob("*.tar.gz")
    return wheel, source


def copy_source(target: Path) -> Path:
    """Copy what an installed copy is built from, as a checkout without its history."""
    for name in SOURCE:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, target / name)
    return target
