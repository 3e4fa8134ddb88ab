"""The smallest valid value of a leaf schema: what is written where the text gives nothing better."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from caicaini_nb.sandbox.rules.patterns import shortest_match
from caicaini_nb.sandbox.rules.references import Schema

__all__ = ["other_values", "smallest_number", "smallest_strings"]

FORMATTED = {
    "date": "1970-01-01",
    "time": "00:00:00Z",
    "date-time": "1970-01-01T00:00:00Z",
    "duration": "PT0S",
    "email": "nobody@example.invalid",
    "hostname": "example.invalid",
    "ipv4": "0.0.0.0",
    "ipv6": "::",
    "uri": "about:blank",
    "uri-reference": "about:blank",
    "uuid": "00000000-0000-0000-0000-000000000000",
}


def smallest_number(schema: Schema, *, whole: bool) -> int | float:
    """The number nearest to zero inside the bounds; it may still be invalid where no number is valid."""
    low, high = _bound(schema, "minimum", "exclusiveMinimum"), _bound(schema, "maximum", "exclusiveMaximum")
    step = Fraction(str(schema.get("multipleOf") or 0)) or Fraction(1)
    if not whole and "multipleOf" not in schema and low is not None and high is not None:
        step = min(step, (high - low) / 2 or step)
    value = Fraction(0)
    if low is not None and (low > 0 or (low == 0 and schema.get("exclusiveMinimum") == 0)):
        value = math.ceil(low / step) * step
        if _excluded(schema, "exclusiveMinimum", value):
            value += step
    elif high is not None and (high < 0 or (high == 0 and schema.get("exclusiveMaximum") == 0)):
        value = math.floor(high / step) * step
        if _excluded(schema, "exclusiveMaximum", value):
            value -= step
    while whole and value.denominator != 1 and step.denominator > 1:
        value += step
    return value.numerator if value.denominator == 1 else float(value)


def _bound(schema: Schema, *keywords: str) -> Fraction | None:
    bounds = [
        Fraction(str(schema[key]))
        for key in keywords
        if isinstance(schema.get(key), int | float) and not isinstance(schema[key], bool)
    ]
    if not bounds:
        return None
    return max(bounds) if keywords[0] == "minimum" else min(bounds)


def _excluded(schema: Schema, keyword: str, value: Fraction) -> bool:
    bound = schema.get(keyword)
    return isinstance(bound, int | float) and not isinstance(bound, bool) and Fraction(str(bound)) == value


def smallest_strings(schema: Schema) -> Iterator[str]:
    """Candidates, shortest first, for the caller to check."""
    least = min(int(schema.get("minLength", 0)), 100_000)
    if schema.get("format") in FORMATTED:
        yield FORMATTED[schema["format"]]
    if "pattern" in schema and (text := shortest_match(schema["pattern"])) is not None:
        yield text
        if text:
            yield text + text[-1] * max(0, least - len(text))
            yield text[0] * max(0, least - len(text)) + text
    yield "-" * least
    yield "a" * least
    yield "0" * max(1, least)


def other_values(value: Any, schema: Schema, number: int) -> Iterator[Any]:
    """Values beside one that is taken, for the caller to check; enough to differ from `number` others."""
    kinds = schema.get("type", ["integer", "string"])
    steps = range(1, number + 2)
    yield from schema.get("enum", [])
    if "integer" in kinds or "number" in kinds:
        if isinstance(value, int | float):
            yield from (value + step for step in steps)
            yield from (value - step for step in steps)
        else:
            yield from range(number + 2)
    if "string" in kinds:
        yield from (f"{value}{at}" for at in range(number + 2)) if isinstance(value, str) else ()
        yield from ("abcdefghijklmnopqrstuvwxyz"[at % 26] for at in range(number + 2))
    yield from (True, False, None, [], {})
