"""Receipts as shops print them, and their fields for the properties of a schema."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from caicaini_nb.sandbox.rules.receipt_values import offered
from caicaini_nb.sandbox.rules.receipts import read_receipt

SUPERMARKET = """TAX INVOICE
Green Grocer Ltd
14/03/2026 18:22
2 x Oat milk          $5.80
Bananas 1.2kg         $2.10
Rice     3   4.00    12.00
Sub-Total            $19.90
GST                   $1.99
Total savings         $4.00
TOTAL                $21.89
CASH                 $30.00
CHANGE                $8.11"""
GERMAN = """Bäckerei Huber
12.05.2026
Brezel x3   3,60 A
Kaffee      2,90 A
Summe EUR   6,50
MwSt        0,43"""
CHINESE = """星河咖啡
日期：2026年3月14日
拿铁 x2   56.00
蛋糕   32.00
小计   88.00
税   5.28
合计 ¥93.28"""
LARGE = """Acme Machines
Lathe   12,500.00
Grand total   USD 12,500.00"""

READ: dict[str, tuple[str, dict[str, Any], list[tuple[str, int, str]]]] = {
    "supermarket": (
        SUPERMARKET,
        {"merchant": "Green Grocer Ltd", "date": "2026-03-14", "time": "18:22", "currency": "USD", "total": "21.89"},
        [("Oat milk", 2, "5.80"), ("Bananas 1.2kg", 1, "2.10"), ("Rice", 3, "12.00")],
    ),
    "german": (
        GERMAN,
        {"merchant": "Bäckerei Huber", "date": "2026-05-12", "currency": "EUR", "total": "6.50", "tax": "0.43"},
        [("Brezel", 3, "3.60"), ("Kaffee", 1, "2.90")],
    ),
    "chinese": (
        CHINESE,
        {"merchant": "星河咖啡", "currency": "CNY", "subtotal": "88.00", "tax": "5.28", "total": "93.28"},
        [("拿铁", 2, "56.00"), ("蛋糕", 1, "32.00")],
    ),
    "large": (LARGE, {"currency": "USD", "total": "12500.00"}, [("Lathe", 1, "12500.00")]),
}


@pytest.mark.parametrize("name", READ)
def test_a_receipt_is_read(name: str) -> None:
    text, fields, items = READ[name]
    receipt = read_receipt(text)
    for field, value in fields.items():
        found = getattr(receipt, field)
        assert found == (Decimal(value) if isinstance(found, Decimal) else value), field
    assert [(item.name, item.quantity, str(item.price)) for item in receipt.items] == items


def test_text_that_is_no_receipt_states_nothing() -> None:
    receipt = read_receipt("Dear Ada,\nthe meeting is at noon.\nYours, Bob")
    assert receipt == read_receipt("")
    assert (receipt.merchant, receipt.total, receipt.items) == (None, None, ())


def test_a_megabyte_is_read_soon() -> None:
    assert read_receipt("1.00 " * 200_000).total is None
    assert read_receipt("x 1,1.1 " * 125_000 + "\n" + "Item   1.00\n" * 100_000).total is None


def schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


OFFERED: dict[str, tuple[Any, Any]] = {
    "total": ({"type": "number"}, 21.89),
    "totalAmount": ({"type": "string"}, "21.89"),
    "grand_total": ({"anyOf": [{"type": "null"}, {"type": "number"}]}, 21.89),
    "sub_total": ({"type": "number"}, 19.9),
    "vendor_name": ({"type": "string"}, "Green Grocer Ltd"),
    "purchaseDate": ({"type": "string"}, "2026-03-14"),
    "item_names": ({"type": "string"}, None),
    "items": ({"type": "array", "items": {"type": "string"}}, ["Oat milk", "Bananas 1.2kg", "Rice"]),
    "total_items": ({"type": "integer"}, None),
    "store_id": ({"type": "string"}, None),
    "colour": ({"type": "string"}, None),
}


@pytest.mark.parametrize("name", OFFERED)
def test_a_property_gets_the_field_its_name_means(name: str) -> None:
    part, value = OFFERED[name]
    values, unsure = offered(schema(**{name: part}), SUPERMARKET)
    assert values.get(name) == value
    assert not unsure


def test_rows_hold_the_parts_their_schema_names() -> None:
    row = schema(
        description={"type": "string"}, qty={"type": ["integer", "null"]},
        unit_price={"type": "number"}, amount={"type": "string"}, sku={"type": ["string", "null"]},
    ) | {"required": ["description", "sku"]}  # fmt: skip
    nested = schema(receipt=schema(line_items={"type": "array", "items": row}))
    values, unsure = offered(nested, SUPERMARKET)
    assert not unsure
    assert values["line_items"][2] == {
        "description": "Rice", "qty": 3, "unit_price": 4, "amount": "12.00", "sku": None
    }  # fmt: skip


def test_a_list_whose_rows_lack_what_is_required_is_no_sure_answer() -> None:
    row = schema(name={"type": "string"}, colour={"type": "string"}) | {"required": ["name", "colour"]}
    values, unsure = offered(schema(items={"type": "array", "items": row}), SUPERMARKET)
    assert values["items"][2] == {"name": "Rice", "colour": ""}
    assert unsure == {"items"}
