"""What tools answered since the user last spoke, as facts by name: the arguments of each call and what its result says.

A result in JSON gives its fields, a list of objects one record for each; other text stands under the tool's name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from caicaini_nb.sandbox.engine import Question, ToolCall, ToolResult
from caicaini_nb.sandbox.rules.corrections import spoken
from caicaini_nb.sandbox.rules.number import numbers_in, plain
from caicaini_nb.sandbox.rules.references import Schema, flat
from caicaini_nb.sandbox.rules.string_finders import key_words
from caicaini_nb.sandbox.rules.validity import valid

__all__ = ["Record", "facts", "records", "since_user_spoke"]

LONGEST, MOST = 100_000, 200


@dataclass(frozen=True)
class Record:
    """One result: what was asked, what its fields say, and its text; fields win over arguments."""

    text: str
    fields: dict[str, Any] = field(default_factory=dict)
    arguments: dict[str, Any] = field(default_factory=dict)


def since_user_spoke(question: Question) -> tuple[list[ToolCall], list[ToolResult], int]:
    """Calls made and results given since the last user text, and in how many rounds."""
    calls: list[ToolCall] = []
    results: list[ToolResult] = []
    rounds = 0
    own = spoken(question)
    for turn in reversed(question.turns):
        if turn in own and not turn.tool_results:
            break
        calls[:0] = turn.tool_calls
        results[:0] = turn.tool_results
        rounds += bool(turn.tool_calls)
    return calls, results, rounds


def records(question: Question) -> list[Record]:
    """What the results say, errors left out."""
    calls, results, _ = since_user_spoke(question)
    asked = {call.id: call.arguments for call in calls}
    return [record for result in results if not result.is_error for record in _of(result, asked.get(result.id, {}))][
        :MOST
    ]


def _of(result: ToolResult, arguments: dict[str, Any]) -> Iterator[Record]:
    try:
        value = json.loads(result.text) if len(result.text) < LONGEST else None
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        yield from (Record(json.dumps(item, ensure_ascii=False), _flat(item), arguments) for item in value)
    elif isinstance(value, dict):
        yield Record(result.text, _flat(value), arguments)
    else:
        said = value if isinstance(value, int | float | bool | str) else result.text
        yield Record(result.text, {result.name: said}, arguments)


def _flat(value: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """An object's fields and those of the objects in it; the outer ones win."""
    inner: dict[str, Any] = {}
    for item in value.values():
        if isinstance(item, dict) and depth < 4:
            inner |= _flat(item, depth + 1)
    return inner | value


def facts(schema: Schema, found: list[Record]) -> dict[str, Any]:
    """Values for the properties of an object's schema: the first record's that has one; lists hold a row for each."""
    root = flat(schema, schema)
    named = root.get("properties") if isinstance(root, dict) else None
    values: dict[str, Any] = {}
    for name, part in named.items() if isinstance(named, dict) else ():
        shape = flat(part, schema)
        rows = _rows(shape, schema, found) if isinstance(shape, dict) else []
        if rows:
            values[name] = rows
        else:
            offers = (offer for record in found for offer in _offers(name, shape, record))
            values |= next(({name: offer} for offer in offers if valid(offer, part, schema)), {})
    return values


def _rows(shape: Schema, root: Schema, found: list[Record]) -> list[dict[str, Any]]:
    """One object for each record that has a value for every property that is required."""
    row = flat(shape.get("items"), root) if shape.get("type") == "array" else None
    named = row.get("properties") if isinstance(row, dict) else None
    if not isinstance(row, dict) or not isinstance(named, dict):
        return []
    rows = []
    for record in found:
        values: dict[str, Any] = {}
        for name, part in named.items():
            one = flat(part, root)
            values |= next(({name: offer} for offer in _offers(name, one, record) if valid(offer, part, root)), {})
        if valid(values, row, root) and values:
            rows.append(values)
    return rows


def _offers(name: str, shape: Any, record: Record) -> Iterator[Any]:
    """The field of that name, one that shares its words, the only number of the text; then an argument likewise."""
    words = set(key_words(name))
    kinds = shape.get("type") if isinstance(shape, dict) else None
    for known in (record.fields, record.arguments):
        if name in known:
            yield from _typed(known[name], kinds)
        for key, value in known.items():
            if words & set(key_words(key)):
                yield from _typed(value, kinds)
        if known is record.fields and kinds in ("number", "integer") and len(record.fields) == 1:
            numbers = numbers_in(record.text)
            yield from [plain(numbers[0])] if len(numbers) == 1 else []


def _typed(value: Any, kinds: Any) -> Iterator[Any]:
    """The value itself, the number in its text, or its text."""
    yield value
    if kinds in ("number", "integer") and isinstance(value, str):
        numbers = numbers_in(value)
        yield from [plain(numbers[0])] if len(numbers) == 1 else []
    if kinds == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
