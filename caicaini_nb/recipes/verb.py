"""`%caicaini recipe TOOL [provider] [model]`: the recipe, with everything to choose and to copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..config import PROVIDERS
from ..errors import ConfigurationError

if TYPE_CHECKING:
    from .picker import RecipePicker

__all__ = ["recipe_verb"]


def recipe_verb(words: Sequence[str]) -> RecipePicker:
    """The picker, at a tool if one is named. Raises `ConfigurationError` for what it does not know."""
    from .picker import RecipePicker  # ipywidgets is loaded for who asks for a widget

    tool, rest = words[0] if words else None, list(words[1:])
    provider = rest.pop(0) if rest and rest[0] in PROVIDERS else None
    model = rest.pop(0) if rest else None
    if rest:
        raise ConfigurationError(
            f"%caicaini recipe takes a tool, a provider and a model, not {' '.join(words)!r}",
            action="Write %caicaini recipe continue cailag deepseek-chat, for example.",
        )
    return RecipePicker(tool, provider=provider, model=model)
