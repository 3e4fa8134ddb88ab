"""What a recipe is rendered for: provider, base and model, checked, and the names they have in a template.

It refuses what could not work (a documented model of the other provider, a base that is none) and what could end a
quoted string in somebody's configuration file. It holds no key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from ..config import PROVIDERS, check_base, is_loopback
from ..errors import ConfigurationError, ProviderConflictError
from ..models import catalogue, provider_of
from .recipe import Recipe

__all__ = ["Choice", "choose"]

SAFE = re.compile(r"[A-Za-z0-9._:/@+\[\]%~-]+")
TITLES = {"caicaini": "Caicaini", "cailag": "cailag"}
UNPUBLISHED_CONTEXT = 32_768  # cailag publishes none: small enough for every model on its list
OUTPUT_TOKENS = 4_096


class Choice(msgspec.Struct, frozen=True):
    """Provider, base (with its `/v1`) and model."""

    provider: str
    base: str
    model: str

    @property
    def host(self) -> str:
        """The base without its `/v1`, for tools that add it themselves."""
        return self.base.removesuffix("/v1")

    def names(self) -> Mapping[str, str]:
        """What `@{name}` stands for in a template."""
        service, known = PROVIDERS[self.provider], catalogue().get(self.model)
        return {
            "base": self.base,
            "base_variable": service.base_variable,
            "context": str((known and known.context) or UNPUBLISHED_CONTEXT),
            "host": self.host,
            "key_variable": service.key_variable,
            "model": self.model,
            "output_tokens": str((known and known.max_output_tokens) or OUTPUT_TOKENS),
            "provider": self.provider,
            "title": TITLES[self.provider],
        }


def choose(recipe: Recipe, provider: str | None = None, base: str | None = None, model: str | None = None) -> Choice:
    """What was asked for, completed by the provider's defaults. Raises `ConfigurationError`."""
    provider = provider or (model and provider_of(model)) or recipe.providers[0]
    if provider not in recipe.providers:
        raise ConfigurationError(
            f"The recipe for {recipe.tool} does not cover {provider!r}",
            action=f"Use {' or '.join(recipe.providers)}."
            + (" It needs the messages surface, which cailag does not have." if "chat" not in recipe.surfaces else ""),
        )
    service = PROVIDERS[provider]
    model = model or service.default_model
    if provider_of(model) not in (provider, None):
        raise ProviderConflictError(
            f"{model} is a model of {provider_of(model)}, not of {provider}", action="Name one that belongs together."
        )
    base = check_base(base or service.base)
    for name, value in (("base", base), ("model", model)):
        if not SAFE.fullmatch(value):
            raise ConfigurationError(f"{value!r} is no {name}", action="Write it without quotes, spaces or braces.")
    if not base.endswith("/v1") and (not is_loopback(base) and base.startswith(service.base.removesuffix("/v1"))):
        raise ConfigurationError(f"{base} lacks the /v1 at its end", action=f"Use {service.base}.")
    return Choice(provider, base, model)
