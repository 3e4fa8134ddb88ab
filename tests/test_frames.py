"""Data as rows and columns that can be computed with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

import msgspec
import pandas as pd
import pytest
from pydantic import BaseModel

from caicaini_nb.errors import ConfigurationError
from caicaini_nb.reply import Reply
from caicaini_nb.schemas.frames import frame


class Colour(Enum):
    RED = "red"


class City(BaseModel):
    name: str
    founded: date | None = None


class Point(NamedTuple):
    x: int
    y: int


class Pair(msgspec.Struct):
    left: int
    right: Point


@dataclass
class Item:
    name: str
    price: Decimal
    count: int | None = None
    city: City | None = None
    colour: Colour = Colour.RED
    tags: list[str] = field(default_factory=list)


@dataclass
class Invoice:
    merchant: str
    total: Decimal
    items: list[Item]


ROWS = [
    Item("Tea", Decimal("2.80"), 2, City(name="Lima", founded=date(1535, 1, 18)), tags=["hot"]),
    Item("Cake", Decimal("4")),
]


def test_a_row_for_each_object_with_types_to_compute_with() -> None:
    table = frame(ROWS)
    assert list(table) == ["name", "price", "count", "city.name", "city.founded", "colour", "tags"]
    assert list(table["price"]) == [2.8, 4.0]
    assert table["price"].dtype == "float64"
    assert table["count"].dtype == "Int64"
    assert table["count"].sum() == 2
    assert list(table["colour"]) == ["red", "red"]
    assert list(table["tags"]) == [["hot"], []]
    assert table["city.name"][0] == "Lima"
    assert pd.api.types.is_datetime64_any_dtype(table["city.founded"])
    assert table["city.founded"][0] == pd.Timestamp(1535, 1, 18)
    assert pd.isna(table["city.founded"][1])


def test_an_object_with_one_list_of_objects_is_that_list() -> None:
    table = frame(Invoice("Lumen", Decimal("6.80"), ROWS))
    assert list(table["name"]) == ["Tea", "Cake"]
    assert table.attrs == {"merchant": "Lumen", "total": Decimal("6.80")}


def test_any_other_object_is_one_row() -> None:
    assert frame(City(name="Lima")).to_dict("records") == [{"name": "Lima", "founded": None}]
    assert frame(Pair(1, Point(2, 3))).to_dict("records") == [{"left": 1, "right.x": 2, "right.y": 3}]
    two = frame({"a": [{"x": 1}], "b": [{"x": 2}]})
    assert two.shape == (1, 2)
    assert frame(Invoice("Lumen", Decimal(0), [])).shape == (1, 3)


def test_other_values() -> None:
    assert frame([1, None, 3])["value"].dtype == "Int64"
    assert frame([1.0, None])["value"].dtype == "float64"
    assert frame([1, 2])["value"].dtype == "int64"
    assert frame([True, None])["value"].dtype == "boolean"
    assert frame("a").to_dict("records") == [{"value": "a"}]
    assert frame([]).empty
    assert list(frame((Point(1, 2), Point(3, 4)))["y"]) == [2, 4]
    assert list(frame([{"a": 1}, {"b": "x"}]).columns) == ["a", "b"]


def test_dates_of_several_zones_stay_what_they_are() -> None:
    zones = [datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=hours))) for hours in (0, 8)]
    assert list(frame(zones)["value"]) == zones
    assert pd.api.types.is_datetime64_any_dtype(frame(zones[:1])["value"])


@pytest.mark.parametrize("value", [2**70, [2**70, None], date(9999, 12, 31), [date(1, 1, 1), None], [1, "a", None]])
def test_what_no_column_type_holds_is_kept_all_the_same(value: Any) -> None:
    first = value[0] if isinstance(value, list) else value
    shown = frame(value)["value"].iloc[0]
    assert shown == first or shown == pd.Timestamp(first)


def test_a_reply_shows_its_value() -> None:
    assert list(Reply(value=ROWS).frame()["name"]) == ["Tea", "Cake"]
    with pytest.raises(ConfigurationError, match="schema="):
        Reply().frame()
