"""A service on 127.0.0.1 whose bytes a test writes itself: statuses, headers, pieces, pauses, resets, early ends.

It knows no HTTP beyond finding where a request ends, so that nothing it sends is put right on the way.
"""

from __future__ import annotations

import json
import random
import socket
import string
import struct
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import Any, TypeAlias

from caicaini_nb import Client, connect

__all__ = ["KEY", "SECRET", "Answer", "End", "FakeService", "Received", "answer", "dial", "error", "frames", "stream"]

SECRET = "".join(random.Random(7).choices(string.ascii_letters + string.digits, k=32))
KEY = f"cai_api_{SECRET}"
"""A key of the documented shape; made, so that no scanner takes it for one that somebody lost."""


class End(Enum):
    """How an answer ends where the connection does not stay open for the next request."""

    CLOSE = "close"
    RESET = "reset"
    HOLD = "hold"


Answer: TypeAlias = Sequence[bytes | float | End]
"""Bytes to send, seconds to wait, and optionally an `End`."""

REASONS = {200: "OK", 429: "Too Many Requests", 529: "Overloaded"}


@dataclass(frozen=True)
class Received:
    """One request as it came. Header names in lower case."""

    line: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        return self.line.split()[1]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def answer(body: bytes | object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """A whole response with a Content-Length; a body that is not bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = {"Content-Type": "application/json"}
    lines = {**kind, **(headers or {}), "Content-Length": str(len(content))}
    return (_head(status, lines) + content,)


def error(
    status: int, type: str = "api_error", message: str = "no", headers: Mapping[str, str] | None = None
) -> Answer:
    """A documented error answer."""
    return answer({"type": "error", "error": {"type": type, "message": message}}, status, headers)


def stream(*pieces: bytes | float, end: End = End.CLOSE, headers: Mapping[str, str] | None = None) -> Answer:
    """An event stream without framing: its end is the connection's, so a test can put it anywhere."""
    lines = {"Content-Type": "text/event-stream", "Connection": "close", **(headers or {})}
    return (_head(200, lines), *pieces, end)


def frames(*pieces: bytes, last: bool = True) -> Answer:
    """An event stream in chunks, one for each piece; the connection stays open."""
    lines = {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}
    body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return (_head(200, lines) + body + (b"0\r\n\r\n" if last else b""),)


def dial(service: FakeService, provider: str = "caicaini", **options: Any) -> Client:
    """A client of the service, with the made key."""
    return connect(provider, base=service.base, key=KEY, **options)


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class FakeService:
    """Plays `answers` one for each request, the last one again and again; keeps what it received."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.received: list[Received] = []
        self.connections = 0
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._listener.settimeout(0.05)
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def base(self) -> str:
        return f"{self.origin}/v1"

    def play(self, *answers: Answer) -> None:
        """Begin anew with these answers, and forget what was received."""
        with self._lock:
            self.answers, self.received = list(answers), []

    def close(self) -> None:
        self._stopped.set()
        self._threads[0].join(5)
        self._listener.close()

    def __enter__(self) -> FakeService:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while (received := _read(connection)) is not None:
                    with self._lock:
                        self.received.append(received)
                        chosen = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
                    if not self._play(connection, chosen):
                        return
            except OSError:
                return  # the client left

    def _play(self, connection: socket.socket, steps: Answer) -> bool:
        for step in steps:
            if isinstance(step, bytes):
                connection.sendall(step)
            elif isinstance(step, End):
                self._end(connection, step)
                return False
            elif self._stopped.wait(step):
                return False
        return True

    def _end(self, connection: socket.socket, how: End) -> None:
        if how is End.RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif how is End.HOLD:
            connection.settimeout(0.05)
            while not self._stopped.is_set():
                try:
                    if not connection.recv(65536):
                        return
                except TimeoutError:
                    continue


def _read(connection: socket.socket) -> Received | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    line, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (item.partition(":") for item in rest)}
    missing = int(headers.get("content-length", "0")) - len(body)
    while missing > 0:
        piece = connection.recv(65536)
        if not piece:
            return None
        body += piece
        missing -= len(piece)
    return Received(line, headers, body)
