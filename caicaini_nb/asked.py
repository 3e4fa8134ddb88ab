"""What can be asked for beside the prompt: one list for `send`, `stream`, `run_tools`, conversations and previews."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

if TYPE_CHECKING:
    from .call import OnWait
    from .tools.function import ToolLike

__all__ = ["MAX_TOKENS", "Asked", "spelled_out"]

MAX_TOKENS = 1024


class Asked(TypedDict, total=False):
    """The keyword arguments of a call. What is left out or `None` is not sent: the service's own default holds."""

    model: str | None
    """A model id of this client's provider; by default `caicaini/auto` or `deepseek-chat`."""
    max_tokens: int
    """The most tokens the answer may have: 1024 by default."""
    system: str | None
    """How to answer."""
    temperature: float | None
    """0–1 on messages, 0–2 on chat."""
    top_p: float | None
    """0–1: choose among the likeliest words that make up this share."""
    stop_sequences: str | Sequence[str]
    """The answer ends before any of these, at most 4."""
    user_id: str | None
    """Your own id for whom the call is made."""
    images: Any
    """One picture or several, for the last user message: paths, bytes, https links, PIL images, figures, arrays."""
    tools: Sequence[ToolLike]
    """What the model may ask to be run: functions, `Tool`s, or dicts as either surface documents them."""
    tool_choice: str | None
    """*auto*, *any*, *none*, or one tool's name."""
    thinking: int | None
    """Tokens to think with before the answer, fewer than `max_tokens`; messages surface only."""
    schema: Any
    """What the answer must be: a dataclass, TypedDict, pydantic model or JSON Schema. The value is `reply.value`."""
    cache: bool | None
    """Take the reply from the cache when the same was asked before; `None` means as the client is set."""
    n: int | None
    """How many answers; chat surface only."""
    presence_penalty: float | None
    """−2 to 2; chat surface only."""
    frequency_penalty: float | None
    """−2 to 2; chat surface only."""
    surface: str | None
    """*messages* or *chat*; by default the provider's own."""
    extra: Mapping[str, Any] | None
    """Fields added to the body as they are."""
    on_wait: OnWait | None
    """Called about five times a second while a retry waits, with the `Wait` and the seconds left."""


F = TypeVar("F", bound=Callable[..., Any])


def spelled_out(function: F) -> F:
    """Give a function that takes `**asked` a signature that lists every option, for Shift-Tab and completion."""
    signature = inspect.signature(function)
    taken = signature.parameters
    own = [item for item in taken.values() if item.kind is not item.VAR_KEYWORD]
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=MAX_TOKENS if name == "max_tokens" else None)
        for name in Asked.__annotations__
        if name not in taken
    ]
    function.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
    return function
