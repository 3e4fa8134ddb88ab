"""The named parts of a class that is an object in JSON: dataclass, `TypedDict`, named tuple, msgspec struct."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Mapping
from typing import Annotated, Any, NotRequired, Required, TypeVar

import msgspec

__all__ = ["Member", "default", "described", "filled_in", "members_of", "tag_of"]

MISSING: Any = dataclasses.MISSING


class Member(msgspec.Struct, frozen=True):
    """One named part of an object; `name` is the attribute, `key` what it is called in JSON."""

    name: str
    key: str
    type: Any
    required: bool
    default: Any = MISSING


def described(plain: Any) -> dict[str, str]:
    """The docstring a person wrote; those that Python makes up say nothing."""
    text = inspect.cleandoc(vars(plain).get("__doc__") or "")
    made_up = text.startswith(f"{plain.__name__}(") or text == "An enumeration."
    return {} if made_up or not text else {"description": text}


def members_of(plain: Any) -> list[Member]:
    hints = typing.get_type_hints(plain, include_extras=True)
    if dataclasses.is_dataclass(plain):
        return [
            Member(field.name, field.name, hints[field.name], _is_required(field), field.default)
            for field in dataclasses.fields(plain)
            if field.init
        ]
    if isinstance(plain, type) and issubclass(plain, msgspec.Struct):
        return [
            Member(field.name, field.encode_name, hints[field.name], field.required, _struct_default(field.default))
            for field in msgspec.structs.fields(plain)
        ]
    if hasattr(plain, "_fields"):
        defaults = plain._field_defaults
        return [
            Member(name, name, hints.get(name, Any), name not in defaults, defaults.get(name, MISSING))
            for name in plain._fields
        ]
    return [Member(name, name, hint, _is_key_required(plain, name, hint)) for name, hint in hints.items()]


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _is_key_required(plain: Any, name: str, hint: Any) -> bool:
    """By the resolved hint first: with postponed annotations the class itself has not understood them."""
    origin = typing.get_origin(hint)
    while origin is Annotated:
        hint = typing.get_args(hint)[0]
        origin = typing.get_origin(hint)
    return origin is Required or (origin is not NotRequired and name in plain.__required_keys__)


def _struct_default(value: Any) -> Any:
    return MISSING if value is msgspec.NODEFAULT or value is msgspec.UNSET else value


def default(member: Member) -> dict[str, Any]:
    """What is taken where nothing is given, if JSON can say it. That an optional part may be left out needs no null."""
    if member.default is MISSING or member.default is None:
        return {}
    try:
        return {"default": msgspec.to_builtins(member.default)}
    except (TypeError, ValueError):
        return {}


def tag_of(plain: Any) -> dict[str, Any]:
    config = getattr(plain, "__struct_config__", None)
    return {} if config is None or config.tag is None else {config.tag_field: {"enum": [config.tag]}}


def filled_in(hint: Any, filled: Mapping[Any, Any]) -> Any:
    """A generic class's hint with its parameters given."""
    if isinstance(hint, TypeVar):
        return filled.get(hint, hint)
    open_ones = getattr(hint, "__parameters__", ())
    return hint[tuple(filled.get(item, item) for item in open_ones)] if filled and open_ones else hint
