"""Receipts: merchant, date, items, tax and total found in the lines of a text by their form and their labels.

A line that ends in an amount is an item until the first line of sums; the total is the largest amount that is called
one. It refuses to guess: what no line states stays `None`, and text without a total has no merchant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from caicaini_nb.sandbox.rules.finding import DATE, TIME, iso_date
from caicaini_nb.sandbox.rules.lazy_pattern import deferred

__all__ = ["CODES", "NO_ITEM", "SUBTOTAL", "SYMBOLS", "TAX", "TOTAL", "Item", "Receipt", "read_receipt"]

LINES, LINE = 500, 300
AMOUNT = deferred(
    r"(?P<before>[$€£¥￥]|(?<![A-Za-z])[A-Z]{3})?\s{0,3}"
    r"(?P<figure>-?\d{1,3}(?:[ ,.]\d{3}){1,4}[.,]\d{2}|-?\d{1,9}[.,]\d{2}|(?<=[$€£¥￥])\s?\d{1,9}|\d{1,9}(?=\s?元))"
    r"\s{0,3}(?P<after>[$€£¥￥]|[A-Z]{3}(?![A-Za-z])|元)?(?:\s[A-Z*])?\s*$"
)
SUBTOTAL = deferred(r"sub-?\s?total|\bnet\b|zwischensumme|sous-total|小计", re.I)
TAX = deferred(r"\b(?:tax|vat|gst|hst|mwst|ust|iva|tva)\b|税", re.I)
TOTAL = deferred(r"\btotal|\b(?:amount|balance)\s+due\b|\bsumme\b|合计|总计|总额|总价|应付|实付", re.I)
NOT_TOTAL = deferred(r"\b(?:savings?|saved|discount|items?|points?|tax|vat|gst)\b|优惠", re.I)
NO_ITEM = deferred(
    r"\b(?:change|cash|card|visa|mastercard|amex|debit|credit|paid|payment|tendered|tip|gratuity|rounding|discount"
    r"|balance|due)\b|找零|现金|支付|实收|优惠|应收",
    re.I,
)
NO_MERCHANT = deferred(
    r"^\W*(?:(?:tax |sales )?(?:receipt|invoice|bill)|welcome|thank|date|time|order|no|tel|phone|table|server"
    r"|收据|发票|小票)\b",
    re.I,
)
MERCHANT = deferred(
    r"^\W*(?:merchant|store|shop|vendor|seller|sold by|from|商家|商户|店名)\s?[:：]\s*(?P<name>.+)$", re.I
)
# name and quantity of an item, tried in order
QUANTITIES = (
    deferred(r"^(?P<name>.+?)\s+(?P<quantity>\d{1,3})\s*[x×*@]\s*[$€£¥￥]?\d{1,6}[.,]\d{2}$", re.I),
    deferred(r"^(?P<name>.+?)\s+(?P<quantity>\d{1,3})\s+[$€£¥￥]?\d{1,6}[.,]\d{2}$"),
    deferred(r"^(?P<quantity>\d{1,3})\s*[x×*]?\s+(?P<name>\D.*)$", re.I),
    deferred(r"^(?P<name>.+?)\s*[x×*]\s?(?P<quantity>\d{1,3})$", re.I),
    deferred(r"^(?P<name>.+?)\s{2,}(?P<quantity>\d{1,3})$"),
)
SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "元": "CNY"}
CODES = deferred(r"(?<![A-Za-z])(?:EUR|USD|GBP|CNY|RMB|JPY|CHF|CAD|AUD|HKD|SGD|SEK|NOK|DKK|PLN|INR)(?![A-Za-z])")


@dataclass(frozen=True)
class Item:
    """One thing bought: `price` is its line's amount, with `each` that of one thing; `quantity` 1 if none is told."""

    name: str
    quantity: int
    price: Decimal
    line: str
    each: bool = False

    @property
    def unit_price(self) -> Decimal:
        """The price of one, to the cent."""
        return self.price if self.each else round(self.price / self.quantity, 2)

    @property
    def amount(self) -> Decimal:
        """The price of all of it."""
        return self.price * self.quantity if self.each else self.price


