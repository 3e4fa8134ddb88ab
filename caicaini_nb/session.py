"""What a kernel's magics share: one ledger, a client for each provider, keys typed in, conversations by name."""

from __future__ import annotations

from .client import Client
from .config import PROVIDERS, Config, resolve
from .connection import connect
from .conversation import Conversation
from .errors import ConfigurationError, ProviderConflictError
from .key import Key
from .ledger import Ledger
from .models import CAICAINI, near, provider_of

__all__ = ["Session", "choose_provider"]


class Session:
    """The state behind `%%caicaini` in one kernel."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.conversations: dict[str, Conversation] = {}
        self._keys: dict[str, Key] = {}
        self._clients: dict[str, tuple[Config | None, Client]] = {}

    def client(self, provider: str = "caicaini") -> Client:
        """The provider's client; a new one when the key or the base in the environment has changed."""
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

    def close(self) -> None:
        """Close every connection and the ledger."""
        for _, client in self._clients.values():
            client.close()
        self.ledger.close()

    def conversation(self, name: str) -> Conversation:
        return self.conversations.setdefault(name, Conversation(name))


def choose_provider(model: str | None, provider: str | None) -> str:
    """Whose client a cell needs. Raises `ConfigurationError` for a model nobody documents, with near ones."""
    if model is None:
        return provider or "caicaini"
    owner = provider_of(model)
    if owner == "caicaini" and model not in CAICAINI:
        owner = None
    if owner is None and provider in (None, "caicaini"):
        names = near(model, provider)
        hint = f"Did you mean {' or '.join(names)}?" if names else "%caicaini models lists them."
        raise ConfigurationError(f"There is no model {model!r}", action=hint)
    if provider is not None and owner not in (None, provider):
        raise ProviderConflictError(
            f"{model} is a model of {owner}, not of {provider}",
            action=f"Leave --provider out, or use a model such as {PROVIDERS[provider].default_model}.",
        )
    return provider or owner or "caicaini"
