"""One HTTP exchange. The only importer of httpx, and the only place where a key becomes a header.

Redirects are never followed. Every failure of the HTTP client becomes one of our errors, raised outside the handler:
a chained httpx exception would carry frames that hold the key into a verbose traceback.
"""

from __future__ import annotations

import os
import socket
import ssl
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec

if "httpx" not in sys.modules:
    # httpx looks for its command line and so imports click, which uvicorn brings: a third of its time, for nothing.
    sys.modules["httpx._main"] = None  # type: ignore[assignment]
    import httpx

    del sys.modules["httpx._main"]
import httpx

from ._version import __version__
from .config import Config, proxy_for
from .errors import CaicainiError, ConnectionFailedError, DeadlineError, Interrupted
from .inflate import inflated
from .interrupts import held

__all__ = ["Timeouts", "Transport", "failure_of", "request_headers"]

LINGER = 1.0  # seconds for the end of a body whose last event is here
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20)


class Timeouts(msgspec.Struct, frozen=True):
    """Seconds: to connect, for a whole plain call, and between two events of a stream."""

    connect: float = 10.0
    plain: float = 120.0
    stream: float = 300.0


class Transport:
    """Connections to one base: pooled, closed by `close()`; an `abortable` one can be ended amid an exchange."""

    def __init__(self, config: Config, timeouts: Timeouts, *, abortable: bool = False) -> None:
        self.config = config
        self.timeouts = timeouts
        self._pool = _pool(config.base)
        self.is_closed = False
        self.is_aborted = False
        self._abortable = abortable
        self._connections: list[socket.socket] = []
        self._owner = os.getpid()
        self._inherited: list[httpx.HTTPTransport] = []
        self._urls: dict[str, httpx.URL] = {}

    def renew(self, config: Config | None = None) -> None:
        """Drop every connection and begin anew, at another base if one is given."""
        _abandon(self._pool)
        self.config = config or self.config
        self._pool = _pool(self.config.base)
        self._urls.clear()

    def open(self, method: str, path: str, body: bytes | None, *, stream: bool) -> httpx.Response:
        """Send, and return once the headers are here; the caller reads and closes.

        Raises `ConnectionFailedError` or `DeadlineError`; `may_be_charged` says whether the request may have arrived.
        """
        if self._owner != os.getpid():
            self._leave_to_parent()
        failure: CaicainiError | Interrupted
        try:
            return self._pool.handle_request(self._request(method, path, body, stream))
        except httpx.HTTPError as error:
            failure = self._failure(error)
        raise failure

    def chunks(self, response: httpx.Response) -> Iterator[bytes]:
        """The body as it comes, in pieces of bounded size also where it is compressed."""
        failure: CaicainiError | Interrupted
        encoding = response.headers.get("content-encoding")
        pieces = response.stream  # what iter_raw() passes on, after counting each piece
        assert isinstance(pieces, httpx.SyncByteStream)
        try:
            yield from pieces if encoding is None else inflated(pieces, encoding)
            if self.is_aborted:  # a body whose end is the connection's looks whole when it was cut
                raise Interrupted()
            response.close()
            return
        except httpx.HTTPError as error:
            failure = self._failure(error)
        raise failure

    def drain(self, response: httpx.Response, chunks: Iterator[bytes]) -> None:
        """Read on to the end of a body, so that its connection can be used again; cut it off after a second.

        The last event was here: a service that now keeps the connection open must not keep the cell waiting.
        """
        connection = response.extensions["network_stream"].get_extra_info("socket")
        timer = threading.Timer(LINGER, _cut, (connection,))
        timer.daemon = True
        with held():  # an interrupt inside start() leaves a lock of the timer's half taken
            timer.start()
        try:
            with suppress(CaicainiError):
                for _ in chunks:
                    pass
        finally:
            timer.cancel()

    def abort(self) -> None:
        """End every exchange at once, from any thread: whoever waits in one gets `Interrupted`; no new one begins."""
        self.is_aborted = True
        for connection in tuple(self._connections):
            _cut(connection)

    def close(self) -> None:
        self.is_closed = True
        self._pool.close()

    def _leave_to_parent(self) -> None:
        """After a fork: its connections are the parent's. Closing them here would say goodbye in its name."""
        self._inherited.append(self._pool)
        self._owner = os.getpid()
        self._pool = _pool(self.config.base)

    def _request(self, method: str, path: str, body: bytes | None, stream: bool) -> httpx.Request:
        url = self._urls.get(path)
        if url is None:
            url = self._urls[path] = httpx.URL(self.config.base + path)
        read = self.timeouts.stream if stream else self.timeouts.plain
        connect = self.timeouts.connect
        traced = {"trace": self._traced} if self._abortable else {}
        return httpx.Request(
            method,
            url,
            headers=request_headers(self.config, stream=stream, has_body=body is not None),
            content=body,
            extensions={"timeout": {"connect": connect, "read": read, "write": read, "pool": connect}, **traced},
        )

    def _traced(self, event: str, info: Mapping[str, Any]) -> None:
        """Told by the pool what it does: connections are noted, and nothing is sent on one made after an abort."""
        if self.is_aborted and event.endswith("send_request_headers.started"):
            raise Interrupted()
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._connections.append(info["return_value"].get_extra_info("socket"))

    def _failure(self, error: httpx.HTTPError) -> CaicainiError | Interrupted:
        return Interrupted() if self.is_aborted else failure_of(error, self.config.base, self.timeouts)


