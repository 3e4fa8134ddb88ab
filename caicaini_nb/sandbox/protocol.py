"""uvicorn's h11 protocol, remembering its transports so that a fault can reset one connection.

A reset is sent as a TCP RST (linger 0): the client sees the connection break, not end.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["SandboxProtocol", "reset_connection"]

_CONNECTIONS = "sandbox.connections"


class SandboxProtocol(H11Protocol):
    """Keeps the open transports in the application state, by the client's address."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the transport."""
        super().connection_made(transport)
        self._peer = transport.get_extra_info("peername")
        self.app_state.setdefault(_CONNECTIONS, {})[self._peer] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the transport."""
        self.app_state.get(_CONNECTIONS, {}).pop(self._peer, None)
        super().connection_lost(exc)


def reset_connection(scope: Scope) -> None:
    """Reset the connection a request came on."""
    connections: dict[Any, asyncio.Transport] = scope["state"][_CONNECTIONS]
    transport = connections.get(tuple(scope["client"]))
    if transport is None:
        return
    connection: socket.socket = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
