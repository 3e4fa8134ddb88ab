"""caicaini-nb: learn, measure and integrate the Caicaini and cailag APIs from a notebook.

Start with `connect()`, or `%load_ext caicaini_nb` and `%%caicaini`. Names load when they are first used, so that the
extension costs a kernel nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from .async_client import AsyncClient
    from .client import Client
    from .comparison.compare import compare
    from .connection import connect
    from .errors import (
        ApiError,
        AuthenticationError,
        BudgetExceededError,
        CaicainiError,
        ConfigurationError,
        ConnectionFailedError,
        InsufficientQuotaError,
        Interrupted,
        InvalidRequestError,
        NotFoundError,
        NotOfferedError,
        OverloadedError,
        PermissionDeniedError,
        RateLimitError,
        RequestTooLargeError,
        SchemaMismatchError,
        ToolRoundsError,
        TruncatedStreamError,
    )
    from .ledger import Ledger
    from .observing.observe import observe
    from .recipes.picker import RecipePicker
    from .reply import Reply
    from .spending.budget import Budget
    from .tools.function import tool
    from .tools.tool import Tool, ToolRun
    from .usage import Usage

__all__ = [
    "ApiError",
    "AsyncClient",
    "AuthenticationError",
    "Budget",
    "BudgetExceededError",
    "CaicainiError",
    "Client",
    "ConfigurationError",
    "ConnectionFailedError",
    "InsufficientQuotaError",
    "Interrupted",
    "InvalidRequestError",
    "Ledger",
    "NotFoundError",
    "NotOfferedError",
    "OverloadedError",
    "PermissionDeniedError",
    "RateLimitError",
    "RecipePicker",
    "Reply",
    "RequestTooLargeError",
    "SchemaMismatchError",
    "Tool",
    "ToolRoundsError",
    "ToolRun",
    "TruncatedStreamError",
    "Usage",
    "__version__",
    "compare",
    "connect",
    "observe",
    "tool",
]

# Where each lives; the others are errors. No module of the package itself may bear one of these names.
_HOME = {
    "AsyncClient": "async_client",
    "Budget": "spending.budget",
    "Client": "client",
    "Ledger": "ledger",
    "RecipePicker": "recipes.picker",
    "Reply": "reply",
    "Tool": "tools.tool",
    "ToolRun": "tools.tool",
    "Usage": "usage",
    "compare": "comparison.compare",
    "connect": "connection",
    "observe": "observing.observe",
    "tool": "tools.function",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"caicaini_nb has no {name!r}")
    value = getattr(import_module(f".{_HOME.get(name, 'errors')}", __name__), name)
    globals()[name] = value  # the next look-up does not come here
    return value


def __dir__() -> list[str]:
    return __all__


def load_ipython_extension(shell: InteractiveShell) -> None:
    """`%load_ext caicaini_nb`: adds `%%caicaini` and `%caicaini`."""
    from .magic import register

    register(shell)
