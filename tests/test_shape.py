"""The form of a value, and its way over the wire and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pytest

from caicaini_nb.errors import ConfigurationError
from caicaini_nb.schemas.schema import first_problem
from caicaini_nb.schemas.shape import as_shape


@dataclass
class Item:
    name: str


@dataclass
class Tree:
    children: list[Tree]


ROOTS: list[tuple[Any, Any, Any, bool]] = [
    (Item, {"name": "a"}, Item("a"), False),
    (dict[str, int], {"a": 1}, {"a": 1}, False),
    (Tree, {"children": [{"children": []}]}, Tree([Tree([])]), False),
    (list[Item], {"value": [{"name": "a"}]}, [Item("a")], True),
    (list[Tree], {"value": [{"children": [{"children": []}]}]}, [Tree([Tree([])])], True),
    (Item | None, {"value": None}, None, True),
    (str, {"value": "a"}, "a", True),
    (bool, {"value": False}, False, True),
    (Literal["x"], {"value": "x"}, "x", True),
    ({"type": "array", "items": {"type": "integer"}}, {"value": [1]}, [1], True),
    ({"properties": {"a": {"type": "integer"}}}, {"a": 1}, {"a": 1}, False),
    ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "object"}}}, {"b": 1}, {"b": 1}, False),
    ({"type": "array", "items": {"$ref": "#"}}, {"value": [[[]]]}, [[[]]], True),
    ({"$defs": {"a": {"type": "integer"}}, "anyOf": [{"$ref": "#/$defs/a"}]}, {"value": 1}, 1, True),
]


@pytest.mark.parametrize(("root", "data", "value", "wrapped"), ROOTS, ids=[str(row[0]) for row in ROOTS])
def test_the_wire_has_an_object_and_the_value_comes_out_of_it(root: Any, data: Any, value: Any, wrapped: bool) -> None:
    shape = as_shape(root)
    assert shape.schema["type"] == "object"
    assert shape.wrapped is wrapped
    assert first_problem(data, shape.schema) is None
    assert shape.value(data) == value


@pytest.mark.parametrize(
    ("root", "data", "path"),
    [
        (list[Item], {"value": [{"name": "a"}, {"name": 1}]}, r"^\$\.value\[1\]\.name: "),
        (list[Item], [{"name": "a"}], r"^\$: "),
        (int, {"value": True}, r"^\$\.value: "),
        (str, {}, r"^\$: 'value' is a required property"),
        ({"type": "array", "items": {"$ref": "#"}}, {"value": [[7]]}, r"^\$\.value\[0\]\[0\]: "),
        (Item, {"name": "a", "more": 1}, r"^\$: .*'more'"),
    ],
)
def test_a_misfit_is_named_where_it_was_written(root: Any, data: Any, path: str) -> None:
    with pytest.raises(ValueError, match=path):
        as_shape(root).value(data)


def test_definitions_stand_at_the_top() -> None:
    assert set(as_shape(list[Tree]).schema) == {"type", "properties", "required", "additionalProperties", "$defs"}


def test_the_name_is_what_a_person_would_call_it() -> None:
    assert as_shape(Item).name == "Item"
    assert as_shape({"type": "object", "title": "Invoice"}).name == "Invoice"
    assert as_shape({"type": "object"}).name == "data"
    assert as_shape(list[int]).name == "list[int]"


@pytest.mark.parametrize(
    "wrong",
    [True, "Item", 7, {}, {"name": "str"}, {"type": "objet"}, {"$ref": "https://example.org/a"}, str.upper, complex],
    ids=str,
)
def test_what_is_no_schema_is_refused_before_anything_is_sent(wrong: Any) -> None:
    with pytest.raises(ConfigurationError):
        as_shape(wrong)
