"""Whose calls a view shows when nobody says: those of `connect()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..client import Client

__all__ = ["default_client"]


def default_client(client: Client | None) -> Client:
    """The one given, else a new one of `connect()`. Raises `ConfigurationError`."""
    if client is not None:
        return client
    from ..connection import connect

    return connect()
