"""What the first line names: pictures, functions and classes of the notebook, looked up when the cell runs."""

from __future__ import annotations

from collections.abc import Mapping
from types import GenericAlias
from typing import Any

from ..errors import ConfigurationError

__all__ = ["named_images", "named_rows", "named_schema", "named_tools"]


def named_tools(text: str, names: Mapping[str, Any]) -> list[Any]:
    """`f,g` as the functions of these names."""
    return [_named(name, names, "--tools") for name in text.replace(",", " ").split()]


def named_schema(text: str, names: Mapping[str, Any]) -> Any:
    """`Invoice` as the class or the JSON Schema of this name; `list[Invoice]` as a list of it."""
    inner = text.removeprefix("list[").removesuffix("]") if text.startswith("list[") and text.endswith("]") else None
    found = _named(inner or text, names, "--schema")
    if inner is None:
        return found
    return {"type": "array", "items": found} if isinstance(found, Mapping) else GenericAlias(list, (found,))


def named_rows(text: str, names: Mapping[str, Any]) -> Any:
    """`tickets` as the frame or list of this name."""
    return _named(text, names, "--map")


def named_images(texts: tuple[str, ...], names: Mapping[str, Any]) -> list[Any]:
    """Each a variable's value, else a path or a link."""
    found: list[Any] = []
    for text in texts:
        value = names.get(text, text)
        found += value if isinstance(value, list) else [value]
    return found


def _named(name: str, names: Mapping[str, Any], option: str) -> Any:
    if name in names:
        return names[name]
    from difflib import get_close_matches  # only a mistake needs it

    near = get_close_matches(name, [known for known in names if not known.startswith("_")], n=2)
    hint = f"Did you mean {' or '.join(near)}?" if near else "Run the cell that defines it first."
    raise ConfigurationError(f"{option} names {name!r}, and no variable has that name", action=hint)
