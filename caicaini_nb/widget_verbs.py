"""`%caicaini meter` and `%caicaini dashboard`: a live view of this kernel's calls and of your ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .config import PROVIDERS
from .errors import ConfigurationError

if TYPE_CHECKING:
    from .client import Client
    from .widgets.dashboard import UsageDashboard
    from .widgets.meter import UsageMeter

__all__ = ["dashboard_verb", "meter_verb"]


def meter_verb(client_of: Callable[[str], Client], words: Sequence[str]) -> UsageMeter:
    """The meter of a provider, Caicaini's by default. Raises `ConfigurationError` for any other word."""
    from .widgets.meter import UsageMeter  # ipywidgets is loaded for who asks for a widget

    return UsageMeter(client_of(_provider("meter", words)))


def dashboard_verb(client_of: Callable[[str], Client], words: Sequence[str]) -> UsageDashboard:
    """The dashboard of the session's ledger, a provider's calls first. Raises `ConfigurationError`."""
    from .widgets.dashboard import UsageDashboard

    return UsageDashboard(client_of(_provider("dashboard", words)))


def _provider(verb: str, words: Sequence[str]) -> str:
    provider = words[0] if words else "caicaini"
    if provider not in PROVIDERS or len(words) > 1:
        raise ConfigurationError(
            f"%caicaini {verb} takes a provider, not {' '.join(words)!r}", action=f"Use {' or '.join(PROVIDERS)}."
        )
    return provider
