"""A prompt with `{{column}}` in it, read once and filled for each row.

What stands between the braces is a column's name, or a Python expression over columns (and over `names`, what else the
notebook has). What was put in is never looked at again. A name that does not exist is an error before any call.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from types import CodeType
from typing import Any

from ..errors import ConfigurationError

__all__ = ["Template"]

OPEN, CLOSE = "{{", "}}"


class Template:
    """`columns` are those it uses, in the order of the input's. Raises `ConfigurationError`."""

    def __init__(self, text: str, columns: Sequence[str], names: Mapping[str, Any] | None = None) -> None:
        if not isinstance(text, str) or not text.strip():
            raise ConfigurationError("The template is empty", action="Write a prompt with {{column}} in it.")
        self.text = text
        self._names = names or {}
        self._known = list(columns)
        self._used: set[str] = set()
        self._parts = self._read()
        self.columns = [column for column in self._known if column in self._used]
        if not self.columns:
            raise ConfigurationError(
                "The template names no column, so every row would be asked the same",
                action=f"Write {{{{{self._known[0] if self._known else 'column'}}}}} where a row's value belongs.",
            )

    def fill(self, cells: Sequence[Any]) -> str:
        """The prompt of one row; `cells` are the values of `columns`. Raises `ConfigurationError`."""
        row = dict(zip(self.columns, cells, strict=True))
        done = []
        for part in self._parts:
            if isinstance(part, str):
                done.append(part)
            elif isinstance(part, tuple):
                value = row[part[0]]
                done.append(value if type(value) is str else str(value))
            else:
                done.append(str(self._value(part, row)))
        return "".join(done)

    def _value(self, code: CodeType, row: Mapping[str, Any]) -> Any:
        try:
            return eval(code, {**self._names, **row})  # the user's own expression, as in an f-string
        except Exception as error:
            cause = f"{{{{…}}}} fails with {type(error).__name__}: {error}"
        raise ConfigurationError(cause, action="Mend the expression, or the row.")

    def _read(self) -> list[str | tuple[str] | CodeType]:
        """Text as it is, columns as tuples of their name, expressions compiled."""
        parts: list[str | tuple[str] | CodeType] = []
        rest = self.text
        while (start := rest.find(OPEN)) >= 0:
            if rest[:start].endswith("\\"):
                parts.append(rest[: start - 1] + OPEN)
                rest = rest[start + len(OPEN) :]
                continue
            parts.append(rest[:start])
            part, end = self._expression(rest, start)
            parts.append(part)
            rest = rest[end:]
        return [*parts, rest]

    def _expression(self, text: str, start: int) -> tuple[tuple[str] | CodeType, int]:
        end = text.find(CLOSE, start)
        first = text[start + len(OPEN) : end].strip() if end >= 0 else ""
        if first in self._known:
            self._used.add(first)
            return (first,), end + len(CLOSE)
        while end >= 0:
            source = text[start + len(OPEN) : end].strip()
            try:
                code = compile(source, "<{{…}}>", "eval")
            except (SyntaxError, ValueError):
                end = text.find(CLOSE, end + 1)
                continue
            self._check(code, source)
            return code, end + len(CLOSE)
        if first:
            raise self._unknown(first, first)
        raise ConfigurationError(
            f"{text[start : start + 40].splitlines()[0]!r} does not end with '}}}}'",
            action="Close the braces, or write \\{{ if you mean them as they are.",
        )

    def _check(self, code: CodeType, source: str) -> None:
        """Every name in it is a column, a name of the notebook's, or Python's own."""
        for name in code.co_names:
            if name in self._known:
                self._used.add(name)
            elif name not in self._names and not hasattr(builtins, name) and not _is_attribute(name, source):
                raise self._unknown(name, source)

    def _unknown(self, name: str, source: str) -> ConfigurationError:
        near = get_close_matches(name, self._known, n=3, cutoff=0.5)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"The columns are: {', '.join(self._known[:20])}."
        return ConfigurationError(f"{{{{{source}}}}}: there is no column {name!r}", action=hint)


def _is_attribute(name: str, source: str) -> bool:
    return f".{name}" in source
