"""Other people's packages, installed once from a lock and kept in your cache folder: Python's by uv, Node's by npm.

A folder is named for the lock it was made from, so a new lock makes a new one, and it appears there only when it is
whole. Nothing is installed that a lock does not pin by its hash.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..errors import ConfigurationError

__all__ = ["cached", "digest", "locked_python", "npm_packages"]

INSTALL_SECONDS = 1_800
NPM_LOCKED = ("package.json", "package-lock.json")


def cached(name: str, make: Callable[[Path], None]) -> Path:
    """A folder of the cache; `make` fills it once, and it appears only when it is whole."""
    from platformdirs import user_cache_path

    cache = user_cache_path("caicaini-nb", appauthor=False) / "recipes"
    target = cache / name
    if target.is_dir():
        return target
    try:
        cache.mkdir(parents=True, exist_ok=True)
        begun = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=cache))
    except OSError as error:
        raise ConfigurationError(
            f"The cache folder {cache} cannot be written: {error.strerror}",
            action="Set XDG_CACHE_HOME to one that can.",
        ) from None
    try:
        make(begun)
        begun.rename(target)
    except OSError:
        if not target.is_dir():  # another process was not faster: a real failure
            raise
    finally:
        shutil.rmtree(begun, ignore_errors=True)
    return target


def locked_python(name: str, lock: Path) -> Path:
    """The folder of a virtual environment with what `lock` pins by hash, made when there is none for this lock."""
    beside = shutil.which("uv", path=str(Path(sys.executable).parent))
    uv = beside or shutil.which("uv")
    if uv is None:
        raise ConfigurationError("uv, which installs the tool, is not there", action="Run: pip install uv.")
    variables = dict(os.environ)
    if "PIP_FIND_LINKS" in variables:  # uv has a variable of its own for a local folder of wheels
        variables.setdefault("UV_FIND_LINKS", variables["PIP_FIND_LINKS"])

    def make(folder: Path) -> None:
        venv = [uv, "venv", "--quiet", "--relocatable", "--allow-existing", "--python", sys.executable, str(folder)]
        _install(venv, folder, variables)
        python = str(folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python")
        # Compiled once here: a run writes no bytecode, and would compile everything anew.
        options = ["--quiet", "--compile-bytecode", "--require-hashes", "--python", python]
        sync = [uv, "pip", "sync", *options, str(lock)]
        _install(sync, folder, variables)

    return cached(f"{name}-{digest(lock.read_bytes(), sys.version.encode(), sys.base_prefix.encode())}", make)


def npm_packages(name: str, source: Path, executables: str = "") -> Path:
    """A folder in which `node_modules` is what the lock in `source` pins; no script of a package runs.

    `executables` is a search path on which npm is found before the machine's.
    """
    path = executables + os.pathsep + os.environ.get("PATH", os.defpath)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]

    def make(folder: Path) -> None:
        for locked in NPM_LOCKED:
            shutil.copy2(source / locked, folder / locked)
        npm = shutil.which("npm", path=path) or "npm"
        _install([npm, "ci", *options], folder, {**os.environ, "PATH": path})

    return cached(f"{name}-npm-{digest(*((source / locked).read_bytes() for locked in NPM_LOCKED))}", make)


def _install(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=INSTALL_SECONDS,
    )
    if done.returncode:
        said = [line for line in done.stdout.strip().splitlines() if line.strip()]
        raise ConfigurationError(
            f"The tool could not be installed: {said[-1] if said else command[0]}",
            action="Check your package index and your disk, then try again.",
        )


def digest(*parts: bytes) -> str:
    """A short name for some contents."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
