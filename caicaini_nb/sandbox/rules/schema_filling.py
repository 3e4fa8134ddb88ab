"""JSON to a schema: values taken from the text where it gives them, else the smallest valid ones; checked.

It refuses to go on for ever: past 24 levels only what is required is written, and 20,000 values are the most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import count, islice
from typing import Any

from caicaini_nb.sandbox.rules.number import numbers_in, plain
from caicaini_nb.sandbox.rules.references import Schema, flat, merge
from caicaini_nb.sandbox.rules.rows import ways
from caicaini_nb.sandbox.rules.smallest import smallest_number, smallest_strings
from caicaini_nb.sandbox.rules.string_finders import key_words
from caicaini_nb.sandbox.rules.validity import is_type, same, valid
from caicaini_nb.sandbox.rules.values import Source

__all__ = ["Filling", "Impossible", "fill"]

DEEPEST, MOST, PROPOSALS = 24, 20_000, 60
ORDER = ("object", "array", "string", "integer", "number", "boolean", "null")
HINTS = (
    ("object", ("properties", "required", "additionalProperties", "minProperties")),
    ("array", ("items", "prefixItems", "minItems", "contains")),
    ("string", ("pattern", "format", "minLength", "maxLength")),
    ("number", ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
)


class Impossible(Exception):
    """No value satisfies the schema, or none was found."""


class Filling:
    """One filling of one schema from one text; `given` are values known beforehand, by property name."""

    def __init__(
        self, root: Schema, source: Source, given: dict[str, Any] | None = None, made: Iterator[int] | None = None
    ) -> None:
        self.root, self.source, self.given = root, source, given or {}
        self.made = made or count()  # shared with the fillings of rows, so that the bound is for all
        self.taken: list[str] = []
        self._quoted: dict[str, str] = {}  # which property took what is quoted: it is for one only

    def value(self, schema: Any, name: str = "", depth: int = 0) -> Any:
        """A valid value; raises `Impossible` where there is none."""
        if next(self.made) > MOST or depth > DEEPEST * 2:
            raise Impossible("the schema is too large to fill")
        found = flat(schema, self.root)
        if found is False:
            raise Impossible(f"nothing is allowed at {name or 'the root'}")
        if found is True:
            return next(iter(self._from_text(name, {"type": "string"})), "")
        for candidate in self._candidates(found, name, depth):
            if valid(candidate, found, self.root):
                return candidate
        raise Impossible(f"no valid value was found for {name or 'the root'}")

    def _candidates(self, schema: Schema, name: str, depth: int) -> Iterator[Any]:
        if "const" in schema:
            yield schema["const"]
            return
        if name in self.given and valid(self.given[name], schema, self.root):
            self.taken.append(name)
            yield self.given[name]
        if "enum" in schema:
            yield from islice(self._from_text(name, schema), PROPOSALS)
            yield from schema["enum"]
            return
        for keyword in ("oneOf", "anyOf"):
            if isinstance(schema.get(keyword), list):
                yield from self._branches(schema, keyword, name, depth)
                return
        if isinstance(schema.get("if"), dict):
            yield from self._conditional(schema, name, depth)
        for kind in self._kinds(schema, name, depth):
            yield from self._of_kind(kind, schema, name, depth)

    def _kinds(self, schema: Schema, name: str, depth: int) -> list[str]:
        """Types to try; null comes last unless the text gives nothing for a nullable leaf."""
        if "type" in schema:
            kinds = [schema["type"]] if isinstance(schema["type"], str) else list(schema["type"])
        else:
            kinds = [kind for kind, keywords in HINTS if any(key in schema for key in keywords)] or list(ORDER[2:])
        kinds.sort(key=lambda kind: ORDER.index(kind) if kind in ORDER else len(ORDER))
        leaf = not {"object", "array"} & set(kinds)
        empty = leaf and next(iter(self._from_text(name, schema)), None) is None
        if "null" in kinds and (empty or depth > DEEPEST):
            kinds.remove("null")
            kinds.insert(0, "null")
        return kinds

    def _branches(self, schema: Schema, keyword: str, name: str, depth: int) -> Iterator[Any]:
        """Each branch merged with what stands beside it; branches that the text speaks for come first."""
        rest = {key: value for key, value in schema.items() if key != keyword}
        branches = [branch for branch in schema[keyword] if branch is not False][:50]
        if depth > DEEPEST:
            branches.sort(
                key=lambda branch: isinstance(branch, dict) and branch.get("type") not in ("null", "string", "number")
            )
        else:
            branches.sort(key=lambda branch: isinstance(branch, dict) and branch.get("type") == "null")
        if depth >= 2 and any(self._recursive(branch, depth) for branch in branches):
            yield None  # ends a chain such as `next`, where null is allowed
        filled = []
        for branch in branches:
            one = flat(branch, self.root)
            merged = merge(rest, one) if isinstance(one, dict) else rest
            before = len(self.taken)
            try:
                value = self.value(merged, name, depth + 1)
            except Impossible:
                continue
            filled.append((len(self.taken) - before, value, branch))
        nullable = [branch for _, _, branch in filled if isinstance(branch, dict) and branch.get("type") == "null"]
        if nullable and not any(gained for gained, _, _ in filled):
            yield None
        yield from (value for _, value, _ in sorted(filled, key=lambda item: -item[0]))

    def _conditional(self, schema: Schema, name: str, depth: int) -> Iterator[Any]:
        """`if`/`then`/`else`: fill as the branch asks, both ways; validity decides."""
        rest = {key: value for key, value in schema.items() if key not in ("if", "then", "else")}
        for part in (
            schema.get("else", {}),
            merge(schema["if"], schema.get("then") or {}) if isinstance(schema.get("then", {}), dict) else {},
        ):
            try:
                yield self.value(merge(rest, part) if isinstance(part, dict) else rest, name, depth + 1)
            except Impossible:
                continue

    def _of_kind(self, kind: str, schema: Schema, name: str, depth: int) -> Iterator[Any]:
        if kind == "object":
            yield self._object(schema, depth)
            if "properties" in schema and depth <= DEEPEST:
                yield self._object(schema, depth, required_only=True)
        elif kind == "array":
            yield from self._arrays(schema, name, depth)
        elif kind == "null":
            yield None
        else:
            yield from islice(self._from_text(name, {**schema, "type": kind}), PROPOSALS)
            if kind == "string":
                yield from smallest_strings(schema)
            elif kind == "boolean":
                yield from (False, True)
            else:
                yield smallest_number(schema, whole=kind == "integer")

    def _from_text(self, name: str, schema: Schema) -> Iterator[Any]:
        """What the text offers for a property, valid ones only, noting what was taken."""
        if not name:
            return
        for value in islice(self.source.propose(name, schema), PROPOSALS):
            typed = "type" not in schema or is_type(value, schema["type"])
            if typed and valid(value, schema, self.root) and self._is_free(value, name):
                self.taken.append(name)
                yield value

    def _is_free(self, value: Any, name: str) -> bool:
        """Whether a value is no quoted text, or one for this property that no other has and that names none."""
        if value not in self.source.quotes:
            return True
        return value.lower() not in self.source.about and self._quoted.setdefault(value, name) == name

    def _object(self, schema: Schema, depth: int, *, required_only: bool = False) -> dict[str, Any]:
        named: dict[str, Any] = schema.get("properties", {}) if isinstance(schema.get("properties"), dict) else {}
        required = [key for key in schema.get("required", []) if isinstance(key, str)]
        if 0 < depth <= 3 and not self.source.row:
            self.source = replace(self.source, about=named_words(schema))
        result: dict[str, Any] = {}
        most = schema.get("maxProperties", len(named) + len(required))
        for key in [*required, *(key for key in named if key not in required)]:
            optional = key not in required
            if optional and (
                required_only or depth > DEEPEST or len(result) >= most or self._recursive(named[key], depth)
            ):
                continue
            part = named.get(key, self._unnamed(schema, key))
            try:
                result[key] = self.value(part, key, depth + 1)
            except Impossible:
                if not optional:
                    raise
        ordered = {key: result[key] for key in named if key in result} | result
        for number in range(min(1_000, schema.get("minProperties", 0)) - len(ordered)):
            ordered[f"key{number + 1}"] = self.value(self._unnamed(schema, f"key{number + 1}"), "", depth + 1)
        return ordered

    def _recursive(self, part: Any, depth: int) -> bool:
        """Optional parts that refer back into the schema are left out below the first levels."""
        return depth >= 2 and "$ref" in repr(part)[:2_000]

    def _unnamed(self, schema: Schema, key: str) -> Any:
        patterns = schema.get("patternProperties", {})
        for pattern, part in patterns.items():
            if len(pattern) < 200 and _found(pattern, key):
                return part
        return schema.get("additionalProperties", True)

    def _arrays(self, schema: Schema, name: str, depth: int) -> Iterator[list[Any]]:
        """First with the items the text gives, then with as few as are allowed."""
        prefix = schema.get("prefixItems", []) if isinstance(schema.get("prefixItems"), list) else []
        least, most = min(1_000, int(schema.get("minItems", 0))), int(schema.get("maxItems", 1_000))
        items = schema.get("items", True)
        if not prefix and depth <= DEEPEST and isinstance(items, dict):
            given = self._given_items(items, name, depth)[:most]
            if len(given) >= max(1, least):
                self.taken.append(name)
                yield list(_distinct(given)) if schema.get("uniqueItems") else given
        result = [self.value(part, "", depth + 1) for part in prefix[:most]] if least or depth <= DEEPEST else []
        contains = schema.get("contains")
        if contains is not None and schema.get("minContains", 1):
            result += [self.value(contains, "", depth + 1)] * int(schema.get("minContains", 1))
        while len(result) < least:
            result.append(self._another(items, result, schema.get("uniqueItems", False), depth))
        yield result
        if least < len(result):
            yield result[:least]

    def _given_items(self, items: Schema, name: str, depth: int) -> list[Any]:
        found = flat(items, self.root)
        if not isinstance(found, dict) or depth > 4:
            return []
        if found.get("type") == "object" or "properties" in found:
            return self._rows(found, depth)
        wanted = self.source.listed(name)
        if found.get("type") in ("number", "integer"):
            values: list[Any] = [plain(number) for number in numbers_in(self.source.head)[:1_000]]
        elif isinstance(found.get("enum"), list):
            lowered = self.source.head.lower()
            values = [item for item in found["enum"] if isinstance(item, str) and item and item.lower() in lowered]
        else:
            values = wanted
        return [value for value in values if valid(value, found, self.root)]

    def _rows(self, schema: Schema, depth: int) -> list[dict[str, Any]]:
        """One object for each part of the text that gives more than half of its required properties.

        Of the ways to cut the text that one is kept whose rows are given the most, and of two alike the first.
        """
        about = named_words(schema)
        best: list[dict[str, Any]] = []
        most = 0
        for parts in ways(self.source.head):
            rows, gained = self._rows_of(parts, schema, about, depth)
            if gained > most:
                best, most = rows, gained
        return best

    def _rows_of(
        self, parts: list[str], schema: Schema, about: frozenset[str], depth: int
    ) -> tuple[list[dict[str, Any]], int]:
        """The rows that parts of the text give, and how many of their values the text gave."""
        wanted = set(schema.get("required") or schema.get("properties", {}))
        rows, gained = [], 0
        for part in parts:
            inner = Filling(self.root, Source(part, self.source.today, about, row=True), self.given, self.made)
            try:
                row = inner.value(schema, "", depth + 1)
            except Impossible:
                continue
            taken = wanted & set(inner.taken)
            if wanted and len(taken) * 2 > len(wanted):
                rows.append(row)
                gained += len(taken) * 2 - len(wanted)
        return rows, gained

    def _another(self, items: Any, before: list[Any], unique: bool, depth: int) -> Any:
        """An item, different from those before where that is asked."""
        value = self.value(items, "", depth + 1)
        if not unique or not any(same(value, other) for other in before):
            return value
        found = flat(items, self.root)
        schema = found if isinstance(found, dict) else {}
        options: list[Any] = list(schema.get("enum", []))
        kinds = schema.get("type", ["integer", "string"])
        if "integer" in kinds or "number" in kinds:
            options += (
                [value + step for step in range(1, len(before) + 2)]
                if isinstance(value, int | float)
                else [*range(len(before) + 2)]
            )
            options += [value - step for step in range(1, len(before) + 2)] if isinstance(value, int | float) else []
        if "string" in kinds:
            options += [f"{value}{number}" for number in range(len(before) + 2)] if isinstance(value, str) else []
            options += ["abcdefghijklmnopqrstuvwxyz"[number % 26] for number in range(len(before) + 2)]
        options += [True, False, None, [], {}]
        for option in options:
            if valid(option, items, self.root) and not any(same(option, other) for other in before):
                return option
        raise Impossible("no further different item was found")


def _distinct(items: list[Any]) -> Iterator[Any]:
    seen: list[Any] = []
    for item in items:
        if not any(same(item, other) for other in seen):
            seen.append(item)
            yield item


def _found(pattern: str, key: str) -> bool:
    try:
        return bool(re.search(pattern, key))
    except re.error:
        return False


def named_words(schema: Schema) -> frozenset[str]:
    """The words of all property names of an object's schema."""
    named = schema.get("properties")
    return frozenset(word for name in (named if isinstance(named, dict) else ()) for word in key_words(name))


def fill(
    schema: Schema, text: str, given: dict[str, Any] | None = None, today: date | None = None
) -> tuple[Any, list[str]]:
    """A valid value and the names of the properties that the text gave; raises `Impossible`."""
    root = flat(schema, schema)
    about = named_words(root) if isinstance(root, dict) else frozenset()
    filling = Filling(schema, Source(text, today, about), given)
    try:
        value = filling.value(schema)
    except RecursionError:
        raise Impossible("the schema is nested too deeply") from None
    return value, list(dict.fromkeys(filling.taken))
