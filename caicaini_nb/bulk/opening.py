"""The folder of a job: a path of this machine's, or an address that fsspec knows."""

from __future__ import annotations

from pathlib import Path

from .folder import Folder, LocalFolder

__all__ = ["open_folder"]


def open_folder(place: str | Path) -> Folder:
    """The folder at a path, or at an address that fsspec knows; made where there is none."""
    if isinstance(place, str) and "://" in place:
        from .remote_folder import RemoteFolder  # only an address needs fsspec

        return RemoteFolder(place)
    return LocalFolder(Path(place))
