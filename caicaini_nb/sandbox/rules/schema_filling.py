"""A schema filled from one text: a valid value, what of it the text gave, and what nothing gave.

It refuses a schema that no value satisfies, or that is nested too deeply, with `Impossible`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from caicaini_nb.sandbox.rules.filling import Filling
from caicaini_nb.sandbox.rules.list_filling import Impossible, named_words
from caicaini_nb.sandbox.rules.references import Schema, flat
from caicaini_nb.sandbox.rules.values import Source

__all__ = ["Filled", "Impossible", "fill", "filled"]


@dataclass(frozen=True)
class Filled:
    """A value that satisfies its schema, the properties that something gave, and the paths of what nothing gave."""

    value: Any
    taken: tuple[str, ...]
    guessed: tuple[tuple[str, ...], ...] = ()


def filled(
    schema: Schema,
    text: str,
    given: dict[str, Any] | None = None,
    today: date | None = None,
    unsure: Iterable[str] = (),
) -> Filled:
    """Fill a schema; `given` are values known beforehand by name, `unsure` those of them that are no answer."""
    root = flat(schema, schema)
    about = named_words(root) if isinstance(root, dict) else frozenset()
    filling = Filling(schema, Source(text, today, about), given, unsure)
    try:
        value = filling.value(schema)
    except RecursionError:
        raise Impossible("the schema is nested too deeply") from None
    return Filled(value, tuple(dict.fromkeys(filling.taken)), tuple(dict.fromkeys(filling.guessed)))


def fill(
    schema: Schema, text: str, given: dict[str, Any] | None = None, today: date | None = None
) -> tuple[Any, list[str]]:
    """A valid value and the names of the properties that the text gave."""
    found = filled(schema, text, given, today)
    return found.value, list(found.taken)
