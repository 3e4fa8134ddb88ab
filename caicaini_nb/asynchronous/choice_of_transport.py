"""Which HTTP library makes the calls of an event loop, by figures.

Of 2,000 calls that wait 50 ms each, 100 at once, aiohttp takes 0.8 s of processor time, httpx over aiohttp 1.2 s, and
httpx's own pool 20 s with all connections kept alive: its work grows with the square of their number. So aiohttp is
taken where it is installed.
"""

from __future__ import annotations

from importlib.util import find_spec

from ..config import Config
from ..transport import Timeouts
from .transport import AsyncTransport

__all__ = ["choose_transport"]


def choose_transport(config: Config, timeouts: Timeouts) -> AsyncTransport:
    """The fastest that is installed."""
    if find_spec("aiohttp") is not None:
        from .by_aiohttp import AiohttpTransport  # an extra: it is not always here

        return AiohttpTransport(config, timeouts)
    from .by_httpx import HttpxTransport

    return HttpxTransport(config, timeouts)
