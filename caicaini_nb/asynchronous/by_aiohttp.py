"""Exchanges by aiohttp. One session for each event loop that uses it.

What aiohttp raises becomes one of our errors, outside the handler: a chained one would carry frames that hold the key.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import aiohttp

from ..config import Config, proxy_for
from ..errors import CaicainiError, ConnectionFailedError, DeadlineError
from ..transport import Timeouts, request_headers
from .transport import CONNECTIONS, Response, closed_with_loop, plain_bytes

__all__ = ["AiohttpTransport"]

PIECE = 64 * 1024


class AiohttpTransport:
    """Connections to one base by aiohttp."""

    def __init__(self, config: Config, timeouts: Timeouts) -> None:
        self.config = config
        self.timeouts = timeouts
        self.is_closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: aiohttp.ClientSession | None = None
        self._proxy = proxy_for(config.base)

    async def open(self, method: str, path: str, body: bytes | None, *, stream: bool) -> Response:
        failure: CaicainiError
        try:
            found = await (await self._here()).request(
                method,
                self.config.base + path,
                data=body,
                headers=request_headers(self.config, stream=stream, has_body=body is not None),
                allow_redirects=False,
                timeout=self._streamed if stream else self._plain,
                proxy=self._proxy,
            )
            return _AiohttpResponse(found, self)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failure = self.failure(error)
        raise failure

    def chunks(self, response: Response) -> Iterator[bytes]:
        return iter((response.body,))

    def renew(self, config: Config | None = None) -> None:
        """The connections of the loop that runs go on to their ends; new calls go to the new base."""
        self.config = config or self.config
        self._proxy = proxy_for(self.config.base)

    async def close(self) -> None:
        self.is_closed = True
        if self._session is not None and self._loop is asyncio.get_running_loop():
            await self._session.close()

    def failure(self, error: Exception) -> CaicainiError:
        """Our error for one of aiohttp's, or of the loop's."""
        base = self.config.base
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return DeadlineError(f"No connection to {base} within {self.timeouts.connect:g} s")
        if isinstance(error, TimeoutError):
            return DeadlineError(f"{base} did not answer in time", may_be_charged=True)
        if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ClientProxyConnectionError)):
            return ConnectionFailedError(f"No connection to {base}: {error.strerror or type(error).__name__}")
        if isinstance(error, (aiohttp.InvalidURL, aiohttp.ClientHttpProxyError)):
            return ConnectionFailedError(f"No connection to {base}: {type(error).__name__}")
        reason = str(error) or type(error).__name__
        return ConnectionFailedError(f"The connection to {base} broke: {reason}", may_be_charged=True)

    async def _here(self) -> aiohttp.ClientSession:
        """The session of the running loop: connections do not outlive theirs."""
        loop = asyncio.get_running_loop()
        if self._session is None or self._loop is not loop or self._session.closed:
            self._loop = loop
            session = self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS, ssl=_certificates(self.config.base)),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
            times = self.timeouts
            self._plain = aiohttp.ClientTimeout(total=times.plain, sock_connect=times.connect)
            self._streamed = aiohttp.ClientTimeout(total=None, sock_connect=times.connect, sock_read=times.stream)
            self._keeper = closed_with_loop(session.close)
            await anext(self._keeper)
            return session
        return self._session


class _AiohttpResponse:
    """An answer by aiohttp."""

    def __init__(self, found: aiohttp.ClientResponse, transport: AiohttpTransport) -> None:
        self.status_code = found.status
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in found.headers.items()}
        self.body = b""
        self._found = found
        self._transport = transport

    async def read(self, largest: int) -> bytes:
        length = self._found.content_length
        if length is None or length > largest:
            return await self._bounded(largest)
        failure: CaicainiError
        try:
            self.body = plain_bytes(await self._found.read(), self.headers)
            return self.body
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failure = self._transport.failure(error)
        raise failure

    async def _bounded(self, largest: int) -> bytes:
        """A body of unknown or too great a length, until it is more than was bargained for."""
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
        try:
            if "content-encoding" in self.headers:  # nobody asked for it, so it need not come piece by piece
                yield plain_bytes(await self._found.read(), self.headers)
                return
            async for piece in self._found.content.iter_any():
                yield piece
            return
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failure = self._transport.failure(error)
        raise failure

    def close(self) -> None:
        self._found.close() if not self._found.content.at_eof() else self._found.release()


def _certificates(base: str) -> Any:
    """The same certificates as the plain client's; none are loaded where there is no TLS."""
    if base.startswith("http:"):
        return False
    import certifi

    return ssl.create_default_context(cafile=certifi.where())
