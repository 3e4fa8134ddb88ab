"""Things bought, told in a line or in prose: "2 teas for 7.00 and 1 cake 4.50", "the pen $1.10", "绿茶2杯 14元".

Only a name beside an amount of money is one: with a currency, or with two decimals. It refuses sums, taxes and
payments; a thing without a number is one of it.
"""

from __future__ import annotations

import re
from decimal import Decimal

from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.number import parse_number
from caicaini_nb.sandbox.rules.receipts import NO_ITEM, SUBTOTAL, TAX, TOTAL, Item

__all__ = ["COUNT", "UNITS", "bought"]

LIMIT, MOST = 10_000, 200
COUNT = r"\d{1,4}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[一二两三四五六七八九十]{1,3}"
UNITS = "[个位名份件杯块瓶盒斤本只支张条碗袋包台双套把根颗箱公斤]{1,2}"
MONEY = (
    r"(?P<amount>[$€£¥￥]\s?\d{1,9}(?:[.,]\d{1,2})?|\d{1,9}[.,]\d{2}(?![\d%])"
    r"|\d{1,9}(?:[.,]\d{1,2})?(?=\s?(?:[$€£¥元]|块钱|(?:EUR|USD|GBP|CNY|CHF|euros?|dollars?|pounds?|yuan)\b)))"
)
JOINT = r"\s{0,3}(?:(?:for|at|@|costs?|cost|was|is|were|are)\b|[:：=,，–-])?\s{0,3}"
EACH = r"(?P<each>[^\n,;.，；。]{0,12}\b(?:each|apiece|a piece)\b)?"
FORMS = (
    deferred(
        rf"(?<!\w)(?:(?P<count>{COUNT})\s{{0,2}}(?:[x×]\s{{0,2}})?\b)?(?P<name>[^\W\d_][^\W\d_'’-]{{0,29}}"
        rf"(?:[ '’-][^\W\d_]{{1,30}}){{0,5}}?)(?:\s{{0,3}}[(x×]\s{{0,2}}(?P<after>\d{{1,4}})\)?"
        rf"|\s?[,:]?\s{{0,2}}(?P<pieces>\d{{1,4}})\s(?:pieces?|pcs|units?|boxes|bottles))?{JOINT}{MONEY}{EACH}",
        re.I,
    ),
    deferred(
        rf"(?P<name>[\u4e00-\u9fff]{{1,12}}?)\s{{0,2}}(?:[x×*]?\s?(?P<count>\d{{1,4}}|[一二两三四五六七八九十])\s?{UNITS}?)?"
        rf"(?P<each>每{UNITS}|各)?{JOINT}{MONEY}"
    ),
    deferred(
        rf"(?P<count>\d{{1,4}}|[一二两三四五六七八九十])\s?{UNITS}(?P<name>[\u4e00-\u9fff]{{1,12}}?)\s?"
        rf"(?P<each>每{UNITS}|各)?{JOINT}{MONEY}"
    ),
)
CHINESE = deferred(r"[\u4e00-\u9fff]")
# what stands before a thing: verbs of buying, joining words, articles
BEFORE = deferred(
    r"^.*\b(?:bought|ordered|got|had|purchased|paid|order|items?|take|want|like|and|plus|also|with|the|an?|some|one)\s+",
    re.I,
)
COUNTED = deferred(
    rf"(?:(?P<count>{COUNT})\s(?=\w)|(?P<number>[一二两三四五六七八九十]){UNITS}(?=.))(?P<name>.+)", re.I
)
CHINESE_BEFORE = deferred(r"^.*(?:买了?|点了?|购买|订购|还有|以及|和)")
NO_NAME = frozenset(
    "i we you it that this for at is was to on of in and or paid spent cost costs price eur usd".split()
)
NO_CHINESE = deferred(r"共|总|合计|小计|付|花|收|消费|金额|价格|元|税")


def bought(text: str) -> tuple[Item, ...]:
    """Every thing with its price, in order."""
    text = text[:LIMIT]
    if CHINESE.search(text):
        return max((_read(form, text) for form in FORMS[1:]), key=len) or _read(FORMS[0], text)
    return _read(FORMS[0], text)


def _read(form: re.Pattern[str], text: str) -> tuple[Item, ...]:
    items = (_item(found) for found in form.finditer(text))
    return tuple(item for item in items if item is not None)[:MOST]


def _item(found: re.Match[str]) -> Item | None:
    groups = found.groupdict()
    name = CHINESE_BEFORE.sub("", BEFORE.sub("", found["name"])).strip()
    counted = COUNTED.fullmatch(name)
    if counted:
        name, groups["count"] = counted["name"], counted["count"] or counted["number"]
    unfit = (SUBTOTAL, TOTAL, TAX, NO_ITEM, *((NO_CHINESE,) if CHINESE.search(name) else ()))
    if not name or name.lower().split()[-1] in NO_NAME or any(pattern.search(name) for pattern in unfit):
        return None
    written = next((groups[key] for key in ("pieces", "after", "count") if groups.get(key)), "1").lower()
    count = 1 if written in ("a", "an") else int(parse_number(written) or 1)
    price = Decimal(re.sub(r"[^\d.,]", "", found["amount"]).replace(",", "."))
    return Item(name, count, price, found[0], each=bool(groups.get("each")))
