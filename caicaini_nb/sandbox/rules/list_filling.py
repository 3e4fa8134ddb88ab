"""Lists to a schema: the items that a text gives, its rows as objects, else as few items as are allowed.

It refuses to go below four levels for items of the text, and gives a row only for a part that states most of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from caicaini_nb.sandbox.rules.number import numbers_in, plain
from caicaini_nb.sandbox.rules.references import Schema, flat
from caicaini_nb.sandbox.rules.rows import Row, best_rows
from caicaini_nb.sandbox.rules.smallest import other_values
from caicaini_nb.sandbox.rules.string_finders import key_words
from caicaini_nb.sandbox.rules.validity import same, valid
from caicaini_nb.sandbox.rules.values import Source
from caicaini_nb.sandbox.rules.written import FORMAT_FINDERS

if TYPE_CHECKING:
    from caicaini_nb.sandbox.rules.filling import Filling

__all__ = ["Impossible", "arrays", "named_words"]

DEEPEST, MOST_LEVELS = 24, 4


class Impossible(Exception):
    """No value satisfies the schema, or none was found."""


def named_words(schema: Schema) -> frozenset[str]:
    """The words of all property names of an object's schema."""
    named = schema.get("properties")
    return frozenset(word for name in (named if isinstance(named, dict) else ()) for word in key_words(name))


def arrays(filling: Filling, schema: Schema, name: str, depth: int) -> Iterator[list[Any]]:
    """First with the items the text gives, then with as few as are allowed."""
    prefix = schema.get("prefixItems", []) if isinstance(schema.get("prefixItems"), list) else []
    least, most = min(1_000, int(schema.get("minItems", 0))), int(schema.get("maxItems", 1_000))
    items = schema.get("items", True)
    if not prefix and depth <= DEEPEST and isinstance(items, dict):
        given = _given(filling, items, name, depth)[:most]
        if len(given) >= max(1, least):
            filling.taken.append(name)
            yield list(_distinct(given)) if schema.get("uniqueItems") else given
    yield from [schema["default"]] if "default" in schema else []
    result = [filling.value(part, "", depth + 1) for part in prefix[:most]] if least or depth <= DEEPEST else []
    contains = schema.get("contains")
    if contains is not None and schema.get("minContains", 1):
        result += [filling.value(contains, "", depth + 1)] * int(schema.get("minContains", 1))
    while len(result) < least:
        result.append(_another(filling, items, result, schema.get("uniqueItems", False), depth))
    yield from filling.guess([result, result[:least]] if least < len(result) else [result])


def _given(filling: Filling, items: Schema, name: str, depth: int) -> list[Any]:
    """The items that the text gives."""
    found = flat(items, filling.root)
    if not isinstance(found, dict) or depth > MOST_LEVELS:
        return []
    if found.get("type") == "object" or "properties" in found:
        return _rows(filling, found, depth)
    if found.get("type") in ("number", "integer"):
        values: list[Any] = [plain(number) for number in numbers_in(filling.source.head)[:1_000]]
    elif found.get("format") in FORMAT_FINDERS:
        values = list(dict.fromkeys(FORMAT_FINDERS[found["format"]](filling.source.head)))
    elif isinstance(found.get("enum"), list):
        lowered = filling.source.head.lower()
        values = [item for item in found["enum"] if isinstance(item, str) and item and item.lower() in lowered]
    else:
        values = list(filling.source.listed(name))
    return [value for value in values if valid(value, found, filling.root)]


def _rows(filling: Filling, schema: Schema, depth: int) -> list[dict[str, Any]]:
    """One object for each part of the text that gives more than half of its required properties."""
    about = named_words(schema)
    wanted = frozenset(schema.get("required") or schema.get("properties", {}))

    def row(part: str) -> Row | None:
        inner = filling.inner(Source(part, filling.source.today, about, row=True))
        try:
            value = inner.value(schema, "", depth + 1)
        except Impossible:
            return None
        return Row(value, wanted & set(inner.taken), tuple(inner.guessed))

    rows = best_rows(filling.source.head, len(wanted), row)
    filling.guessed += [(*filling.path, str(at), *path) for at, one in enumerate(rows) for path in one.guessed]
    return [one.value for one in rows]


def _another(filling: Filling, items: Any, before: list[Any], unique: bool, depth: int) -> Any:
    """An item, different from those before where that is asked."""
    value = filling.value(items, "", depth + 1)
    if not unique or not any(same(value, other) for other in before):
        return value
    found = flat(items, filling.root)
    for option in other_values(value, found if isinstance(found, dict) else {}, len(before)):
        if valid(option, items, filling.root) and not any(same(option, other) for other in before):
            return option
    raise Impossible("no further different item was found")


def _distinct(items: list[Any]) -> Iterator[Any]:
    seen: list[Any] = []
    for item in items:
        if not any(same(item, other) for other in seen):
            seen.append(item)
            yield item
