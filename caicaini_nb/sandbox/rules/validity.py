"""Whether a value satisfies a JSON Schema, for the common part of draft 2020-12; answers are checked before they go.

It refuses nothing it does not know: unknown keywords hold. Depth is bounded; deeper parts count as valid.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any

from caicaini_nb.sandbox.rules.patterns import RISKY_TEXT, finds
from caicaini_nb.sandbox.rules.references import Schema, resolve

__all__ = ["is_type", "same", "valid"]

DEEPEST = 60
TYPES: dict[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: (
        not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))
    ),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def is_type(value: Any, kinds: Any) -> bool:
    """Whether the value has one of the JSON types; `1.0` is an integer, `true` is no number."""
    return any(TYPES[kind](value) for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind in TYPES)


def same(first: Any, second: Any) -> bool:
    """JSON equality: `1` is `1.0`, `true` is not `1`."""
    return isinstance(first, bool) == isinstance(second, bool) and bool(first == second) and _key(first) == _key(second)


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else ""


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return check


FORMATS: dict[str, Callable[[str], bool]] = {
    "date": _parses(date.fromisoformat),
    "time": _parses(time.fromisoformat),
    "date-time": lambda text: (
        "T" in text and bool(re.search(r"(?:Z|[+-]\d\d:\d\d)$", text)) and _parses(datetime.fromisoformat)(text)
    ),
    "email": lambda text: bool(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text)),
    "uri": lambda text: bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+", text)),
    "uuid": lambda text: bool(re.fullmatch(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text)),
}


def _matches(pattern: str, text: str) -> bool:
    """Patterns nobody can judge hold for short texts only, so that nothing doubtful is taken from a prompt."""
    found = finds(pattern, text)
    return len(text) <= RISKY_TEXT if found is None else found


def _multiple(value: Any, divisor: Any) -> bool:
    return divisor <= 0 or (Fraction(str(value)) / Fraction(str(divisor))).denominator == 1


def _distinct(items: list[Any]) -> bool:
    return not any(same(one, other) for at, one in enumerate(items) for other in items[:at])


# keyword, the type it speaks of, whether it holds
CHECKS: tuple[tuple[str, str, Callable[[Any, Any], bool]], ...] = (
    ("minimum", "number", lambda value, bound: value >= bound),
    ("maximum", "number", lambda value, bound: value <= bound),
    ("exclusiveMinimum", "number", lambda value, bound: isinstance(bound, bool) or value > bound),
    ("exclusiveMaximum", "number", lambda value, bound: isinstance(bound, bool) or value < bound),
    ("multipleOf", "number", _multiple),
    ("minLength", "string", lambda value, bound: len(value) >= bound),
    ("maxLength", "string", lambda value, bound: len(value) <= bound),
    ("pattern", "string", lambda value, pattern: _matches(pattern, value)),
    ("format", "string", lambda value, name: name not in FORMATS or FORMATS[name](value)),
    ("minItems", "array", lambda value, bound: len(value) >= bound),
    ("maxItems", "array", lambda value, bound: len(value) <= bound),
    ("uniqueItems", "array", lambda value, wanted: not wanted or _distinct(value)),
    ("minProperties", "object", lambda value, bound: len(value) >= bound),
    ("maxProperties", "object", lambda value, bound: len(value) <= bound),
    ("required", "object", lambda value, names: all(name in value for name in names)),
)


def valid(value: Any, schema: Any, root: Schema, depth: int = 0) -> bool:
    """Whether the value satisfies the schema."""
    found = resolve(schema, root)
    if isinstance(found, bool) or depth > DEEPEST:
        return found is not False
    if "type" in found and not is_type(value, found["type"]):
        return False
    if "const" in found and not same(value, found["const"]):
        return False
    if "enum" in found and not any(same(value, item) for item in found["enum"]):
        return False
    for keyword, kind, holds in CHECKS:
        if keyword in found and TYPES[kind](value) and not holds(value, found[keyword]):
            return False
    return _combined(value, found, root, depth) and _parts(value, found, root, depth)


def _combined(value: Any, schema: Schema, root: Schema, depth: int) -> bool:
    for keyword, enough in COMBINED:
        if keyword in schema and not enough([valid(value, part, root, depth + 1) for part in schema[keyword]]):
            return False
    if "not" in schema and valid(value, schema["not"], root, depth + 1):
        return False
    if "if" in schema:
        branch = "then" if valid(value, schema["if"], root, depth + 1) else "else"
        return valid(value, schema.get(branch, True), root, depth + 1)
    return True


COMBINED: tuple[tuple[str, Callable[[list[bool]], bool]], ...] = (
    ("allOf", all),
    ("anyOf", any),
    ("oneOf", lambda held: sum(held) == 1),
)


def _parts(value: Any, schema: Schema, root: Schema, depth: int) -> bool:
    """Items and properties."""
    if isinstance(value, list):
        prefix = schema.get("prefixItems", [])
        rest = schema.get("items", True)
        ones = [*prefix, *[rest] * max(0, len(value) - len(prefix))]
        return all(valid(item, one, root, depth + 1) for item, one in zip(value, ones, strict=False))
    if isinstance(value, dict):
        named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
        for key, item in value.items():
            ones = [named[key]] if key in named else []
            ones += [one for pattern, one in patterns.items() if _matches(pattern, key)]
            ones = ones or [schema.get("additionalProperties", True)]
            if not all(valid(item, one, root, depth + 1) for one in ones):
                return False
        names = schema.get("propertyNames", True)
        return all(valid(key, names, root, depth + 1) for key in value)
    return True
