"""Fields asked of the text in a picture: "What is the total?", "Which shop, and when?", "What is the invoice number?".

A receipt's fields are found by their form and labels, others by `name: value`. It refuses to answer for a field that no
line states.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import Asked
from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.receipts import Item, Receipt, read_receipt
from caicaini_nb.sandbox.rules.values import Source

__all__ = ["stated_fields"]

ASKS = deferred(
    r"\bwhat|\bwhich|\bwho\b|\bwhen\b|\bwhere\b|\bhow (?:much|many)\b"
    r"|\b(?:find|give|tell|extract|read|get|list|show|return)\b"
    r"|[?？]|多少|什么|哪|几|谁|找出|提取|列出|告诉",
    re.I,
)
# name in English and Chinese, how it is asked for, how a receipt gives it
FIELDS: tuple[tuple[str, str, re.Pattern[str], Callable[[Receipt], Any]], ...] = (
    (
        "merchant",
        "商家",
        deferred(
            r"\bmerchant|\bstore\b|\bshop\b|\bvendor|\bseller|\brestaurant|\bissued (?:it|this)|商家|店名|商户|哪家店",
            re.I,
        ),
        lambda receipt: receipt.merchant,
    ),
    ("date", "日期", deferred(r"\bdate\b|\bwhen\b|日期|什么时候|哪天", re.I), lambda receipt: receipt.date),
    (
        "items",
        "商品",
        deferred(r"\bitems?\b|\bproducts?\b|\b(?:bought|purchased|ordered)\b|商品|明细|买了什么", re.I),
        lambda receipt: receipt.items,
    ),
    ("subtotal", "小计", deferred(r"\bsub-?\s?total\b|小计", re.I), lambda receipt: receipt.subtotal),
    ("tax", "税", deferred(r"\btax\b|\bvat\b|\bgst\b|税", re.I), lambda receipt: receipt.tax),
    (
        "total",
        "合计",
        deferred(
            r"(?<!sub)(?<!sub[ -])\btotal\b|\bhow much\b|\bamount (?:due|paid)\b|合计|总计|总额|总价|一共|多少钱", re.I
        ),
        lambda receipt: receipt.total,
    ),
    ("currency", "币种", deferred(r"\bcurrency\b|币种|货币", re.I), lambda receipt: receipt.currency),
)
NAMED = deferred(
    r"\bwhat(?:'s| is| are|s)?\s+(?:the\s+|its\s+|this\s+)?"
    r"(?P<name>[a-z][\w ]{1,40}?)(?=\s+(?:in|on|of|from|at)\b|[?.!\n]|$)",
    re.I,
)


Found = list[tuple[str, str, Any]]  # name in English, name in Chinese, value


def stated_fields(asked: Asked) -> Answer | None:
    """The fields that the instruction names and the text in the pictures states; None without any."""
    if not asked.seen or not ASKS.search(asked.instruction):
        return None
    each = {number: _found(asked, text) for number, text in enumerate(asked.seen_each, 1)}
    if not any(each.values()):
        return None
    blocks = [_listed(asked, found, number) for number, found in each.items() if found]
    title = asked.say("By the text read from the image:", "根据从图片中读出的文字：")
    only = each.get(1, [])
    bare = _said(only[0][2]) if len(each) == len(only) == 1 else "\n\n".join(blocks)
    values = {f"image {number}": _values(found) for number, found in each.items() if found}
    value = values.get("image 1", {}) if len(each) == 1 else values
    names = dict.fromkeys(english for found in each.values() for english, _, _ in found)
    step = f"Found by their labels in the text read: {', '.join(names)}."
    return Answer("\n\n".join([title, *blocks]), bare, value, (step,))


def _found(asked: Asked, text: str) -> Found:
    return _receipt_fields(asked.instruction, text) or _labelled(asked.instruction, text)


def _receipt_fields(instruction: str, text: str) -> Found:
    receipt = read_receipt(text)
    values = [(name, chinese, get(receipt)) for name, chinese, called, get in FIELDS if called.search(instruction)]
    return [(name, chinese, value) for name, chinese, value in values if value not in (None, ())]


def _labelled(instruction: str, text: str) -> Found:
    """A field named in the question that stands in the text as `name: value`."""
    source = Source(text)
    names = dict.fromkeys(found["name"].strip() for found in NAMED.finditer(instruction))
    return [(name, name, value) for name in list(names)[:10] if (value := source.stated(name))]


def _listed(asked: Asked, found: Found, number: int) -> str:
    colon = asked.say(": ", "：")
    lines = [f"- {asked.say(english, chinese)}{colon}{_said(value)}" for english, chinese, value in found]
    head = [asked.say(f"Image {number}:", f"图片 {number}：") + "\n"] if len(asked.seen_each) > 1 else []
    return "\n".join([*head, *lines])


def _values(found: Found) -> dict[str, Any]:
    return {english: _plain(value) for english, _, value in found}


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return "; ".join(_item(item) for item in value)
    return str(value)


def _item(item: Item) -> str:
    return f"{item.quantity} × {item.name} {item.price}"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, tuple):
        return [{"name": item.name, "quantity": item.quantity, "price": float(item.price)} for item in value]
    return value
