"""A file of somebody else's tool: read as it is, replaced whole or not at all.

It refuses links, folders, what is not UTF-8, and, unless told otherwise, Windows line ends and byte order marks. A file
with a key in it never goes into a git work tree, and only its owner may read it.
"""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

import msgspec

from ..errors import ConfigurationError

__all__ = ["PRIVATE", "Target", "check_outside_git", "put", "take"]

MARK = b"\xef\xbb\xbf"
PRIVATE = 0o600
NOTHING = "Nothing was written"


class Target(msgspec.Struct, frozen=True):
    """What is at a path: its bytes and mode, `None` where there is no file yet."""

    path: Path
    content: bytes | None = None
    mode: int | None = None

    @property
    def newline(self) -> str:
        """How its lines end."""
        return "\r\n" if b"\r\n" in (self.content or b"") else "\n"

    @property
    def mark(self) -> str:
        """Its byte order mark, if it has one."""
        return "\ufeff" if (self.content or b"").startswith(MARK) else ""

    @property
    def text(self) -> str:
        """Its text without the mark, lines ended as they are."""
        return (self.content or b"").decode("utf-8").removeprefix("\ufeff")


def take(path: Path, *, windows: bool = False) -> Target:
    """Read what is there. Raises `ConfigurationError` for what is left alone; `windows` allows CRLF and a mark."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return Target(path)
    except OSError as error:
        raise _refused(f"{path} cannot be read: {error.strerror}", "Choose another file with --to.") from None
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISLNK(found.st_mode):
        raise _refused(f"{path} is not a file", "Name a file with --to.")
    if stat.S_ISLNK(found.st_mode) or found.st_nlink > 1:
        raise _refused(f"{path} is a link", "Name the file it leads to with --to.")
    try:
        target = Target(path, path.read_bytes(), stat.S_IMODE(found.st_mode))
        _ = target.text
    except UnicodeDecodeError:
        raise _refused(f"{path} is not UTF-8 text", "Save it as UTF-8, then try again.") from None
    except OSError as error:
        raise _refused(f"{path} cannot be read: {error.strerror}", "Give yourself the right to read it.") from None
    if not windows and (target.mark or "\r" in target.text):
        what = "a byte order mark" if target.mark else "Windows line ends"
        raise _refused(f"{path} has {what}", "Say --windows to keep it as it is and add to it.")
    return target


def put(path: Path, content: bytes, mode: int | None) -> None:
    """Replace the file in one step; without a mode a new one gets your usual. Raises `ConfigurationError`."""
    partial: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(partial, _usual_mode() if mode is None else mode)
        os.replace(partial, path)
    except OSError as error:
        if partial is not None:
            with suppress(OSError):
                os.unlink(partial)
        raise _refused(f"{path} cannot be written: {error.strerror}", "Choose another file with --to.") from None


def check_outside_git(path: Path) -> None:
    """Refuse a place inside a git work tree: a key there is soon in its history."""
    real = path.parent.resolve()
    for folder in (real, *real.parents):
        if (folder / ".git").exists():
            raise _refused(
                f"{path} lies in the git work tree {folder}, and a key has no place there",
                "Leave out --key-in-file, or choose another file with --to.",
            )


def _usual_mode() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask


def _refused(cause: str, action: str) -> ConfigurationError:
    return ConfigurationError(cause, action=f"{NOTHING}: {action[0].lower()}{action[1:]}")
