"""Python types as JSON: for each the JSON Schema of its values, and the function that reads a value back.

Taken: what JSON has, dates and the like, `Literal`, enums, lists, sets, tuples, dicts, `Optional` and unions,
dataclasses, `TypedDict`, named tuples, msgspec structs, pydantic models, and any nesting of these. Refused with
`TypeError`: what JSON cannot say. An object with a key its class does not have is refused, too.
"""

from __future__ import annotations

import collections.abc as abc
import dataclasses
import enum
import types
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal, NotRequired, Required, TypeVar, Union

import msgspec

from .leaves import LEAVES, Kind, MisfitError, Read, constraints, leaf, literal, made, short
from .members import default, described, filled_in, members_of, tag_of
from .tree import DEFINITIONS, Schema, changed

__all__ = ["Kinds"]

LISTS: Mapping[Any, Callable[[Any], Any]] = {
    list: list, set: set, frozenset: frozenset, tuple: tuple, abc.Sequence: list, abc.MutableSequence: list,
    abc.Iterable: list, abc.Collection: list, abc.Set: set, abc.MutableSet: set,
}  # fmt: skip
SETS = (set, frozenset, abc.Set, abc.MutableSet)
DICTS = (dict, abc.Mapping, abc.MutableMapping)
WRAPPERS = (Required, NotRequired, Final)


