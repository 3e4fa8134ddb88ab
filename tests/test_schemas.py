"""Types described as JSON Schema, values read back, and what is said of those that do not fit."""

from __future__ import annotations

import enum
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, NotRequired, Optional, TypedDict, TypeVar
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field

from caicaini_nb.errors import ConfigurationError
from caicaini_nb.schemas.schema import describe, first_problem
from tests.fake_service import FakeService, answer


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 2


@dataclass
class Item:
    """One line of a receipt."""

    name: Annotated[str, msgspec.Meta(description="As it is printed", min_length=1)]
    price: Decimal
    bought: date | None = None
    colour: Colour = Colour.RED
    tags: list[str] = field(default_factory=list)


@dataclass
class Cat:
    meows: int


@dataclass
class Dog:
    barks: int = 0


@dataclass
class Node:
    value: int
    following: Optional[Node] = None  # noqa: UP045


class Movie(TypedDict):
    """A film."""

    title: str
    year: NotRequired[Annotated[int, msgspec.Meta(ge=1888)]]


class Point(NamedTuple):
    x: float
    y: float = 0.0


class Square(msgspec.Struct, tag="square"):
    side_length: float


class Circle(msgspec.Struct, tag="circle", rename="camel"):
    circle_radius: float


class Person(BaseModel):
    """Somebody."""

    name: str = Field(description="In full")
    age: int = Field(ge=0)
    friends: list[Person] = []


class Address(BaseModel):
    city: str


class Company(BaseModel):
    seat: Address = Field(description="The main one")
    others: list[Address] = []


T = TypeVar("T")


@dataclass
class Box(Generic[T]):
    content: T
    more: list[T] = field(default_factory=list)


@dataclass
class Checked:
    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")


Name = NewType("Name", str)


class Missing(TypedDict):
    part: Nowhere  # type: ignore[name-defined]  # noqa: F821


