"""What a kernel's magics share: one ledger, a client for each provider, keys typed in, conversations by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .choice import choose_provider
from .client import Client
from .config import Config, resolve
from .connection import connect
from .conversation import Conversation
from .key import Key
from .ledger import Ledger

if TYPE_CHECKING:
    from .cache import ReplyCache
    from .spending.budget import Budget

__all__ = ["Session", "choose_provider"]


class Session:
    """The state behind `%%caicaini` in one kernel."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.conversations: dict[str, Conversation] = {}
        self.budgets: dict[str, Budget] = {}
        self.caches = False
        self._cache: ReplyCache | None = None
        self._keys: dict[str, Key] = {}
        self._clients: dict[str, tuple[Config | None, Client]] = {}

    def client(self, provider: str = "caicaini") -> Client:
        """The provider's client, with its budget; a new one when key or base in the environment have changed."""
        client = self._client(provider)
        client.budget, client.caches = self.budgets.get(provider), self.caches
        return client

    def _client(self, provider: str) -> Client:
        config = resolve(provider, None, self._keys.get(provider))
        known = self._clients.get(provider)
        if known is not None and known[0] == config:
            return known[1]
        client = connect(provider, key=self._keys.get(provider), ledger=self.ledger)
        self._clients[provider] = (config, client)
        if known is not None:
            known[1].close()
        return client

    def use_key(self, provider: str, key: Key) -> Client:
        """Keep a key in this kernel's memory only, once the service has accepted it."""
        with connect(provider, key=key, ledger=self.ledger) as client:
            if provider == "caicaini":
                client.account()
            else:
                client.models()
        self._keys[provider] = key
        return self.client(provider)

    @property
    def cache(self) -> ReplyCache:
        """The file of kept replies; opened at first use."""
        if self._cache is None:
            from .cache import ReplyCache  # only who asks for it needs it

            self._cache = ReplyCache()
        return self._cache

    def close(self) -> None:
        """Close every connection, the ledger and the cache."""
        for _, client in self._clients.values():
            client.close()
        self.ledger.close()
        if self._cache is not None:
            self._cache.close()

    def conversation(self, name: str) -> Conversation:
        return self.conversations.setdefault(name, Conversation(name))
