"""JSON to a schema: values taken from the text where it gives them, else the smallest valid ones; checked.

It notes which values nothing gave. It refuses to go on for ever: past 24 levels only what is required is written, and
20,000 values are the most.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count, islice
from typing import Any

from caicaini_nb.sandbox.rules.list_filling import Impossible, arrays, named_words
from caicaini_nb.sandbox.rules.references import Schema, flat, merge
from caicaini_nb.sandbox.rules.smallest import smallest_number, smallest_strings
from caicaini_nb.sandbox.rules.string_finders import PEOPLE, PLACES, key_words
from caicaini_nb.sandbox.rules.validity import is_type, valid
from caicaini_nb.sandbox.rules.values import Source

__all__ = ["Filling"]

DEEPEST, MOST, PROPOSALS = 24, 20_000, 60
NAMING = PEOPLE | PLACES
ORDER = ("object", "array", "string", "integer", "number", "boolean", "null")
HINTS = (
    ("object", ("properties", "required", "additionalProperties", "minProperties")),
    ("array", ("items", "prefixItems", "minItems", "contains")),
    ("string", ("pattern", "format", "minLength", "maxLength")),
    ("number", ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
)


class Filling:
    """One filling of one schema from one text.

    `given` are values known beforehand, by property name, `unsure` those of them that are no answer. `guessed` are the
    paths of the values that nothing gave; an object's optional ones are left out.
    """

    def __init__(
        self,
        root: Schema,
        source: Source,
        given: dict[str, Any] | None = None,
        unsure: Iterable[str] = (),
        made: Iterator[int] | None = None,
    ) -> None:
        self.root, self.source, self.given, self.unsure = root, source, given or {}, frozenset(unsure)
        self.made = made or count()  # shared with the fillings of rows, so that the bound is for all
        self.taken: list[str] = []
        self.guessed: list[tuple[str, ...]] = []
        self.path: tuple[str, ...] = ()
        self._owned: dict[str, str] = {}  # which property took what is quoted, a person or a place: one only

    def value(self, schema: Any, name: str = "", depth: int = 0) -> Any:
        """A valid value; raises `Impossible` where there is none."""
        if next(self.made) > MOST or depth > DEEPEST * 2:
            raise Impossible("the schema is too large to fill")
        found = flat(schema, self.root)
        if found is False:
            raise Impossible(f"nothing is allowed at {name or 'the root'}")
        if found is True:
            return next(iter(self._from_text(name, {"type": "string"})), "")
        known = len(self.guessed)
        try:
            for candidate in self._candidates(found, name, depth):
                if valid(candidate, found, self.root):
                    return candidate
                del self.guessed[known:]
        except Impossible:
            del self.guessed[known:]
            raise
        raise Impossible(f"no valid value was found for {name or 'the root'}")

    def inner(self, source: Source) -> Filling:
        """A filling of another text with the same schema and the same values known beforehand."""
        return Filling(self.root, source, self.given, self.unsure, self.made)

    def guess(self, candidates: Iterable[Any]) -> Iterator[Any]:
        """The candidates, each noted as one that nothing gave."""
        for candidate in candidates:
            self.guessed.append(self.path)
            yield candidate

    def _candidates(self, schema: Schema, name: str, depth: int) -> Iterator[Any]:
        if "const" in schema:
            yield schema["const"]
            return
        if name in self.given and valid(self.given[name], schema, self.root):
            self.taken.append(name)
            yield from self.guess([self.given[name]]) if name in self.unsure else [self.given[name]]
        if "enum" in schema:
            yield from islice(self._from_text(name, schema), PROPOSALS)
            yield from [schema["default"]] if "default" in schema else []
            yield from self.guess([*self.source.otherwise(schema["enum"]), *schema["enum"]])
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
        known = len(self.guessed)
        for branch in branches:
            one = flat(branch, self.root)
            merged = merge(rest, one) if isinstance(one, dict) else rest
            before = len(self.taken)
            try:
                value = self.value(merged, name, depth + 1)
            except Impossible:
                continue
            filled.append((len(self.taken) - before, value, self.guessed[known:]))
            del self.guessed[known:]
        if any(value is None for _, value, _ in filled) and not any(gained for gained, _, _ in filled):
            yield None
        for _, value, guessed in sorted(filled, key=lambda item: -item[0]):
            self.guessed[known:] = guessed
            yield value

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
            yield from arrays(self, schema, name, depth)
        elif kind == "null":
            yield None
        else:
            yield from islice(self._from_text(name, {**schema, "type": kind}), PROPOSALS)
            yield from [schema["default"]] if "default" in schema else []
            if kind == "string":
                yield from self.guess(smallest_strings(schema))
            elif kind == "boolean":
                yield from self.guess((False, True))
            else:
                yield from self.guess([smallest_number(schema, whole=kind == "integer")])

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
        """Whether a value is for this property: what is quoted, a person or a place stands for one property only.

        What is quoted may also name a property, and a name that is written twice may stand for two.
        """
        if not isinstance(value, str):
            return True
        if value in self.source.quotes:
            return value.lower() not in self.source.about and self._owned.setdefault(value, name) == name
        words = set(key_words(name))
        if not NAMING & words or self.source.head.count(value) > 1:
            return True
        if self.source.labels(value) - words:
            return False
        return self._owned.setdefault(value, name) == name

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
            known, outer = len(self.guessed), self.path
            self.path = (*outer, key)
            try:
                result[key] = self.value(named.get(key, self._unnamed(schema, key)), key, depth + 1)
            except Impossible:
                if not optional:
                    raise
            finally:
                self.path = outer
            if optional and required and len(self.guessed) > known:
                del self.guessed[known:], result[key]
        ordered = {key: result[key] for key in named if key in result} | result
        if not ordered and isinstance(schema.get("additionalProperties"), dict):
            self.guessed.append(self.path)  # names of its own are not looked for in a text
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


def _found(pattern: str, key: str) -> bool:
    try:
        return bool(re.search(pattern, key))
    except re.error:
        return False