AMOUNT = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}]}
ITEM = {
    "type": "object",
    "description": "One line of a receipt.",
    "properties": {
        "name": {"type": "string", "description": "As it is printed", "minLength": 1},
        "price": AMOUNT,
        "bought": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
        "colour": {"type": "string", "enum": ["red", "blue"], "default": "red"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["name", "price"],
    "additionalProperties": False,
}
MOVIE = {
    "type": "object",
    "description": "A film.",
    "properties": {"title": {"type": "string"}, "year": {"type": "integer", "minimum": 1888}},
    "required": ["title"],
    "additionalProperties": False,
}

SCHEMAS: list[tuple[Any, Mapping[str, Any]]] = [
    (Item, ITEM),
    (list[Item], {"type": "array", "items": ITEM}),
    (Movie, MOVIE),
    (int | None, {"type": ["integer", "null"]}),
    (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
    (Literal["b", 1, None], {"enum": ["b", 1, None]}),
    (Size, {"enum": [1, 2]}),
    (dict[str, float], {"type": "object", "additionalProperties": {"type": "number"}}),
    (
        dict[Colour, int],
        {"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"enum": ["red", "blue"]}},
    ),
    (set[str], {"type": "array", "items": {"type": "string"}, "uniqueItems": True}),
    (
        tuple[int, str],
        {
            "type": "array",
            "prefixItems": [{"type": "integer"}, {"type": "string"}],
            "items": False,
            "minItems": 2,
            "maxItems": 2,
        },
    ),
    (datetime, {"type": "string", "format": "date-time"}),
    (Name, {"type": "string"}),
    (Any, {}),
    (list, {"type": "array"}),
    (Annotated[list[int], msgspec.Meta(max_length=3)], {"type": "array", "items": {"type": "integer"}, "maxItems": 3}),
    (Address, {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}),
]


@pytest.mark.parametrize(("kind", "schema"), SCHEMAS, ids=[str(kind) for kind, _ in SCHEMAS])
def test_a_type_has_the_schema_a_person_would_write(kind: Any, schema: Mapping[str, Any]) -> None:
    assert describe(kind).schema == schema
    Draft202012Validator.check_schema(schema)


READINGS: list[tuple[Any, Any, Any]] = [
    (Item, {"name": "Tea", "price": 2.8, "bought": "2026-11-21"}, Item("Tea", Decimal("2.8"), date(2026, 11, 21))),
    (Item, {"name": "Tea", "price": "2.80", "colour": "blue"}, Item("Tea", Decimal("2.80"), colour=Colour.BLUE)),
    (list[Cat | Dog], [{"barks": 1}, {"meows": 2}, {}], [Dog(1), Cat(2), Dog(0)]),
    (Square | Circle, {"type": "circle", "circleRadius": 2}, Circle(2.0)),
    (Node, {"value": 1, "following": {"value": 2}}, Node(1, Node(2))),
    (Movie, {"title": "M"}, {"title": "M"}),
    (Point, {"x": 1}, Point(1.0)),
    (Person, {"name": "Ada", "age": 36, "friends": [{"name": "B", "age": 1}]}, None),
    (Box[Item], {"content": {"name": "Tea", "price": 1}}, Box(Item("Tea", Decimal(1)))),
    (dict[Colour, int], {"red": 1}, {Colour.RED: 1}),
    (dict[int, date], {"7": "2026-11-21"}, {7: date(2026, 11, 21)}),
    (tuple[int, ...], [1, 2], (1, 2)),
    (tuple[int, Name], [1, "b"], (1, "b")),
    (frozenset[str], ["a"], frozenset("a")),
    (int, 3.0, 3),
    (Size, 2, Size.LARGE),
    (Literal[1, True], True, True),
    (float | None, None, None),
    (datetime, "2026-11-21T10:00:00Z", datetime(2026, 11, 21, 10, tzinfo=UTC)),
    (datetime, "2026-11-21T10:00:00", datetime(2026, 11, 21, 10)),
    (time, "10:00:00", time(10)),
    (timedelta, "P1DT2H", timedelta(days=1, hours=2)),
    (UUID, "12345678-1234-5678-1234-567812345678", UUID("12345678-1234-5678-1234-567812345678")),
    (Path, "a/b", Path("a/b")),
    ({"type": "object"}, {"a": [1]}, {"a": [1]}),
]


@pytest.mark.parametrize(("kind", "value", "expected"), READINGS, ids=[str(row[0]) for row in READINGS])
def test_what_fits_is_read_as_its_type(kind: Any, value: Any, expected: Any) -> None:
    described = describe(kind)
    assert first_problem(value, described.schema) is None
    read = described.read(value)
    if kind is Person:
        assert isinstance(read, Person)
        assert isinstance(read.friends[0], Person)
    else:
        assert read == expected
        assert type(read) is type(expected)


MISFITS: list[tuple[Any, Any, str]] = [
    (list[Item], [{"name": "T", "price": 1}, {"name": "T", "price": "x"}], r"^\$\[1\]\.price"),
    (Item, {"name": "T"}, r"^\$: 'price' is a required property"),
    (Item, {"name": "T", "price": 1, "size": 2}, r"^\$: .*'size' was unexpected"),
    (Item, {"name": "T", "price": 1, "bought": "2026-13-01"}, r"^\$\.bought"),
    (Cat | Dog, {"meows": "x"}, r"^\$.*meows"),
    (Node, {"value": 1, "following": {"value": "x"}}, r"^\$\.following"),
    (dict[str, int], {"a b": "x"}, r"^\$(\['a b'\]|\.a b|\.\"a b\")"),
    (int, True, r"^\$: "),
    (int, 1.5, r"^\$: "),
    (Literal[1], True, r"^\$: True"),
    (Colour, "green", r"^\$: 'green'"),
    (tuple[int, int], [1], r"^\$: "),
    (Square | Circle, {"type": "oval"}, r"^\$"),
    (Person, {"name": "Ada", "age": -1}, r"^\$\.age: "),
    (str, None, r"^\$: "),
]


@pytest.mark.parametrize(("kind", "value", "said"), MISFITS, ids=[str(row[0]) for row in MISFITS])
def test_what_does_not_fit_is_said_with_its_place(kind: Any, value: Any, said: str) -> None:
    described = describe(kind)
    with pytest.raises(ValueError, match=said):
        described.read(value)
    problem = first_problem(value, described.schema)
    assert problem is not None
    with pytest.raises(ValueError, match=said):
        raise ValueError(problem)


def test_what_a_class_refuses_when_it_is_made_is_a_misfit() -> None:
    described = describe(list[Checked])
    assert first_problem([{"low": 2, "high": 1}], described.schema) is None
    with pytest.raises(ValueError, match=r"^\$\[0\]: low is above high$"):
        described.read([{"low": 2, "high": 1}])


def test_definitions_stay_only_where_they_come_back_to_themselves() -> None:
    node = describe(Node).schema
    assert set(node["$defs"]) == {"Node"}
    assert node["type"] == "object"
    person = describe(dict[str, Person]).schema
    assert person["additionalProperties"] == {"$ref": "#/$defs/Person"}
    company = describe(Company).schema
    assert "$" not in json.dumps(company)
    assert company["properties"]["seat"] == {**describe(Address).schema, "description": "The main one"}


def test_two_classes_of_one_name_do_not_meet() -> None:
    other: Any = dataclass(type("Node", (), {"__annotations__": {"text": str}}))
    schema = describe(tuple.__class_getitem__((Node, other))).schema
    assert schema["prefixItems"][1]["properties"] == {"text": {"type": "string"}}
    assert first_problem([{"value": 1, "following": {"value": 2}}, {"text": "a"}], schema) is None


def test_a_schema_that_would_grow_without_end_keeps_its_definitions() -> None:
    kind: Any = Address
    for level in range(12):
        made: Any = dataclass(type(f"Level{level}", (), {"__annotations__": {"a": kind, "b": kind}}))
        kind = made
    schema = describe(kind).schema
    assert len(json.dumps(schema)) < 10_000
    assert first_problem({"a": 1, "b": 2}, schema) is not None


@pytest.mark.parametrize("kind", [complex, object(), len, type, "Item", True, 7, Literal[b"x"], Missing])
def test_what_json_has_no_word_for_is_refused(kind: Any) -> None:
    with pytest.raises(ConfigurationError):
        describe(kind)


def test_the_first_problem_reads_like_a_sentence() -> None:
    row = {"type": "object", "properties": {"price": {"type": "number"}}}
    schema = {"type": "object", "properties": {"items": {"type": "array", "items": row}}}
    value = {"items": [{"price": 1}, {"price": 2}, {"price": "x"}]}
    assert first_problem(value, schema) == "$.items[2].price: 'x' is not of type 'number'"
    assert len(first_problem({"items": "x" * 10_000}, schema) or "") < 400


FORMATS = [
    ("date", "2026-11-21", "2026-11-41"),
    ("date-time", "2026-11-21T10:00:00Z", "tomorrow"),
    ("date-time", "2026-11-21T10:00:00", "2026-11-21"),
    ("time", "10:00:00", "25:00:00"),
    ("email", "ada@example.org", "ada"),
    ("uri", "https://example.org/a?b=c", "example dot org"),
    ("ipv4", "127.0.0.1", "127.0.0.256"),
    ("uuid", "12345678-1234-5678-1234-567812345678", "1234"),
]


@pytest.mark.parametrize(("name", "right", "wrong"), FORMATS)
def test_formats_are_checked(name: str, right: str, wrong: str) -> None:
    schema = {"type": ["string", "integer"], "format": name}
    assert first_problem(right, schema) is None
    assert first_problem(7, schema) is None
    assert f"{wrong!r} is not a {name!r}" in (first_problem(wrong, schema) or "")


WRONG = [
    ({"type": "objet"}, r"\$\.type"),
    ({"properties": 3}, r"\$\.properties"),
    ({"type": "object", "properties": {"a": {"minimum": "x"}}}, r"\$\.properties\.a\.minimum"),
    ({"$ref": "#/$defs/missing"}, "'#/\\$defs/missing'"),
    ({"$ref": "https://example.org/schema.json"}, "nothing is fetched"),
    ({"items": {"$ref": "other.json"}}, "'other.json'"),
    ({"$id": "https://example.org/a", "$ref": "https://example.org/b"}, "nothing is fetched"),
]


@pytest.mark.parametrize(("schema", "said"), WRONG)
def test_a_wrong_schema_is_the_callers_mistake(schema: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        first_problem({}, schema)


def test_nothing_is_fetched(service: FakeService) -> None:
    service.play(answer({"type": "object"}))
    with pytest.raises(ConfigurationError, match="nothing is fetched"):
        first_problem({}, {"$id": f"{service.base}/a", "$ref": f"{service.base}/b"})
    assert service.received == []


def test_a_property_may_be_called_like_a_keyword() -> None:
    schema = {"type": "object", "properties": {"$ref": {"type": "string"}, "title": {"type": "integer"}}}
    assert first_problem({"$ref": "elsewhere", "title": 1}, schema) is None
    assert (first_problem({"title": "x"}, schema) or "").startswith("$.title")


def test_without_the_library_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jsonschema", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'caicaini-nb\[tools\]'"):
        first_problem({}, {})


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
ITEMS = st.builds(
    Item,
    name=TEXT.filter(bool),
    price=st.decimals(allow_nan=False, allow_infinity=False, places=2),
    bought=st.none() | st.dates(),
    colour=st.sampled_from(Colour),
    tags=st.lists(TEXT, max_size=3),
)


@dataclass
class Everything:
    items: list[Item]
    pet: Cat | Dog | None
    tree: Node
    sizes: dict[str, Size]
    pair: tuple[int, str]
    when: datetime
    odd: Literal["x", 3]
    box: Box[float]


EVERYTHING = st.builds(
    Everything,
    items=st.lists(ITEMS, max_size=3),
    pet=st.none() | st.builds(Cat, st.integers()) | st.builds(Dog, st.integers()),
    tree=st.recursive(
        st.builds(Node, st.integers(), st.none()), lambda inner: st.builds(Node, st.integers(), inner), max_leaves=5
    ),
    sizes=st.dictionaries(TEXT, st.sampled_from(Size), max_size=3),
    pair=st.tuples(st.integers(), TEXT),
    when=st.datetimes(timezones=st.just(UTC)),
    odd=st.sampled_from(["x", 3]),
    box=st.builds(Box, st.floats(allow_nan=False, allow_infinity=False), st.just([])),
)
DESCRIBED = describe(Everything)


@given(EVERYTHING)
def test_any_value_comes_back_the_same(value: Everything) -> None:
    wire = json.loads(msgspec.json.encode(value))
    assert first_problem(wire, DESCRIBED.schema) is None
    assert DESCRIBED.read(wire) == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(JSON | st.fixed_dictionaries(dict.fromkeys(DESCRIBED.schema["required"], JSON)))
def test_what_is_no_such_value_is_refused_by_both(value: Any) -> None:
    assert (first_problem(value, DESCRIBED.schema) or "").startswith("$")
    with pytest.raises(ValueError, match=r"^\$"):
        DESCRIBED.read(value)


def test_the_first_check_loads_no_parser_that_takes_seconds() -> None:
    code = (
        "import sys; from caicaini_nb.schemas.schema import first_problem; "
        "assert first_problem('x', {'type': 'integer'}) and 'rfc3987_syntax' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
