"""Exchanges by httpx's own pool: slower by far with many at once, and always here."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping

import httpx

from ..config import Config, proxy_for
from ..errors import CaicainiError
from ..transport import Timeouts, failure_of, request_headers
from .transport import Response, closed_with_loop, plain_bytes

__all__ = ["HttpxTransport"]

LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20)  # more kept alive is slower, as measured
PATIENCE = 3600.0  # seconds for a free connection: others' calls are no reason to fail


class HttpxTransport:
    """Connections to one base by httpx."""

    def __init__(self, config: Config, timeouts: Timeouts) -> None:
        self.config = config
        self.timeouts = timeouts
        self.is_closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pool: httpx.AsyncHTTPTransport | None = None

    async def open(self, method: str, path: str, body: bytes | None, *, stream: bool) -> Response:
        failure: CaicainiError
        read, connect = (self.timeouts.stream if stream else self.timeouts.plain), self.timeouts.connect
        try:
            request = httpx.Request(
                method,
                self.config.base + path,
                headers=request_headers(self.config, stream=stream, has_body=body is not None),
                content=body,
                extensions={"timeout": {"connect": connect, "read": read, "write": read, "pool": PATIENCE}},
            )
            return _HttpxResponse(await (await self._here()).handle_async_request(request), self)
        except httpx.HTTPError as error:
            failure = self.failure(error)
        raise failure

    def chunks(self, response: Response) -> Iterator[bytes]:
        return iter((response.body,))

    def renew(self, config: Config | None = None) -> None:
        self.config = config or self.config
        self._pool = None

    async def close(self) -> None:
        self.is_closed = True
        if self._pool is not None and self._loop is asyncio.get_running_loop():
            await self._pool.aclose()

    def failure(self, error: httpx.HTTPError) -> CaicainiError:
        return failure_of(httpx, error, self.config.base, self.timeouts)

    async def _here(self) -> httpx.AsyncHTTPTransport:
        """The pool of the running loop: connections do not outlive theirs."""
        loop = asyncio.get_running_loop()
        if self._pool is None or self._loop is not loop:
            self._loop = loop
            plain = self.config.base.startswith("http:")
            verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True
            pool = self._pool = httpx.AsyncHTTPTransport(
                verify=verify, limits=LIMITS, proxy=None if plain else proxy_for(self.config.base)
            )
            self._keeper = closed_with_loop(pool.aclose)
            await anext(self._keeper)
            return pool
        return self._pool


class _HttpxResponse:
    """An answer by httpx."""

    def __init__(self, found: httpx.Response, transport: HttpxTransport) -> None:
        self.status_code = found.status_code
        self.headers: Mapping[str, str] = dict(found.headers.items())
        self.body = b""
        self._found = found
        self._transport = transport
        self._letting_go: asyncio.Task[None] | None = None

    async def read(self, largest: int) -> bytes:
        pieces, size = [], 0
        async for piece in self.chunks():
            pieces.append(piece)
            size += len(piece)
            if size > largest:
                break
        self.body = b"".join(pieces)
        return self.body

    async def chunks(self) -> AsyncIterator[bytes]:
        failure: CaicainiError
        stream = self._found.stream
        assert isinstance(stream, httpx.AsyncByteStream)
        try:
            if "content-encoding" in self.headers:
                yield plain_bytes(b"".join([piece async for piece in stream]), self.headers)
            else:
                async for piece in stream:
                    yield piece
            await self._found.aclose()
            return
        except httpx.HTTPError as error:
            failure = self._transport.failure(error)
        raise failure

    def close(self) -> None:
        if not self._found.is_closed and self._letting_go is None:
            self._letting_go = asyncio.ensure_future(self._found.aclose())
