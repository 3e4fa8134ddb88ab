"""Names on the first line: looked up when the cell runs, a mistake has near ones."""

from __future__ import annotations

from typing import Any

import pytest

from caicaini_nb.errors import ConfigurationError
from caicaini_nb.first_line.named import named_images, named_schema, named_tools

NAMES: dict[str, Any] = {"weather": len, "convert": max, "Invoice": str, "schema": {"type": "object"}, "figs": [1, 2]}


def test_tools_by_name() -> None:
    assert named_tools("weather,convert", NAMES) == named_tools("weather, convert", NAMES) == [len, max]


def test_a_schema_or_a_list_of_it() -> None:
    assert named_schema("Invoice", NAMES) is str
    assert named_schema("list[Invoice]", NAMES) == list[str]
    assert named_schema("list[schema]", NAMES) == {"type": "array", "items": {"type": "object"}}


def test_a_picture_is_a_variable_or_else_a_path() -> None:
    assert named_images(("figs", "a.png", "https://x/y.png"), NAMES) == [1, 2, "a.png", "https://x/y.png"]


@pytest.mark.parametrize(
    ("look", "message"),
    [
        (lambda: named_tools("wether", NAMES), "--tools names 'wether'.*Did you mean weather?"),
        (lambda: named_schema("Order", NAMES), "--schema names 'Order'.*Run the cell that defines it first"),
        (lambda: named_schema("list[Invoic]", NAMES), "names 'Invoic'.*Did you mean Invoice?"),
    ],
)
def test_an_unknown_name(look: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        look()
