"""Tools from functions: names, descriptions, schemas, how arguments are read, and what is refused."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, TypedDict
from unittest.mock import Mock

import msgspec
import pydantic
import pytest
from jsonschema import Draft202012Validator

from caicaini_nb.errors import ConfigurationError
from caicaini_nb.tools.function import as_tools, tool
from caicaini_nb.tools.tool import Tool


class Unit(Enum):
    CELSIUS = "celsius"
    FAHRENHEIT = "fahrenheit"


@dataclass
class Place:
    city: str
    country: str = "CN"


class Item(pydantic.BaseModel):
    name: str
    price: float = pydantic.Field(gt=0, description="in yuan")


class Window(TypedDict, total=False):
    days: int


def only(function: Any) -> Tool:
    (made,) = as_tools([function])
    Draft202012Validator.check_schema(made.schema)
    return made


def everything(  # type: ignore[no-untyped-def]
    text: str,
    number: float,
    place: Place,
    items: list[Item],
    unit: Unit = Unit.CELSIUS,
    mode: Literal["fast", "slow"] = "fast",
    note: str | None = None,
    unsaid: int = None,  # type: ignore[assignment] # noqa: RUF013 - people write it
    day: date = date(2026, 1, 1),
    amount: Decimal = Decimal(0),
    window: Window = {},  # noqa: B006 - never changed
    said: Annotated[str, "what else"] = "x",
    least: Annotated[int, msgspec.Meta(ge=1)] = 1,
    anything=None,
) -> Any:
    """Do everything.

    It does nothing else.

    Args:
        place: Where,
            exactly.
        unit: Of what.
    """
    return dict(locals())


def properties(made: Tool) -> dict[str, Any]:
    found: dict[str, Any] = made.schema["properties"]
    return found


def test_a_schema_says_what_the_signature_says() -> None:
    made = only(everything)
    assert (made.name, made.description, made.asks) == ("everything", "Do everything.", False)
    assert made.schema["type"] == "object"
    assert made.schema["required"] == ["text", "number", "place", "items"]
    assert made.schema["additionalProperties"] is False
    assert "$defs" not in made.schema
    named = properties(made)
    assert list(named) == list(inspect.signature(everything).parameters)
    assert named["text"] == {"type": "string"}
    assert named["number"] == {"type": "number"}
    assert named["place"]["properties"]["city"] == {"type": "string"}
    assert named["place"]["description"] == "Where, exactly."
    assert named["items"]["items"]["properties"]["price"]["exclusiveMinimum"] == 0
    assert (named["unit"]["enum"], named["unit"]["default"]) == (["celsius", "fahrenheit"], "celsius")
    assert named["unit"]["description"] == "Of what."
    assert (named["mode"]["enum"], named["mode"]["default"]) == (["fast", "slow"], "fast")
    assert named["day"]["format"] == "date"
    assert named["said"]["description"] == "what else"
    assert named["least"]["minimum"] == 1
    validator = Draft202012Validator(made.schema)
    good: dict[str, Any] = {"text": "t", "number": 1, "place": {"city": "X"}, "items": []}
    assert validator.is_valid(good)
    assert validator.is_valid({**good, "note": None, "unsaid": None, "anything": None})


def test_arguments_are_read_as_what_the_function_takes() -> None:
    made = only(everything)
    assert made.read is not None
    given = {
        "text": "t", "number": 1, "place": {"city": "X"}, "items": [{"name": "a", "price": 2}],
        "unit": "fahrenheit", "day": "2026-11-21", "window": {"days": 2}, "anything": [1],
    }  # fmt: skip
    taken = made.read(given)
    assert taken == {
        "text": "t", "number": 1.0, "place": Place("X"), "items": [Item(name="a", price=2)], "unit": Unit.FAHRENHEIT,
        "day": date(2026, 11, 21), "window": {"days": 2}, "anything": [1],
    }  # fmt: skip
    assert everything(**taken)["mode"] == "fast"
    with pytest.raises(ValueError, match="price"):
        made.read({**given, "items": [{"name": "a", "price": -1}]})


def test_the_function_stays_what_it_was() -> None:
    @tool
    def plain(n: int) -> int:
        """Count."""
        return n + 1

    @tool(asks=True, name="remove-it", description="Remove.")
    def named(n: int) -> int:
        return n + 2

    assert (plain(1), named(1)) == (2, 3)
    assert (only(plain).name, only(plain).description, only(plain).asks) == ("plain", "Count.", False)
    assert (only(named).name, only(named).description, only(named).asks) == ("remove-it", "Remove.", True)


class Shop:
    def __init__(self, name: str) -> None:
        self.name = name

    @tool(asks=True)
    def order(self, what: str, many: int = 1) -> str:
        """Order something."""
        return f"{self.name}: {what} {many}"

    @tool(asks=True)
    @staticmethod
    def close(now: bool) -> bool:
        return now

    @staticmethod
    @tool(asks=True)
    def open_(now: bool) -> bool:
        return now

    @tool(asks=True)
    @classmethod
    def empty(cls, now: bool) -> bool:
        return now


class Caller:
    """Calls."""

    @tool(asks=True, name="caller")
    def __call__(self, n: int) -> int:
        return n


def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return inner


MARKED = {
    "a method": Shop("A").order,
    "a static method marked outside": Shop.close,
    "a static method marked inside": Shop.open_,
    "a class method": Shop.empty,
    "an object that can be called": Caller(),
    "a partial": functools.partial(Shop("A").order, many=3),
    "a partial of a partial": functools.partial(functools.partial(Shop("A").order, "tea"), many=3),
    "a wrapped one": wrapped(Shop.open_),
    "a partial that is marked again": tool(name="other")(functools.partial(Shop.open_)),
    "one that is marked again": tool(name="other")(wrapped(Shop.open_)),
}


@pytest.mark.parametrize("function", MARKED.values(), ids=MARKED)
def test_a_mark_that_asks_is_never_lost(function: Any) -> None:
    assert only(function).asks


def test_methods_and_partials() -> None:
    made = only(Shop("A").order)
    assert (made.name, list(properties(made))) == ("order", ["what", "many"])
    assert made.function is not None
    assert made.function(what="tea", many=2) == "A: tea 2"
    part = only(functools.partial(Shop("B").order, many=3))
    assert (part.name, part.description, list(properties(part))) == ("order", "Order something.", ["what"])
    assert part.function is not None
    assert part.function(what="tea") == "B: tea 3"
    assert list(properties(only(functools.partial(Shop("B").order, "tea")))) == ["many"]
    assert only(Caller()).name == "caller"


def test_what_a_partial_has_filled_in_is_not_the_models_to_change() -> None:
    made = only(functools.partial(Shop("B").order, many=3))
    assert not Draft202012Validator(made.schema).is_valid({"what": "tea", "many": 500})


def test_dicts_of_both_surfaces_are_described_tools() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    messages, chat, bare = as_tools(
        [
            {"name": "a", "description": "A.", "input_schema": schema},
            {"type": "function", "function": {"name": "b", "description": "B.", "parameters": schema, "strict": True}},
            {"name": "c"},
        ]
    )
    assert messages == Tool("a", "A.", schema)
    assert chat == Tool("b", "B.", schema)
    assert bare == Tool("c", "", {"type": "object", "properties": {}})
    assert as_tools([messages]) == (messages,)


def starred(*values: int) -> None: ...
def keywords(**values: int) -> None: ...
def positional(value: int, /) -> None: ...
def socketed(value: Mock) -> None: ...
def unknown(value: Nowhere) -> None: ...  # type: ignore[name-defined] # noqa: F821
def 天气(city: str) -> None: ...  # noqa: N802
def only_returns(value: int) -> Nowhere: ...  # type: ignore[name-defined] # noqa: F821


def plain(n: int) -> None: ...


WRONG: dict[str, tuple[Any, str]] = {
    "*args": ([starred], r"starred takes \*values"),
    "**kwargs": ([keywords], r"keywords takes \*\*values"),
    "positional-only": ([positional], "positional takes value"),
    "built in": ([math.sqrt], "sqrt takes x"),
    "a type JSON has no word for": ([socketed], "cannot be said in JSON"),
    "a hint nobody knows": ([unknown], "unknown has a hint that cannot be read"),
    "a name no service takes": ([天气], "not a tool's name"),
    "a lambda": ([lambda n: n], "not a tool's name"),
    "a method without its object": ([Shop.order], "method without its object"),
    "a class": ([Place], "the class Place is not a tool"),
    "a number": ([7], "a value of type int is not a tool"),
    "a function alone": (plain, "tools is a list"),
    "text alone": ("plain", "tools is a list"),
    "two of one name": ([plain, Tool("plain", "", {})], "Two tools are called 'plain'"),
    "a dict without a name": ([{"input_schema": {}}], "has 'name'"),
    "a dict with a schema that is none": ([{"name": "x", "input_schema": []}], "has 'name'"),
    "a schema of no object": ([{"name": "x", "input_schema": {"type": "array"}}], "of type 'array'"),
    "a Tool with a wrong name": ([Tool("a b", "", {})], "not a tool's name"),
}


@pytest.mark.parametrize(("tools", "hint"), WRONG.values(), ids=WRONG)
def test_what_a_model_could_not_call_is_refused(tools: Any, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=hint):
        as_tools(tools)


def test_the_hint_of_what_is_returned_need_not_be_known() -> None:
    assert list(properties(only(only_returns))) == ["value"]


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "1st", "a.b", "é", 7])
def test_a_mark_with_a_name_no_service_takes(name: Any) -> None:
    with pytest.raises(ConfigurationError, match="not a tool's name"):
        tool(name=name)


@pytest.mark.parametrize("target", [7, print, "text"])
def test_what_cannot_be_marked(target: Any) -> None:
    with pytest.raises(ConfigurationError):
        tool(target)


def put(item: str, basket: Place = Place("X")) -> Any:  # noqa: B008 - never changed
    return basket


def test_what_is_not_given_stays_the_functions_own_default() -> None:
    made = only(put)
    assert made.read is not None
    assert made.function is not None
    assert made.function(**made.read({"item": "x"})) is put("y")
