"""The environment in which other people's suites run: made once from its own lock, kept in the user's cache folder.

It is apart from the environment of the tests, because those suites bring pytest plugins of their own. Its folder is
named for the lock it was made from, so a new lock makes a new one. It refuses to install anything without a hash.
"""

from __future__ import annotations

import os
import re
import tarfile
from pathlib import Path

from caicaini_nb.recipes.installing import cached, digest, locked_python
from tests.installation import ROOT, clean_environment, run

__all__ = ["LOCK", "python", "source"]

LOCK = ROOT / "requirements" / "conformance.txt"


def python() -> Path:
    """Return the interpreter of the environment, which is made when there is none for this lock."""
    return locked_python("conformance", LOCK) / "bin" / "python"


def source(package: str) -> Path:
    """Return the unpacked source distribution of a package, at the version and with the hash of the lock."""
    pin = _pin(package)
    interpreter = python()
    return cached(f"{package}-{digest(pin.encode())}", lambda folder: _unpack(interpreter, pin, folder))


def _pin(package: str) -> str:
    """The lines of the lock that pin a package, with the hashes of its files."""
    found = re.search(rf"^{package}==[^\n]+\n(?:    --hash=[^\n]+\n)+", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    assert found, f"{LOCK.name} pins no {package}: run make lock"
    return found[0]


def _unpack(interpreter: Path, pin: str, folder: Path) -> None:
    """Download the source distribution, let pip compare its hash, and lay its files into the folder."""
    asked = folder / "pin.txt"
    asked.write_text(pin, encoding="utf-8")
    command: list[str | Path] = [interpreter, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    only = ["--no-deps", "--no-build-isolation", "--no-binary", ":all:", "--require-hashes"]
    variables = clean_environment(folder, interpreter.parent)
    run([*command, *only, "--requirement", asked, "--dest", folder], folder, variables)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    (inner,) = (path for path in folder.iterdir() if path.is_dir())
    for path in inner.iterdir():
        os.replace(path, folder / path.name)
