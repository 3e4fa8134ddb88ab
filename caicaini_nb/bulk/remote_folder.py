"""A job's folder at an address that fsspec knows: object stores, other machines. The lines come in small files.

Whole files are all that such stores promise, so each batch of lines is one. The claim is a file with a time in it that
its holder renews; one that has not been renewed for a while belongs to a process that is gone.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ..errors import ConfigurationError
from .folder import LINES, Writer, lines_name

__all__ = ["RemoteFolder"]

RENEWED = 20.0  # seconds between two renewals of a claim
GONE = 90.0  # seconds after which it is nobody's


class RemoteFolder:
    """A folder at an address such as `s3://bucket/jobs/tickets` or `memory://jobs/tickets`."""

    def __init__(self, address: str) -> None:
        if find_spec("fsspec") is None:
            raise ConfigurationError(
                f"The folder {address} needs fsspec", action="Run: pip install 'caicaini-nb[dask]'"
            )
        fsspec: Any = import_module("fsspec")
        self.address = address.rstrip("/")
        self._files, self._path = fsspec.core.url_to_fs(self.address)
        self._files.makedirs(self._path, exist_ok=True)

    def read(self, name: str) -> bytes | None:
        try:
            content: bytes = self._files.cat_file(f"{self._path}/{name}")
            return content
        except FileNotFoundError:
            return None

    def put(self, name: str, content: bytes) -> None:
        self._files.pipe_file(f"{self._path}/{name}", content)

    def lines(self, name: str = "") -> Iterator[bytes]:
        for path in self._paths(f"{LINES}*-{name}-*" if name else f"{LINES}*"):
            yield from self._files.cat_file(path).splitlines(keepends=True)

    def tail(self, seen: dict[str, int]) -> Iterator[bytes]:
        for path in self._paths(f"{LINES}*"):
            if path not in seen:  # a file is written whole, and never again
                content = self._files.cat_file(path)
                seen[path] = len(content)
                yield from content.splitlines(keepends=True)

    def _paths(self, pattern: str) -> list[str]:
        self._files.invalidate_cache()
        return sorted(self._files.glob(f"{self._path}/{pattern}"))

    def writer(self, name: str = "") -> Writer:
        return _Batches(self, lines_name(name))

    @contextlib.contextmanager
    def claim(self) -> Iterator[None]:
        token = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(8)}"
        self._take(token)
        over = threading.Event()
        keeper = threading.Thread(target=self._renew, args=(token, over), daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()
            self._files.rm_file(f"{self._path}/lock")

    def _take(self, token: str) -> None:
        for _ in range(2):  # two that come at once both write; the second look tells who was last
            holder, _, moment = (self.read("lock") or b"").decode("utf-8", "replace").rpartition(" ")
            if holder and holder != token and time.time() - float(moment or 0) < GONE:
                raise ConfigurationError(
                    f"The job in {self.address} is being worked on already, by {holder.rpartition(':')[0]}",
                    action=f"Wait for it, or stop it there first; a process that died is forgotten after {GONE:.0f} s.",
                )
            if not holder:
                self._say(token)
        self._say(token)

    def _say(self, token: str) -> None:
        self.put("lock", f"{token} {time.time():.0f}".encode())

    def _renew(self, token: str, over: threading.Event) -> None:
        while not over.wait(RENEWED):
            self._say(token)


class _Batches:
    """Lines that wait for a durable write go out with it, as one file."""

    def __init__(self, folder: RemoteFolder, name: str) -> None:
        self._folder = folder
        self._stem = name.removesuffix(".jsonl")
        self._number = 0
        self._waiting: list[bytes] = []

    def write(self, lines: bytes, *, durable: bool) -> None:
        self._waiting.append(lines)
        if durable:
            waiting, self._waiting = self._waiting, []  # another thread may add meanwhile
            self._number += 1
            self._folder.put(f"{self._stem}-{self._number:06d}.jsonl", b"".join(waiting))

    def close(self) -> None:
        if self._waiting:
            self.write(b"", durable=True)