class Kinds:
    """Reads types, and gathers the classes among them as `definitions`."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}
        self._classes: dict[Any, tuple[str, Kind]] = {}

    def of(self, kind: Any) -> Kind:
        """Raises `TypeError` for a type that JSON has no word for, `NameError` for a name that means nothing."""
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if origin is Annotated:
            return self._annotated(arguments[0], arguments[1:])
        if origin in WRAPPERS:
            return self.of(arguments[0])
        if origin is Literal:
            return literal(arguments)
        if origin in (Union, types.UnionType):
            return self._union(arguments)
        if isinstance(kind, TypeVar):
            return self.of(Any if kind.__bound__ is None else kind.__bound__)
        aliased = getattr(kind, "__supertype__", getattr(kind, "__value__", None))
        if aliased is not None and not isinstance(kind, type):
            return self.of(aliased)
        if kind is None:
            return leaf(type(None))
        plain = kind if origin is None else origin
        if _is_hashable(plain) and plain in LEAVES:
            return leaf(plain)
        if plain in DICTS:
            return self._dict(arguments)
        if plain in LISTS:
            return self._list(plain, arguments)
        return self._class(kind, plain)

    def _annotated(self, kind: Any, notes: tuple[Any, ...]) -> Kind:
        inner = self.of(kind)
        schema = dict(inner.schema)
        for note in notes:
            if isinstance(note, msgspec.Meta):
                schema |= constraints(note, schema)
        return Kind(schema, inner.read)

    def _union(self, members: tuple[Any, ...]) -> Kind:
        kinds = [self.of(member) for member in members]
        schemas = [kind.schema for kind in kinds]
        simple = all(schema.keys() == {"type"} and isinstance(schema["type"], str) for schema in schemas)
        schema = {"type": [item["type"] for item in schemas]} if simple else {"anyOf": schemas}
        named = ", ".join(getattr(member, "__name__", str(member)) for member in members)
        sole = [kind for kind, member in zip(kinds, members, strict=True) if member not in (None, type(None))]

        def read(value: Any, path: str) -> Any:
            if len(sole) == 1 and len(kinds) == 2:
                return None if value is None else sole[0].read(value, path)
            for kind in kinds:
                try:
                    return kind.read(value, path)
                except MisfitError:
                    continue
            raise MisfitError(f"{path}: {short(value)} is none of {named}")

        return Kind(schema, read)

    def _list(self, plain: Any, arguments: tuple[Any, ...]) -> Kind:
        if plain is tuple and arguments and arguments[-1] is not Ellipsis:
            return self._tuple(arguments)
        item = self.of(arguments[0]) if arguments else leaf(Any)
        make = LISTS[plain]
        schema: dict[str, Any] = {"type": "array", **({"items": item.schema} if item.schema else {})}
        if plain in SETS:
            schema["uniqueItems"] = True

        def read(value: Any, path: str) -> Any:
            items = [item.read(part, f"{path}[{place}]") for place, part in enumerate(_listed(value, path))]
            return made(lambda: make(items), path)

        return Kind(schema, read)

    def _tuple(self, arguments: tuple[Any, ...]) -> Kind:
        kinds = [self.of(argument) for argument in arguments]
        size = len(kinds)
        schema = {
            "type": "array",
            "prefixItems": [kind.schema for kind in kinds],
            "items": False,
            "minItems": size,
            "maxItems": size,
        }

        def read(value: Any, path: str) -> tuple[Any, ...]:
            parts = _listed(value, path)
            if len(parts) != size:
                raise MisfitError(f"{path}: has {len(parts)} items, not {size}")
            return tuple(
                kind.read(part, f"{path}[{at}]") for at, (kind, part) in enumerate(zip(kinds, parts, strict=True))
            )

        return Kind(schema, read)

    def _dict(self, arguments: tuple[Any, ...]) -> Kind:
        key_kind = arguments[0] if arguments else str
        key, item = self.of(key_kind), self.of(arguments[1] if arguments else Any)
        schema: dict[str, Any] = {"type": "object", **({"additionalProperties": item.schema} if item.schema else {})}
        described_key = self.definitions.get(str(key.schema.get("$ref", "")).removeprefix(DEFINITIONS), key.schema)
        if "enum" in described_key:
            schema["propertyNames"] = {"enum": [str(value) for value in described_key["enum"]]}

        def read(value: Any, path: str) -> dict[Any, Any]:
            return {
                _key(key, key_kind, name, path): item.read(part, _at(path, name))
                for name, part in _object(value, path).items()
            }

        return Kind(schema, read)

    def _class(self, kind: Any, plain: Any) -> Kind:
        """A class by reference: its definition is written once, and may come back to itself."""
        if not isinstance(plain, type):
            raise TypeError(f"{kind!r} is not a type that JSON has")
        if kind in self._classes:
            return self._classes[kind][1]
        describe = next((describe for holds, describe in CLASSES if holds(plain)), None)
        if describe is None:
            raise TypeError(f"{plain.__qualname__} is not a type that JSON has")
        name = self._name(
            "_".join([plain.__name__, *(getattr(item, "__name__", "") for item in typing.get_args(kind))])
        )
        readers: list[Read] = []
        reference = Kind({"$ref": DEFINITIONS + name}, lambda value, path: readers[0](value, path))
        self._classes[kind] = name, reference
        self.definitions[name] = {}  # the name is taken while its members are read
        whole = describe(self, kind, plain)
        self.definitions[name] = whole.schema
        readers.append(whole.read)
        return reference

    def _name(self, name: str) -> str:
        """The name, or one like it that is not taken."""
        while name in self.definitions:
            name += "_"
        return name

    def _model(self, kind: Any, plain: Any) -> Kind:
        """A pydantic model by its own schema and its own reading."""
        own = dict(kind.model_json_schema())
        nested = own.pop("$defs", {})
        itself = str(own.get("$ref", "")).removeprefix(DEFINITIONS)  # a model that refers to itself is among its own
        names = {itself: self._classes[kind][0]} if itself in nested else {}
        for name in nested.keys() - names.keys():
            names[name] = self._name(name)
            self.definitions[names[name]] = {}

        def renamed(part: dict[str, Any]) -> dict[str, Any]:
            part.pop("title", None)
            target = str(part.get("$ref", "")).removeprefix(DEFINITIONS)
            return {**part, "$ref": DEFINITIONS + names[target]} if target in names else part

        for name in nested:
            self.definitions[names[name]] = changed(nested[name], renamed)

        def read(value: Any, path: str) -> Any:
            try:
                return kind.model_validate_json(msgspec.json.encode(value))
            except ValueError as error:
                raise MisfitError(_validation_problem(error, path)) from None

        return Kind(changed(nested.get(itself, own), renamed), read)

    def _enum(self, kind: Any, plain: Any) -> Kind:
        values = literal(tuple(member.value for member in plain))
        return Kind({**described(plain), **values.schema}, lambda value, path: plain(values.read(value, path)))

    def _members(self, kind: Any, plain: Any) -> Kind:
        """Anything with named members, made by calling its class (a dict, for a `TypedDict`)."""
        members = members_of(plain)
        filled = dict(zip(getattr(plain, "__parameters__", ()), typing.get_args(kind), strict=False))
        kinds = {member.key: self.of(filled_in(member.type, filled)) for member in members}
        tag = tag_of(plain)
        schema: dict[str, Any] = {"type": "object", **described(plain), "properties": dict(tag)}
        for member in members:
            schema["properties"][member.key] = {**kinds[member.key].schema, **default(member)}
        required = [*tag, *(member.key for member in members if member.required)]
        schema |= {"required": required} if required else {}
        schema["additionalProperties"] = False
        names = {member.key: member.name for member in members}

        def read(value: Any, path: str) -> Any:
            given = {name: part for name, part in _object(value, path).items() if name not in tag}
            for name, only in tag.items():
                if value.get(name) not in only["enum"]:
                    raise MisfitError(f"{path}: {name!r} is not {only['enum'][0]!r}")
            for name in given.keys() - names.keys():
                raise MisfitError(f"{path}: {name!r} was unexpected")
            for name in required:
                if name not in value:
                    raise MisfitError(f"{path}: {name!r} is a required property")
            parts = {names[name]: kinds[name].read(part, _at(path, name)) for name, part in given.items()}
            return made(lambda: plain(**parts), path)

        return Kind(schema, read)


def _is_hashable(kind: Any) -> bool:
    return isinstance(kind, abc.Hashable)


def _key(key: Kind, kind: Any, name: str, path: str) -> Any:
    try:
        return key.read(name, path)
    except MisfitError:
        return made(lambda: msgspec.convert(name, kind, strict=False), path)


def _listed(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise MisfitError(f"{path}: {short(value)} is not an array")
    return value


def _object(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise MisfitError(f"{path}: {short(value)} is not an object")
    return value


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if name.isidentifier() else f"{path}[{name!r}]"


def _validation_problem(error: ValueError, path: str) -> str:
    """A pydantic error's first problem, in one line."""
    listed = getattr(error, "errors", None)
    first = listed()[0] if callable(listed) else {}
    for step in first.get("loc", ()):
        path = f"{path}[{step}]" if isinstance(step, int) else _at(path, str(step))
    return f"{path}: {first.get('msg', error)}"


CLASSES: tuple[tuple[Callable[[Any], bool], Callable[[Kinds, Any, Any], Kind]], ...] = (
    (lambda plain: hasattr(plain, "model_json_schema") and hasattr(plain, "model_validate_json"), Kinds._model),
    (lambda plain: issubclass(plain, enum.Enum), Kinds._enum),
    (dataclasses.is_dataclass, Kinds._members),
    (lambda plain: issubclass(plain, msgspec.Struct) and not plain.__struct_config__.array_like, Kinds._members),
    (typing.is_typeddict, Kinds._members),
    (lambda plain: issubclass(plain, tuple) and hasattr(plain, "_fields"), Kinds._members),
)