@dataclass(frozen=True)
class Receipt:
    """What the lines of a receipt state; `date` is `YYYY-MM-DD` where the printed one is not ambiguous."""

    merchant: str | None
    date: str | None
    time: str | None
    currency: str | None
    subtotal: Decimal | None
    tax: Decimal | None
    total: Decimal | None
    items: tuple[Item, ...]


@dataclass(frozen=True)
class _Row:
    """A line that ends in an amount."""

    label: str
    amount: Decimal
    currency: str
    line: str


def read_receipt(text: str) -> Receipt:
    """Read a text as a receipt; every field it does not state is None or empty."""
    lines = [line.strip()[:LINE] for line in text.splitlines()[:LINES] if line.strip()]
    rows = [row for row in map(_row, lines) if row is not None]
    total = max((row.amount for row in rows if _is_total(row.label)), default=None)
    written = DATE.search(text)
    clock = TIME.search(text)
    return Receipt(
        merchant=_merchant(lines) if total is not None else None,
        date=(iso_date(written[0]) or written[0]) if written else None,
        time=clock[0] if clock else None,
        currency=_currency(text, rows),
        subtotal=next((row.amount for row in rows if SUBTOTAL.search(row.label)), None),
        tax=next((row.amount for row in rows if TAX.search(row.label) and not SUBTOTAL.search(row.label)), None),
        total=total,
        items=_items(rows),
    )


def _row(line: str) -> _Row | None:
    """A line's label and amount; a figure alone, or a date, is no row."""
    found = AMOUNT.search(line)
    label = line[: found.start()].rstrip(" .:：·-…\t") if found else ""
    if found is None or not any(letter.isalpha() for letter in label + (found["before"] or "")):
        return None
    code = found["before"] or found["after"] or ""
    if code.isascii() and code.isalpha() and not CODES.fullmatch(code):  # "TOP 4.50": part of the name
        label, code = f"{label} {found['before'] or ''}".strip(), ""
    figure = re.sub(r"[\s,.](?=.*[.,]\d{2}$)", "", found["figure"].strip()).replace(",", ".")
    return _Row(label, Decimal(figure), code, line)


def _is_total(label: str) -> bool:
    return bool(TOTAL.search(label)) and not SUBTOTAL.search(label) and not NOT_TOTAL.search(label)


def _merchant(lines: list[str]) -> str | None:
    for line in lines[:40]:
        if named := MERCHANT.search(line):
            return named["name"].strip()
    for line in lines[:5]:
        letters = sum(letter.isalpha() for letter in line)
        if letters >= 2 and not (NO_MERCHANT.search(line) or DATE.search(line) or _row(line)):
            return line
    return None


def _currency(text: str, rows: list[_Row]) -> str | None:
    """A code that is printed, else the one a symbol stands for; `¥` is the yuan only beside Chinese text."""
    if code := CODES.search(text):
        return "CNY" if code[0] == "RMB" else code[0]
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in text)
    yuan = {"¥": "CNY", "￥": "CNY"} if chinese else {}
    return next((name for row in rows if (name := (SYMBOLS | yuan).get(row.currency))), None)


def _items(rows: list[_Row]) -> tuple[Item, ...]:
    items = []
    for row in rows:
        if any(pattern.search(row.label) for pattern in (SUBTOTAL, TOTAL)):
            break
        if not row.label or TAX.search(row.label) or NO_ITEM.search(row.label):
            continue
        counted = next((found for pattern in QUANTITIES if (found := pattern.match(row.label))), None)
        quantity = int(counted["quantity"]) if counted else 1
        name = counted["name"] if counted and quantity else row.label
        items.append(Item(re.sub(r"\s{2,}", " ", name).strip(" .:-"), max(1, quantity), row.amount, row.line))
    return tuple(items)
