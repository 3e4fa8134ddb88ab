"""One HTTP exchange, by the connections that httpx stands on; the only place where a key becomes a header.

httpx itself is loaded where there is TLS, to find certificates and the proxy: without, a first call is a fifth sooner,
and each costs less. Redirects are never followed. Every failure becomes one of our errors, raised outside the handler:
a chained exception would carry frames that hold the key into a verbose traceback.
"""

from __future__ import annotations

import os
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any
from urllib.parse import quote, urlsplit

import httpcore
import msgspec

from ._version import __version__
from .config import Config, proxy_for
from .errors import CaicainiError, ConfigurationError, ConnectionFailedError, DeadlineError, Interrupted
from .inflate import inflated
from .interrupts import held

__all__ = ["Response", "Timeouts", "Transport", "failure_of", "request_headers"]

LINGER = 1.0  # seconds for the end of a body whose last event is here
CONNECTIONS, KEPT, KEPT_FOR = 100, 20, 5.0  # at once, idle, seconds idle: as httpx has it
FAILURES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)
PORTS = {"http": 80, "https": 443}
QUOTED_ALREADY = "/?:@!$&'()*+,;=~%[]"  # what may stand in a path or query as it is


class Timeouts(msgspec.Struct, frozen=True):
    """Seconds: to connect, for a whole plain call, and between two events of a stream."""

    connect: float = 10.0
    plain: float = 120.0
    stream: float = 300.0


class Response:
    """An answer whose headers are here. Their names are in lower case; one that comes twice is joined by commas."""

    def __init__(self, found: httpcore.Response) -> None:
        self.status_code = found.status
        self.headers: dict[str, str] = {}
        for raw_name, raw_value in found.headers:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value
        self.extensions = found.extensions
        stream: Any = found.stream
        self.stream: Iterable[bytes] = stream
        self.close: Callable[[], None] = stream.close
        """Let go of it; a connection whose answer was not read to its end is closed."""


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
        self._inherited: list[httpcore.ConnectionPool] = []
        self._urls: dict[str, httpcore.URL] = {}

    def renew(self, config: Config | None = None) -> None:
        """Drop every connection and begin anew, at another base if one is given."""
        _abandon(self._pool)
        self.config = config or self.config
        self._pool = _pool(self.config.base)
        self._urls.clear()

    def open(self, method: str, path: str, body: bytes | None, *, stream: bool) -> Response:
        """Send, and return once the headers are here; the caller reads and closes.

        Raises `ConnectionFailedError` or `DeadlineError`; `may_be_charged` says whether the request may have arrived.
        """
        if self._owner != os.getpid():
            self._leave_to_parent()
        failure: CaicainiError | Interrupted
        try:
            return Response(self._pool.handle_request(self._request(method, path, body, stream)))
        except FAILURES as error:
            failure = self._failure(error)
        raise failure

    def chunks(self, response: Response) -> Iterator[bytes]:
        """The body as it comes, in pieces of bounded size also where it is compressed."""
        failure: CaicainiError | Interrupted
        encoding = response.headers.get("content-encoding")
        try:
            yield from response.stream if encoding is None else inflated(response.stream, encoding)
            if self.is_aborted:  # a body whose end is the connection's looks whole when it was cut
                raise Interrupted()
            response.close()
            return
        except FAILURES as error:
            failure = self._failure(error)
        raise failure

    def drain(self, response: Response, chunks: Iterator[bytes]) -> None:
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

    def _request(self, method: str, path: str, body: bytes | None, stream: bool) -> httpcore.Request:
        url = self._urls.get(path)
        if url is None:
            url = self._urls[path] = _url(self.config.base + path)
        read = self.timeouts.stream if stream else self.timeouts.plain
        connect = self.timeouts.connect
        extensions: dict[str, Any] = {"timeout": {"connect": connect, "read": read, "write": read, "pool": connect}}
        if self._abortable:
            extensions["trace"] = self._traced
        said = request_headers(self.config, stream=stream, has_body=body is not None)
        headers = [(b"Host", _host(url)), *((name.encode(), value.encode()) for name, value in said)]
        if body is not None:
            headers.append((b"Content-Length", b"%d" % len(body)))
        return httpcore.Request(method, url, headers=headers, content=body, extensions=extensions)

    def _traced(self, event: str, info: Mapping[str, Any]) -> None:
        """Told by the pool what it does: connections are noted, and nothing is sent on one made after an abort."""
        if self.is_aborted and event.endswith("send_request_headers.started"):
            raise Interrupted()
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._connections.append(info["return_value"].get_extra_info("socket"))

    def _failure(self, error: Exception) -> CaicainiError | Interrupted:
        return Interrupted() if self.is_aborted else failure_of(httpcore, error, self.config.base, self.timeouts)