def request_headers(config: Config, *, stream: bool, has_body: bool) -> list[tuple[str, str]]:
    """What every request says of itself; the key stands in it."""
    return [
        ("Authorization", f"Bearer {config.key.reveal()}"),
        ("Accept", "text/event-stream" if stream else "application/json"),
        ("Accept-Encoding", "identity"),
        ("User-Agent", f"caicaini-nb/{__version__}"),
        *([("Content-Type", "application/json")] if has_body else []),
    ]


def failure_of(error: httpx.HTTPError, base: str, timeouts: Timeouts) -> CaicainiError:
    """Our error for one of httpx's: what happened, and whether the request may have arrived."""
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return DeadlineError(f"No connection to {base} within {timeouts.connect:g} s")
    if isinstance(error, httpx.TimeoutException):
        return DeadlineError(f"{base} did not answer in time", may_be_charged=True)
    if isinstance(error, httpx.ConnectError):
        return ConnectionFailedError(f"No connection to {base}: {error}")
    if isinstance(error, httpx.LocalProtocolError):
        return ConnectionFailedError(f"The request to {base} could not be written")  # its text quotes headers
    reason = str(error) or type(error).__name__
    return ConnectionFailedError(f"The connection to {base} broke: {reason}", may_be_charged=True)


def _abandon(pool: httpx.HTTPTransport) -> None:
    """Close its connections, but not through its lock: an interrupt may have struck where that stays taken for good."""
    for connection in pool._pool.connections:
        connection.close()


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _pool(base: str) -> httpx.HTTPTransport:
    """Connections alone. An `httpx.Client` around them would keep cookies, and costs a fifth of a call's time."""
    if base.startswith("http:"):
        # No TLS on the way, so no certificates to load: that would be a third of a first call's time.
        pool = httpx.HTTPTransport(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), limits=LIMITS)
    else:
        pool = httpx.HTTPTransport(limits=LIMITS, proxy=proxy_for(base))
    # An interrupt within the taking of the pool's lock leaves it taken, and what the pool then does to clean up waits
    # for it for ever. This one its own thread can take again; the pool is dropped after an interrupt anyway.
    lock = getattr(pool._pool, "_optional_thread_lock", None)
    if lock is not None:
        lock._lock = threading.RLock()
    return pool
