"""`caicaini sandbox pull`: downloads a model's official file and checks its hash before it gets its name.

It refuses what is not in the table of releases, and keeps nothing of a download that fails.
"""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Callable
from importlib import import_module, util
from pathlib import Path
from typing import Any

from caicaini_nb.sandbox.model.releases import RELEASES, Release
from caicaini_nb.sandbox.model.trouble import ModelError

__all__ = ["pull", "release_of"]

TIMEOUT_SECONDS = 60
ROOM = 1.05
MEGABYTE = 1_000_000


class Progress:
    """Says every tenth of a download; the interface is the one pooch calls."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.total = 0
        self._say = say
        self._done = 0
        self._said = 0

    def update(self, size: int) -> None:
        """Count what has come."""
        self._done += size
        tenth = self._done * 10 // self.total if self.total else 0
        if tenth > self._said:
            self._said = tenth
            self._say(f"  {tenth * 10} % of {self.total // MEGABYTE} MB")

    def reset(self) -> None:
        """Begin again."""
        self._done = 0

    def close(self) -> None:
        """Nothing to close."""


def release_of(name: str) -> Release:
    """Return the release a name stands for; `ModelError` with near names for an unknown one."""
    if name in RELEASES:
        return RELEASES[name]
    near = difflib.get_close_matches(name, RELEASES, cutoff=0.4) or list(RELEASES)
    raise ModelError(f"There is no model {name[:80]!r} to pull: try {', '.join(near)}.")


def pull(release: Release, folder: Path, say: Callable[[str], None]) -> Path:
    """Download a release into `folder`, unless it is there; returns its path, raises `ModelError`."""
    if util.find_spec("pooch") is None:
        raise ModelError("A download needs the package pooch: pip install 'caicaini-nb[model]', then try again.")
    pooch: Any = import_module("pooch")
    requests: Any = import_module("requests")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / release.file
    free = shutil.disk_usage(folder).free
    if not path.exists() and free < release.size * ROOM:
        raise ModelError(
            f"{release.name} takes {release.size // MEGABYTE} MB and {free // MEGABYTE} MB are free in {folder}:"
            " make room, then try again."
        )
    say(f"{release.name}, licence {release.licence}, from {release.url}")
    pooch.get_logger().setLevel("ERROR")
    downloader = pooch.HTTPDownloader(timeout=TIMEOUT_SECONDS, progressbar=Progress(say))
    try:
        pooch.retrieve(release.url, f"sha256:{release.sha256}", release.file, folder, downloader=downloader)
    except (requests.RequestException, OSError) as error:
        raise ModelError(
            f"{release.name} could not be downloaded ({type(error).__name__}): check the connection, then try again."
        ) from None
    except ValueError:
        raise ModelError(
            f"What came from {release.url} is not the file {release.name} names: its SHA-256 differs, and it was"
            " discarded. Try again later."
        ) from None
    return path
