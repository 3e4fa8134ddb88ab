"""A SQLite file of ours: how it is opened, told from somebody else's, and kept from other eyes.

WAL mode, so that many kernels write at once; on a network mount, where WAL loses data, the rollback journal. The file
is readable by its owner only. A file of an older version is brought up to date in one transaction. It refuses a file of
another program, or of a newer version, and leaves it as it was.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

__all__ = ["DatabaseError", "Kind", "open_database"]

NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "fuse.sshfs"}

MAKING = threading.Lock()  # nobody here opens a new file before its maker has closed it
PATIENCE = 10.0  # seconds for a lock that another kernel holds
CHECKPOINT = 4000  # pages of WAL, 16 MB, before they are put in place: that waits for the disk


class DatabaseError(Exception):
    """Why the file cannot hold what it should, in words."""


class Kind(NamedTuple):
    """What a file holds: the number in its header that says it is ours, the version of its tables, and the tables.

    `upgrades` are the statements from version 1 to 2, from 2 to 3, and so on.
    """

    name: str
    application: int
    version: int
    statements: tuple[str, ...]
    upgrades: Sequence[Sequence[str]] = ()


def open_database(path: Path, kind: Kind) -> sqlite3.Connection:
    """A connection in autocommit mode to a file of this kind, made if there is none, brought up to date if it is old.

    Raises `DatabaseError`, `sqlite3.Error` or `OSError`; the file is left as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _make_file(path)
    connection = sqlite3.connect(path, isolation_level=None, timeout=PATIENCE, check_same_thread=False)
    try:
        version = _version(connection, kind)  # first: the journal mode is written into the file, whoever's it is
        _set_journal(connection, "DELETE" if _on_network(path) else "WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT}")
        if version < kind.version:
            _bring_up_to_date(connection, kind)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_file(path: Path) -> None:
    """Make an empty file that only its owner can read, if there is none.

    One that is there is not opened: closing it again would drop the locks that this process's other connections hold on
    it (POSIX locks belong to the process), another process would take itself for the last one, remove the write-ahead
    log, and rows would be lost. https://www.sqlite.org/howtocorrupt.html, section 2.2.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    with MAKING, suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _version(connection: sqlite3.Connection, kind: Kind) -> int:
    """The version of the file's tables, 0 where there are none; `DatabaseError` where it is not ours or too new."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application == kind.application and version > kind.version:
        raise DatabaseError(
            f"it was written by a newer caicaini-nb ({kind.name} version {version}, this one reads {kind.version})"
        )
    if application == kind.application:
        return int(version)
    if (application, version) != (0, 0) or connection.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
        raise DatabaseError("it is a database of something else")
    return 0


def _set_journal(connection: sqlite3.Connection, mode: str) -> None:
    """Going over to another mode does not wait for a lock as other statements do, so the waiting is done here."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute(f"PRAGMA journal_mode={mode}")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
        time.sleep(0.01)


def _bring_up_to_date(connection: sqlite3.Connection, kind: Kind) -> None:
    """Make the tables, or take an older file through each version; all of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")  # two kernels may start at once
    try:
        version = _version(connection, kind)
        steps = kind.upgrades[version - 1 :] if version else [kind.statements]
        for statement in (statement for step in steps for statement in step):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id={kind.application}")
        connection.execute(f"PRAGMA user_version={kind.version}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _on_network(path: Path) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/self/mounts").read_text().splitlines()]
    except OSError:
        return False
    folder = str(path.resolve().parent) + "/"
    inside = [(len(point), kind) for point, kind in mounts if folder.startswith(point.rstrip("/") + "/")]
    return max(inside, default=(0, ""))[1] in NETWORK_FILE_SYSTEMS
