"""One HTTP exchange awaited: what every library gives. Redirects are never followed, and no error carries frames in
which a key stands.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Protocol

from ..config import Config
from ..inflate import inflated
from ..transport import Timeouts

__all__ = ["CONNECTIONS", "AsyncTransport", "Response", "closed_with_loop", "plain_bytes"]

CONNECTIONS = 1000  # at once: what is asked for together is bounded by who asks


class Response(Protocol):
    """An answer whose headers are here. `body` is what `read` has fetched; header names are in lower case."""

    status_code: int
    headers: Mapping[str, str]
    body: bytes

    async def read(self, largest: int) -> bytes:
        """The rest of the body, not much more than `largest` bytes of it."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes."""
        ...

    def close(self) -> None:
        """Let go of it; a connection whose answer was not read to its end is closed."""
        ...


class AsyncTransport(Protocol):
    """Connections to one base."""

    config: Config
    timeouts: Timeouts
    is_closed: bool

    async def open(self, method: str, path: str, body: bytes | None, *, stream: bool) -> Response:
        """Send, and return once the headers are here. Raises `ConnectionFailedError` or `DeadlineError`."""
        ...

    def chunks(self, response: Response) -> Iterator[bytes]:
        """The body of a response that has been read."""
        ...

    def renew(self, config: Config | None = None) -> None:
        """Begin anew, at another base if one is given."""
        ...

    async def close(self) -> None: ...


def plain_bytes(body: bytes, headers: Mapping[str, str]) -> bytes:
    """The body without the compression that nobody asked for."""
    encoding = headers.get("content-encoding")
    return body if encoding is None else b"".join(inflated([body], encoding))


async def closed_with_loop(close: Callable[[], Awaitable[object]]) -> AsyncGenerator[None]:
    """Begun on a loop, it has `close` awaited before that loop ends: `asyncio.run` ends every generator first."""
    try:
        yield
    finally:
        await close()
