"""Python functions as tools a model may ask for: the schema from the signature, hints and docstring.

What a model could not fill in is refused here, before anything is sent: `*args`, positional-only arguments, types that
JSON does not have, two tools of one name. A mark is never lost on the way: what `@tool(asks=True)` marks asks also as
a bound method, a `functools.partial` or a static method.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import partial
from types import SimpleNamespace
from typing import Annotated, Any, Optional, TypeAlias, TypeVar, get_args, get_origin, get_type_hints, overload

import msgspec

from ..errors import ConfigurationError
from ..schemas.schema import describe
from .docstring import read_docstring
from .tool import Tool

__all__ = ["ToolLike", "as_tools", "tool"]

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
PLAIN = (str, int, float, bool, type(None), Enum)  # defaults a schema can show
MARK = "__caicaini_tool__"
F = TypeVar("F", bound=Callable[..., Any])

ToolLike: TypeAlias = Tool | Callable[..., Any] | Mapping[str, Any]


class Mark(msgspec.Struct, frozen=True):
    """What `@tool` says of a function. The tool is made where it is used, from the method or partial it is by then."""

    asks: bool = False
    name: str | None = None
    description: str | None = None


@overload
def tool(function: F) -> F: ...
@overload
def tool(*, asks: bool = False, name: str | None = None, description: str | None = None) -> Callable[[F], F]: ...
def tool(
    function: F | None = None, *, asks: bool = False, name: str | None = None, description: str | None = None
) -> F | Callable[[F], F]:
    """Mark a function as a tool. It stays what it was.

    `asks=True` is for one with effects: a person must agree before each run. `name` and `description` replace those of
    the function. A tool runs in a thread of its own; an async one in an event loop of its own.
    """
    mark = Mark(bool(asks), None if name is None else _name(name), description)

    def marked(target: F) -> F:
        if not callable(getattr(target, "__func__", target)):
            raise ConfigurationError(f"@tool marks a function, not {_kind(target)}", action="Put it above a def.")
        try:
            # A static or class method hands out the function inside it.
            setattr(target.__func__ if isinstance(target, staticmethod | classmethod) else target, MARK, mark)
        except (AttributeError, TypeError):
            cause = f"{_kind(target)} cannot be marked as a tool"
        else:
            return target
        raise ConfigurationError(cause, action="Write a def that calls it, and mark that.")

    return marked if function is None else marked(function)


def as_tools(tools: Iterable[ToolLike]) -> tuple[Tool, ...]:
    """Tools from functions, `Tool`s, and dicts as either surface documents them. Two of one name are an error."""
    if isinstance(tools, str | Mapping) or not isinstance(tools, Iterable):
        raise ConfigurationError("tools is a list", action="Write tools=[…], also for one.")
    made = tuple(_as_tool(item) for item in tools)
    names = [item.name for item in made]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigurationError(f"Two tools are called {twice[0]!r}", action="Give each its own name.")
    return made


def _as_tool(item: ToolLike) -> Tool:
    if isinstance(item, Tool):
        _name(item.name)
        return item
    if isinstance(item, Mapping):
        return _from_dict(item)
    if callable(item) and not isinstance(item, type):
        return _from_function(item)
    raise ConfigurationError(f"{_kind(item)} is not a tool", action="Pass a function, a Tool or a dict.")


def _from_dict(item: Mapping[str, Any]) -> Tool:
    """One that is only described. Both surfaces' spellings are told apart by the key that holds the schema."""
    inner = item.get("function", item)
    described = inner if isinstance(inner, Mapping) else {}
    schema = described.get("input_schema", described.get("parameters", {"type": "object", "properties": {}}))
    if not isinstance(described.get("name"), str) or not isinstance(schema, Mapping):
        raise ConfigurationError(
            "A tool as a dict has 'name', 'description' and 'input_schema'", action="Add what is missing."
        )
    if schema.get("type", "object") != "object":
        raise ConfigurationError(
            f"The schema of {described['name']} is of type {schema['type']!r}", action="Describe an object."
        )
    return Tool(_name(described["name"]), str(described.get("description") or ""), schema)


def _from_function(function: Callable[..., Any]) -> Tool:
    inner, bound = _unwrapped(function)
    marks = _marks(function)
    own: str = getattr(inner, "__name__", type(inner).__name__)
    name = next((mark.name for mark in marks if mark.name), own)
    description = next((mark.description for mark in marks if mark.description is not None), None)
    called = _name(name)
    hints = _hints(inner, called)
    arguments = msgspec.defstruct(
        called.replace("-", "_"), _fields(function, called, hints, bound), kw_only=True, forbid_unknown_fields=True
    )
    described = describe(arguments)
    summary, said = read_docstring(inner)
    said |= {key: text for key, hint in hints.items() if (text := _annotated(hint))}
    return Tool(
        called,
        summary if description is None else description,
        _with_descriptions(described.schema, said),
        function,
        any(mark.asks for mark in marks),
        partial(_read, described.read),
    )


