"""A call before it is made: the request, the surface it goes over, the form its value must have. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from .asked import MAX_TOKENS, Asked
from .config import Provider
from .errors import ConfigurationError, NotOfferedError, ProviderConflictError
from .models import CAICAINI, provider_of
from .request import Prompt, Request, as_messages
from .surfaces.chat import ChatSurface
from .surfaces.messages import MessagesSurface
from .surfaces.surface import Surface

if TYPE_CHECKING:
    from .call import OnWait
    from .schemas.shape import Shape

__all__ = ["Plan", "make_plan"]

SURFACES: Mapping[str, Surface] = {"messages": MessagesSurface(), "chat": ChatSurface()}
NOT_IN_REQUEST = ("surface", "cache", "on_wait", "images", "schema", "tools")


class Plan(msgspec.Struct, frozen=True):
    """`shape` is what the value must be, `None` where text is asked for; `cache` `None` means as the client is set."""

    request: Request
    surface: Surface
    shape: Shape | None = None
    cache: bool | None = None
    on_wait: OnWait | None = None


def make_plan(provider: Provider, prompt: Prompt, asked: Asked) -> Plan:
    """Everything that can be wrong without asking the service is an error here. Raises `ConfigurationError`."""
    unknown = sorted(set(asked) - set(Asked.__annotations__))
    if unknown:
        raise TypeError(f"There is no option {unknown[0]!r}: use one of {', '.join(sorted(Asked.__annotations__))}")
    model = asked.get("model") or provider.default_model
    _check_provider(provider, model)
    surface = _surface(provider, asked.get("surface"))
    shape = _shape(asked.get("schema"))
    fields: dict[str, Any] = {
        name: value for name, value in asked.items() if name not in NOT_IN_REQUEST and value is not None
    }
    stops = fields.get("stop_sequences", ())
    fields |= {
        "model": model,
        "max_tokens": asked.get("max_tokens", MAX_TOKENS + _whole(asked.get("thinking"))),
        "messages": _messages(prompt, asked.get("images")),
        "stop_sequences": (stops,) if isinstance(stops, str) else tuple(stops),
        "tools": _tools(asked.get("tools") or ()),
        "schema": None if shape is None else shape.schema,
    }
    request = Request(**fields)
    _check_thinking(provider, request)
    _check_tool_choice(request)
    return Plan(request, surface, shape, asked.get("cache"), asked.get("on_wait"))


def _whole(thinking: object) -> int:
    """What thinking adds to the default of `max_tokens`, which counts both."""
    return thinking if isinstance(thinking, int) else 0


def _check_provider(provider: Provider, model: str) -> None:
    owner = provider_of(model)
    if owner not in (None, provider.name):
        raise ProviderConflictError(
            f"{model} is a model of {owner}, and this client calls {provider.name}",
            action=f"Use connect({owner!r}), or a model of {provider.name} such as {provider.default_model}.",
        )


def _surface(provider: Provider, name: str | None) -> Surface:
    chosen = name or provider.surfaces[0]
    if chosen not in SURFACES:
        raise ConfigurationError(f"There is no surface {chosen!r}", action="Use 'messages' or 'chat'.")
    if chosen not in provider.surfaces:
        raise NotOfferedError(f"{provider.name} has no {chosen} surface", action="Leave surface out, or use 'chat'.")
    return SURFACES[chosen]


def _messages(prompt: Prompt, images: Any) -> Any:
    messages = as_messages(prompt)
    if images is None or (isinstance(images, (list, tuple)) and not images):
        return messages
    from .pictures.images import attach  # only a call with pictures needs it

    return attach(messages, images)


def _tools(tools: Any) -> Any:
    if not tools:
        return ()
    from .tools.function import as_tools  # only a call with tools needs it

    return as_tools(tools)


def _shape(schema: Any) -> Shape | None:
    if schema is None:
        return None
    from .schemas.shape import as_shape  # only a call with a schema needs it

    return as_shape(schema)


def _check_thinking(provider: Provider, request: Request) -> None:
    budget = request.thinking
    if budget is None:
        return
    if "messages" not in provider.surfaces:
        raise NotOfferedError(f"{provider.name} has no thinking", action="Leave it out, or use a model of Caicaini.")
    if isinstance(budget, bool) or not isinstance(budget, int) or budget < 1:
        raise ConfigurationError(f"thinking is a positive number of tokens, not {budget!r}", action="Change thinking.")
    if budget >= request.max_tokens:
        raise ConfigurationError(
            f"thinking ({budget:,}) must leave room in max_tokens ({request.max_tokens:,}), which counts both",
            action=f"Set max_tokens to more than {budget:,}, or think less.",
        )
    known = CAICAINI.get(request.model)
    if known is not None and not known.thinking:
        thinkers = ", ".join(name for name, model in CAICAINI.items() if model.thinking)
        raise NotOfferedError(f"{request.model} does not think", action=f"Use one of {thinkers}.")


def _check_tool_choice(request: Request) -> None:
    choice = request.tool_choice
    if choice is None or choice in ("auto", "none"):
        return
    names = [tool.name for tool in request.tools]
    if not names:
        raise ConfigurationError(f"tool_choice is {choice!r}, but no tools are given", action="Pass tools=[…].")
    if choice != "any" and choice not in names:
        raise ConfigurationError(
            f"tool_choice names {choice!r}, which is not among the tools",
            action=f"Use auto, any, none, or one of {', '.join(names)}.",
        )
