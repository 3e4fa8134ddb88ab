"""Arguments for a tool, filled from the user's text by the tool's schema; several sets when several are asked for.

A required text of no known form takes what the user says beyond the tool's own words. It is still listed as missing:
that is a guess, made only where a call is demanded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from caicaini_nb.sandbox.engine import ToolSpec
from caicaini_nb.sandbox.rules.number import numbers_in, plain
from caicaini_nb.sandbox.rules.places_people import places
from caicaini_nb.sandbox.rules.receipt_values import offered
from caicaini_nb.sandbox.rules.references import Schema, flat
from caicaini_nb.sandbox.rules.schema_filling import Filling, Impossible
from caicaini_nb.sandbox.rules.string_finders import PLACES, has_finder
from caicaini_nb.sandbox.rules.validity import valid
from caicaini_nb.sandbox.rules.values import Source
from caicaini_nb.sandbox.rules.words import FUNCTION_WORDS, content_words, stem

__all__ = ["Arguments", "arguments"]

BEYOND = 12  # words that a guess holds at most
WORD = re.compile(r"[^\W_](?:[\w'’-]*\w)?")
ASKING = frozenset(
    map(stem, "tool function call run generate make create give want need named hello hi thanks".split())
)


@dataclass(frozen=True)
class Arguments:
    """`values` satisfy the schema; `missing` are required properties that the text does not give."""

    values: dict[str, Any]
    missing: tuple[str, ...] = ()


def _object(spec: ToolSpec) -> Schema:
    found = flat(spec.schema, spec.schema)
    return {"type": "object", **found} if isinstance(found, dict) else {"type": "object"}


def _filled(schema: Schema, text: str, given: dict[str, Any]) -> Arguments | None:
    """Required properties, and those optional ones that the text gives."""
    named = schema.get("properties", {})
    required = [key for key in schema.get("required", []) if isinstance(key, str)]
    given = _in_order(named, text) | given
    filling = Filling(schema, Source(text), given)
    try:
        whole = filling.value(schema)
    except (Impossible, RecursionError):
        return None
    taken = {*filling.taken, *given}
    values = {key: value for key, value in whole.items() if key in required or key in taken or key not in named}
    constant = {
        key
        for key in required
        if isinstance(named.get(key), dict) and ("const" in named[key] or "default" in named[key])
    }
    return Arguments(values, tuple(key for key in required if key not in taken and key not in constant))


def _guessed(found: Arguments, spec: ToolSpec, schema: Schema, text: str) -> Arguments:
    """The same, with what the user says beyond the tool's own words in the one missing text of no known form."""
    named = schema.get("properties", {})
    beyond = _beyond(f"{spec.name} {spec.description[:1_000]} {' '.join(named)}", text)
    free = [key for key in found.missing if found.values[key] == "" and not has_finder(key)]
    if len(free) != 1 or not beyond or not valid(beyond, named.get(free[0], True), schema):
        return found
    return Arguments(found.values | {free[0]: beyond}, found.missing)


def _beyond(spoken: str, text: str) -> str:
    """The user's words that are neither the tool's nor those of asking for it; as written."""
    own = {*content_words(re.sub(r"[_.-]+", " ", spoken)), *ASKING}
    said = [word for word in WORD.findall(text[:2_000]) if word.lower() not in FUNCTION_WORDS]
    return " ".join([word for word in said if stem(word.lower()) not in own][:BEYOND])


def _in_order(named: Schema, text: str) -> dict[str, Any]:
    """As many numbers as there are numeric properties: each takes its own, in the order they are written."""
    source = Source(text)
    numeric = [
        key for key, part in named.items() if isinstance(part, dict) and part.get("type") in ("number", "integer")
    ]
    numbers = numbers_in(source.head)
    if len(numeric) < 2 or len(numeric) != len(numbers) or any(source.stated(key) for key in numeric):
        return {}
    return {key: plain(number) for key, number in zip(numeric, numbers, strict=True)}


def arguments(spec: ToolSpec, text: str, seen: str = "") -> list[Arguments]:
    """One set for each call that the text asks for: each of several places, else one; none if impossible.

    `seen` is the part of the text that was read from pictures: it may be a receipt.
    """
    schema = _object(spec)
    known = offered(schema, seen) if seen else {}
    named = schema.get("properties", {})
    source = Source(text)
    for key, part in named.items():
        if isinstance(part, dict) and part.get("type") == "string" and "enum" not in part and key.lower() in PLACES:
            found = places(source.head)
            if len(found) > 1:
                sets = [_filled(schema, text, known | {key: place}) for place in found[:8]]
                return [one for one in sets if one is not None]
    filled = _filled(schema, text, known)
    return [] if filled is None else [_guessed(filled, spec, schema, text)]