def _read(read: Callable[[Any], Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What the function takes; what was not given stays its own default."""
    typed = read(arguments)
    return {name: getattr(typed, name) for name in arguments}


def _unwrapped(function: Callable[..., Any]) -> tuple[Any, frozenset[str]]:
    """The function inside partials, and the names they have filled in: those are not the model's to change."""
    bound: set[str] = set()
    while isinstance(function, partial):
        bound |= set(function.keywords)
        function = function.func
    return function, frozenset(bound)


def _marks(function: Any) -> list[Mark]:
    """Every mark between this callable and the function it ends in, the outermost first."""
    marks: list[Mark] = []
    while function is not None:
        # A mark is read off where it was put: not off a class, and not through an object that answers to any name.
        mark = getattr(function, MARK, None)
        marks += [mark] if isinstance(mark, Mark) and mark not in marks else []
        if isinstance(function, partial):
            function = function.func
        elif inspect.isroutine(function):
            function = getattr(function, "__wrapped__", None)
        else:
            function = type(function).__call__
            function = function if inspect.isfunction(function) else None
    return marks


def _hints(inner: Any, name: str) -> dict[str, Any]:
    """The hints of the parameters; the one of what it returns need not be known."""
    called = inner if inspect.isroutine(inner) else type(inner).__call__
    function = inspect.unwrap(getattr(called, "__func__", called))
    written = {key: hint for key, hint in getattr(called, "__annotations__", {}).items() if key != "return"}
    try:
        # typed as a callable for the checker; any object with annotations will do
        holder: Any = SimpleNamespace(__annotations__=written)
        return get_type_hints(holder, globalns=getattr(function, "__globals__", {}), include_extras=True)
    except (NameError, TypeError, AttributeError, SyntaxError) as error:
        cause = f"{name} has a hint that cannot be read: {error}"
    raise ConfigurationError(cause, action="Import the type where the function is defined.")


def _fields(function: Callable[..., Any], name: str, hints: Mapping[str, Any], bound: frozenset[str]) -> list[Any]:
    fields: list[Any] = []
    for parameter in _parameters(function, name):
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise ConfigurationError(
                f"{name} takes {parameter}, which a model cannot fill in", action="Name each argument."
            )
        if parameter.name in bound:
            continue
        kind = hints.get(parameter.name, Any)
        if parameter.default is parameter.empty:
            fields.append((parameter.name, kind))
        elif parameter.default is None:
            fields.append((parameter.name, Optional[kind], None))  # noqa: UP045 - a hint can be any object
        elif isinstance(parameter.default, PLAIN):
            fields.append((parameter.name, kind, parameter.default))
        else:
            fields.append((parameter.name, kind, msgspec.field(default_factory=partial(_same, parameter.default))))
    return fields


def _same(value: Any) -> Any:
    return value


def _parameters(function: Callable[..., Any], name: str) -> list[inspect.Parameter]:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        parameters = None
    if parameters is None:
        raise ConfigurationError(f"{name} does not tell its arguments", action="Write a def that calls it.")
    if parameters and parameters[0].name in ("self", "cls") and parameters[0].default is inspect.Parameter.empty:
        raise ConfigurationError(f"{name} is a method without its object", action=f"Pass the object's own: it.{name}.")
    return parameters


def _annotated(hint: Any) -> str:
    """What `Annotated[…, "text"]` or a field's description says of a parameter."""
    if get_origin(hint) is not Annotated:
        return ""
    said = [item if isinstance(item, str) else getattr(item, "description", None) for item in get_args(hint)[1:]]
    return next((text for text in said if isinstance(text, str)), "")


def _with_descriptions(schema: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
    """The schema of the arguments without the name of our struct, each property with what the docstring says of it."""
    named = {
        name: {**part, "description": said[name]} if name in said else part
        for name, part in schema.get("properties", {}).items()
    }
    kept = {key: value for key, value in schema.items() if key not in ("title", "description")}
    return {**kept, "properties": named}


def _name(name: str) -> str:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ConfigurationError(
            f"{name!r} is not a tool's name",
            action="Use ASCII letters, digits, _ and -, at most 64, no digit first: @tool(name=…) gives another.",
        )
    return name


def _kind(value: object) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else f"a value of type {type(value).__name__}"
