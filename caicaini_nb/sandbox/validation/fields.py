"""Checks of single request fields. Each names its field in a 400, the way `messages.1.role: …` does."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from caicaini_nb.sandbox.refusal import Refusal

__all__ = ["Notes", "bad", "boolean", "integer", "number", "objects", "stop_list", "text"]


class Notes:
    """The undocumented fields and shapes met so far; with `documented_only`, meeting one is a 400."""

    def __init__(self, documented_only: bool = False) -> None:
        self.undocumented: list[str] = []
        self._documented_only = documented_only

    def add(self, field: str, why: str = "this field is not documented") -> None:
        """Note one undocumented field or shape, named once."""
        if self._documented_only:
            raise bad(field, f"{why}, and this sandbox serves documented fields only")
        if field not in self.undocumented and len(self.undocumented) < 100:
            self.undocumented.append(field)

    def unknown(self, found: dict[str, Any], documented: Iterable[str], where: str = "") -> None:
        """Note every key of an object that is not documented."""
        for name in found.keys() - documented:
            self.add(f"{where}{str(name)[:60]}")


def bad(field: str, message: str) -> Refusal:
    """Return a 400 that names the field."""
    return Refusal(400, f"{field}: {message}.")


def integer(body: dict[str, Any], field: str, low: int, high: int | None = None, where: str = "") -> int | None:
    """Return an integer in range, None when absent."""
    value = body.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise bad(where + field, "must be an integer")
    if value < low or (high is not None and value > high):
        span = f"at least {low}" if high is None else f"from {low} to {high}"
        raise bad(where + field, f"must be {span}")
    return value


def number(body: dict[str, Any], field: str, low: float, high: float) -> float | None:
    """Return a finite number in range, None when absent."""
    value = body.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise bad(field, "must be a number")
    if not low <= value <= high or not math.isfinite(value):
        raise bad(field, f"must be from {low:g} to {high:g}")
    return float(value)


def text(found: dict[str, Any], field: str, where: str = "", required: bool = False) -> str | None:
    """Return a string, None when absent and not required."""
    value = found.get(field)
    if value is None and not required:
        return None
    if not isinstance(value, str):
        raise bad(where + field, "is required and must be a string" if value is None else "must be a string")
    return value


def boolean(body: dict[str, Any], field: str, where: str = "") -> bool:
    """Return a boolean, False when absent."""
    value = body.get(field)
    if value is not None and not isinstance(value, bool):
        raise bad(where + field, "must be true or false")
    return bool(value)


def objects(value: object, field: str) -> list[dict[str, Any]]:
    """Return a list of objects."""
    if not isinstance(value, list):
        raise bad(field, "must be an array")
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            raise bad(f"{field}.{index}", "must be an object")
    return value


def stop_list(value: object, field: str) -> tuple[str, ...]:
    """Return at most 4 stop sequences, none of them empty."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise bad(field, "must be an array of strings")
    if len(value) > 4:
        raise bad(field, f"must hold at most 4 sequences, not {len(value)}")
    for index, item in enumerate(value):
        if not isinstance(item, str) or not item:
            raise bad(f"{field}.{index}", "must be a string that is not empty")
    return tuple(value)