def request_headers(config: Config, *, stream: bool, has_body: bool) -> list[tuple[str, str]]:
    """What every request says of itself; the key stands in it."""
    return [
        ("Authorization", f"Bearer {config.key.reveal()}"),
        ("Accept", "text/event-stream" if stream else "application/json"),
        ("Accept-Encoding", "identity"),
        ("User-Agent", f"caicaini-nb/{__version__}"),
        *([("Content-Type", "application/json")] if has_body else []),
    ]


def failure_of(library: Any, error: Exception, base: str, timeouts: Timeouts) -> CaicainiError:
    """Our error for one of `httpcore`'s or `httpx`'s: what happened, and whether the request may have arrived."""
    if isinstance(error, (library.ConnectTimeout, library.PoolTimeout)):
        return DeadlineError(f"No connection to {base} within {timeouts.connect:g} s")
    if isinstance(error, library.TimeoutException):
        return DeadlineError(f"{base} did not answer in time", may_be_charged=True)
    if isinstance(error, library.ConnectError):
        return ConnectionFailedError(f"No connection to {base}: {error}")
    if isinstance(error, library.LocalProtocolError):
        return ConnectionFailedError(f"The request to {base} could not be written")  # its text quotes headers
    reason = str(error) or type(error).__name__
    return ConnectionFailedError(f"The connection to {base} broke: {reason}", may_be_charged=True)


def _abandon(pool: httpcore.ConnectionPool) -> None:
    """Close its connections, but not through its lock: an interrupt may have struck where that stays taken for good."""
    for connection in pool.connections:
        connection.close()


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _url(address: str) -> httpcore.URL:
    """An address in the bytes that are sent: its host in ASCII, its path quoted. Raises `ConfigurationError`."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if not host.isascii():
        import idna  # of httpx's own

        try:
            host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError:
            raise ConfigurationError(f"No host can be called {host}", action="Check the base.") from None
    port = None if parts.port == PORTS.get(parts.scheme) else parts.port
    target = quote(f"{parts.path}?{parts.query}" if parts.query else parts.path, safe=QUOTED_ALREADY)
    return httpcore.URL(scheme=parts.scheme, host=host, port=port, target=target)


def _host(url: httpcore.URL) -> bytes:
    name = b"[%b]" % url.host if b":" in url.host else url.host
    return name if url.port is None else b"%b:%d" % (name, url.port)


def _httpx() -> Any:
    """It looks for its command line and so imports click, which uvicorn brings: a third of its time, for nothing."""
    if "httpx" in sys.modules:
        return sys.modules["httpx"]
    sys.modules["httpx._main"] = None  # type: ignore[assignment]
    try:
        return import_module("httpx")
    finally:
        del sys.modules["httpx._main"]


def _pool(base: str) -> httpcore.ConnectionPool:
    """Connections alone. An `httpx.Client` around them would keep cookies, and costs a fifth of a call's time."""
    pool: Any
    if base.startswith("http:"):
        # No TLS on the way, so no certificates to load: that would be a third of a first call's time.
        pool = httpcore.ConnectionPool(
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            max_connections=CONNECTIONS,
            max_keepalive_connections=KEPT,
            keepalive_expiry=KEPT_FOR,
        )
    else:
        httpx = _httpx()  # it knows of certificates, and speaks to proxies of all kinds
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=KEPT, keepalive_expiry=KEPT_FOR)
        pool = httpx.HTTPTransport(limits=limits, proxy=proxy_for(base))._pool
    # An interrupt within the taking of the pool's lock leaves it taken, and what the pool then does to clean up waits
    # for it for ever. This one its own thread can take again; the pool is dropped after an interrupt anyway.
    lock = getattr(pool, "_optional_thread_lock", None)
    if lock is not None:
        lock._lock = threading.RLock()
    found: httpcore.ConnectionPool = pool
    return found
