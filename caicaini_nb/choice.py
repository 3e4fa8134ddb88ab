"""Whose client a model needs, before anything is sent. It refuses a model that nobody documents, with near names."""

from __future__ import annotations

from .config import PROVIDERS
from .errors import ConfigurationError, ProviderConflictError
from .models import CAICAINI, near, provider_of

__all__ = ["choose_provider"]


def choose_provider(model: str | None, provider: str | None) -> str:
    """The provider of this model. Raises `ConfigurationError` for a model nobody documents, with near ones.

    A model that is on no list goes to a `provider` other than Caicaini, and the service judges it.
    """
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
