"""A receipt's fields as values for the properties of a JSON Schema: by the words of each property's name.

It offers only: whoever fills the schema checks each value against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from caicaini_nb.sandbox.rules.bought import bought
from caicaini_nb.sandbox.rules.filling import Filling
from caicaini_nb.sandbox.rules.list_filling import Impossible
from caicaini_nb.sandbox.rules.receipts import Item, Receipt, read_receipt
from caicaini_nb.sandbox.rules.references import Schema, flat
from caicaini_nb.sandbox.rules.string_finders import key_words
from caicaini_nb.sandbox.rules.values import Source

__all__ = ["offered"]

DEEPEST = 6
Names = tuple[frozenset[str], ...]


def _names(*phrases: str) -> Names:
    return tuple(frozenset(phrase.split()) for phrase in phrases)


# Tried in order: `subtotal` and `total tax` before `total`. A name fits if it holds all words of one phrase.
FIELDS: tuple[tuple[Names, Callable[[Receipt], Any]], ...] = (
    (_names("subtotal", "sub total", "net", "小计"), lambda receipt: receipt.subtotal),
    (_names("tax", "vat", "gst", "税额", "税"), lambda receipt: receipt.tax),
    (_names("currency", "币种", "货币"), lambda receipt: receipt.currency),
    (
        _names("merchant", "store", "shop", "vendor", "seller", "restaurant", "supplier", "retailer", "商家", "店名"),
        lambda receipt: receipt.merchant,
    ),
    (_names("time", "时间"), lambda receipt: receipt.time),
    (_names("date", "day", "日期"), lambda receipt: receipt.date),
    (_names("total", "amount", "sum", "paid", "合计", "总计", "金额", "总额"), lambda receipt: receipt.total),
)
ITEMS = _names("items", "products", "lines", "purchases", "articles", "goods", "商品", "明细")
PARTS: tuple[tuple[Names, Callable[[Item], Any]], ...] = (
    (_names("unit price", "price each", "单价"), lambda item: item.unit_price),
    (_names("quantity", "qty", "count", "units", "数量"), lambda item: item.quantity),
    (_names("amount", "total", "sum", "金额"), lambda item: item.amount),
    (_names("price", "cost", "value", "价格"), lambda item: item.price),
    (_names("name", "item", "description", "product", "title", "label", "名称", "品名"), lambda item: item.name),
)
CODES = frozenset("id number code type category url".split())
OTHERWISE = CODES | frozenset("address phone tel city email zip country count method".split())


def offered(schema: Schema, text: str) -> tuple[dict[str, Any], frozenset[str]]:
    """Values by property name, for the properties of a schema that a receipt's text states.

    Beside them the names of those lists in which it does not state all that is required.
    """
    receipt = _read(text)
    values: dict[str, Any] = {}
    unsure: set[str] = set()
    for name, part in _properties(schema, schema, 0):
        if name in values:
            continue
        value = _items(receipt, part, schema) if _fits(name, ITEMS) else _field(receipt, name, part)
        if value is not None:
            whole, values[name] = value if isinstance(value, tuple) else (True, value)
            unsure |= set() if whole else {name}
    return values, frozenset(unsure)


def _read(text: str) -> Receipt:
    """A receipt of some lines that end in amounts; of other text only the things bought, and what they cost."""
    receipt, told = read_receipt(text), bought(text)
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 2 and receipt.total is not None and len(receipt.items) >= min(1, len(told)):
        return receipt
    items = told if len(told) >= len(receipt.items) or len(lines) < 3 else receipt.items
    return Receipt(None, None, None, None, None, None, None, items)


def _properties(schema: Any, root: Schema, depth: int) -> Iterator[tuple[str, Schema]]:
    """Each property in reach that is no part of a list, with its schema."""
    for option in _options(schema, root):
        named = option.get("properties")
        for name, part in named.items() if isinstance(named, dict) and depth < DEEPEST else ():
            for found in _options(part, root):
                if found.get("type") != "null":
                    yield name, found
            yield from _properties(part, root, depth + 1)


def _options(schema: Any, root: Schema) -> list[Schema]:
    """A schema with its references followed, or the branches of its `anyOf` or `oneOf`."""
    found = flat(schema, root)
    if not isinstance(found, dict):
        return []
    branches = found.get("anyOf", found.get("oneOf"))
    if not isinstance(branches, list):
        return [found]
    return [one for branch in branches[:20] if isinstance(one := flat(branch, root), dict)]


def _fits(name: str, names: Names) -> bool:
    words = frozenset(key_words(name))
    return any(phrase <= words for phrase in names)


def _field(receipt: Receipt, name: str, part: Schema) -> Any:
    if OTHERWISE & set(key_words(name)):
        return None
    for names, get in FIELDS:
        if _fits(name, names):
            return _typed(get(receipt), part)
    return None


def _typed(value: Any, part: Schema) -> Any:
    """An amount as the number or the string that is asked for."""
    if isinstance(value, Decimal | int):
        if "string" in _kinds(part):
            return str(value)
        return int(value) if value == int(value) else float(value)
    return value


def _kinds(part: Schema) -> list[str]:
    kinds = part.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _items(receipt: Receipt, part: Schema, root: Schema) -> tuple[bool, list[Any]] | None:
    """The items, and whether each has all that is required of it."""
    if "array" not in _kinds(part) or not receipt.items:
        return None
    row = flat(part.get("items", {}), root)
    if not isinstance(row, dict) or not isinstance(row.get("properties"), dict):
        return True, [item.name for item in receipt.items]
    rows = [one for item in receipt.items if (one := _row(item, row, root)) is not None]
    return (all(whole for whole, _ in rows), [value for _, value in rows]) if rows else None


def _row(item: Item, schema: Schema, root: Schema) -> tuple[bool, Any] | None:
    """An item as an object of the schema; what a receipt does not state of it is filled as from any text."""
    given = {}
    for name, part in schema["properties"].items():
        get = next((get for names, get in PARTS if _fits(name, names)), None)
        if get is not None and not CODES & set(key_words(name)):
            options = [one for one in _options(part, root) if one.get("type") != "null"]
            given[name] = _typed(get(item), options[0] if options else {})
    filling = Filling(root, Source(item.line), given)
    try:
        value = filling.value(schema)
    except (Impossible, RecursionError):
        return None
    return not filling.guessed, value
