"""How the text of a property is found by the words of its name: an e-mail address, a merchant, an occasion, a code.

Each finder takes a text and the words of the property's name, and proposes only. A property whose words say nothing of
that kind has none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from caicaini_nb.sandbox.rules.figures import CODE_WORD
from caicaini_nb.sandbox.rules.finding import AMOUNT, DATE, EMAIL, KINDS, TIME, find
from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.named_parties import companies, merchants, occasions, products
from caicaini_nb.sandbox.rules.places_people import destinations, origins, people, places
from caicaini_nb.sandbox.rules.receipts import CODES, SYMBOLS
from caicaini_nb.sandbox.rules.sentences import sentences
from caicaini_nb.sandbox.rules.summary import pick
from caicaini_nb.sandbox.rules.written import FORMAT_FINDERS, days, expression, matches, query

__all__ = [
    "DATES",
    "MONEY",
    "PEOPLE",
    "PLACES",
    "STRICT",
    "Wanted",
    "dated",
    "finders",
    "has_finder",
    "key_words",
    "near_days",
]

BY_NAME = {kind.name: kind for kind in KINDS}
AIRPORT = deferred(r"(?<!\w)[A-Z]{3}(?!\w)")
MONEY = frozenset(
    "price amount total cost fee sum budget salary payment value usd eur due paid spent tip tax subtotal".split()
)
PLACES = frozenset("city location place town country destination region address area venue where".split())
PEOPLE = frozenset(
    "name person author customer user recipient sender full fullname username contact client owner assignee responsible"
    " who speaker employee student guest host passenger".split()
)
DATES = frozenset("date day deadline due birthday when".split())
OCCASION = frozenset("date location time venue place day start".split())
# what a date is called beside it, by the word of the property's name
CALLED = {
    "start": r"start|begin|from|check-?in|arriv|开始|入住",
    "end": r"end|until|till|through|to|check-?out|leav|结束|退房",
    "due": r"due|deadline|by|pay|截止|到期|应付",
    "departure": r"depart|leav|fly|出发",
    "return": r"return|back|返回|回程",
    "birth": r"born|birth|出生|生日",
    "issued": r"issued|dated|invoice date|开具",
    "paid": r"paid|payment|付款|支付",
}
EURO = {"euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "pounds": "GBP", "yuan": "CNY", "yen": "JPY"}
MARKS = deferred(r"[$€£元]|[¥￥]|\b(?:euros?|dollars?|pounds|yuan|yen)\b|块钱|人民币|美元|欧元", re.I)
SPOKEN = {"块钱": "CNY", "人民币": "CNY", "美元": "USD", "欧元": "EUR"}
NUMBERED = deferred(
    r"\b(?:number|no\.?|nr\.?|id|code|reference|ref\.?)\s{0,2}(?:is|:|=|#)?\s{0,2}([A-Za-z0-9][\w/-]{1,30})"
    r"|(?:编号|单号|号码|号)\s?(?:是|为|[:：])?\s?([A-Za-z0-9][\w/-]{1,30})",
    re.I,
)
RELATIVE = {"today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1, "今天": 0, "明天": 1, "后天": 2, "昨天": -1}


@dataclass(frozen=True)
class Wanted:
    """A property: the words of its name, those of all properties beside it, and the day by the account's clock."""

    keys: frozenset[str]
    about: frozenset[str] = frozenset()
    today: date | None = None


StringFinder = Callable[[str, Wanted], list[str]]


def key_words(name: str) -> list[str]:
    """The words of a property's name: `dueDate`, `due_date` and `due-date` give `due`, `date`."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[\u4e00-\u9fff]+", name)]


def near_days(text: str, today: date | None) -> list[str]:
    """Days told from the day of the account's clock: `tomorrow`, `明天`."""
    if today is None:
        return []
    found = [(at, step) for word, step in RELATIVE.items() if (at := text.lower().find(word)) >= 0]
    return [(today + timedelta(days=step)).isoformat() for _, step in sorted(found)]


def dated(text: str, keys: frozenset[str]) -> list[str]:
    """The text from each date on, that first which stands beside the word of the property's name."""
    found = list(DATE.finditer(text))[:50]
    called = next((CALLED[key] for key in CALLED if key in keys), None)
    if called is None or len(found) < 2:
        return [match[0] for match in found]
    beside = [
        match for match in found if re.search(rf"(?:{called})[^.\n\d]{{0,16}}$", text[: match.start()][-40:], re.I)
    ]
    if not beside and keys & {"end", "return"}:
        beside = found[-1:]
    return [match[0] for match in [*beside, *(match for match in found if match not in beside)]]


def _dates(text: str, wanted: Wanted) -> list[str]:
    written = dated(text, wanted.keys)
    return [*days("\n".join(written)), *written, *near_days(text, wanted.today), *find(BY_NAME["weekdays"], text)]


def _currencies(text: str, wanted: Wanted) -> list[str]:
    codes = ["CNY" if found[0] == "RMB" else found[0] for found in CODES.finditer(text)]
    names = SYMBOLS | EURO | SPOKEN
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in text)
    names |= {"¥": "CNY", "￥": "CNY"} if chinese else {}
    return [*codes, *(names[mark[0].lower()] for mark in MARKS.finditer(text) if mark[0].lower() in names)]


def _codes(text: str, wanted: Wanted) -> list[str]:
    numbered = [found[1] or found[2] for found in NUMBERED.finditer(text)]
    return [
        *(code for code in numbered if any(map(str.isdigit, code))),
        *(found[0].lstrip("#") for found in CODE_WORD.finditer(text)),
    ]


def _titles(text: str, wanted: Wanted) -> list[str]:
    picked = [sentences(text)[at] for at in pick(sentences(text), 1)]
    return [*occasions(text), *picked] if wanted.about & OCCASION else picked


def _names(text: str, wanted: Wanted) -> list[str]:
    """A person, but an occasion's name beside a day and a place, and a thing's beside a price."""
    if "name" in wanted.keys and not wanted.about & {"email", "phone", "age", "mail", "birthday"}:
        if len(wanted.about & OCCASION) > 1:
            return [*occasions(text), *people(text)]
        if wanted.about & {"price", "quantity", "qty"}:
            return [*products(text), *people(text)]
    return people(text)


def _plain(finder: Callable[[str], list[str]]) -> StringFinder:
    return lambda text, wanted: finder(text)


def _kind(name: str) -> StringFinder:
    return lambda text, wanted: find(BY_NAME[name], text)


# Tried in order; a finder that is strict leaves no room for a label's whole text, nor for what is quoted.
STRING_FINDERS: tuple[tuple[frozenset[str], StringFinder, bool], ...] = (
    (frozenset({"email", "mail", "e", "邮箱"}), _plain(matches(EMAIL)), True),
    (frozenset({"url", "uri", "link", "website", "网址"}), _plain(FORMAT_FINDERS["uri"]), True),
    (frozenset({"phone", "telephone", "mobile", "tel", "电话"}), _kind("phones"), True),
    (DATES | {"日期"}, _dates, True),
    (frozenset({"time", "hour", "时间"}), _plain(matches(TIME)), True),
    (frozenset({"month"}), _kind("months"), True),
    (frozenset({"currency", "币种"}), _currencies, True),
    (MONEY, _plain(matches(AMOUNT)), True),
    (frozenset({"id", "number", "no", "nr", "reference", "ref", "sku", "编号"}), _codes, True),
    (
        frozenset({"origin", "from", "source", "departure"}),
        lambda text, wanted: origins(text) or matches(AIRPORT)(text)[:1],
        True,
    ),
    (
        frozenset({"destination", "to", "target", "arrival"}),
        lambda text, wanted: destinations(text) or matches(AIRPORT)(text)[1:],
        True,
    ),
    (
        frozenset({"code", "symbol", "ticker"}),
        lambda text, wanted: [*re.findall(r"(?<!\w)[A-Z]{2,5}(?!\w)", text)[:20], *_codes(text, wanted)],
        True,
    ),
    (
        frozenset(
            {"merchant", "vendor", "seller", "store", "shop", "supplier", "restaurant", "hotel", "retailer", "商家"}
        ),
        _plain(lambda text: [*merchants(text), *companies(text), *people(text)]),
        False,
    ),
    (
        frozenset({"company", "organization", "organisation", "employer", "firm", "brand", "公司"}),
        _plain(lambda text: [*companies(text), *merchants(text)]),
        False,
    ),
    (PLACES | {"城市", "地点"}, _plain(lambda text: places(text) or people(text)), True),
    (frozenset("expression expr equation formula calculation math".split()), _plain(expression), True),
    (
        frozenset("event meeting occasion".split()),
        lambda text, wanted: _titles(text, replace(wanted, about=OCCASION)),
        False,
    ),
    (frozenset("title headline 标题".split()), _titles, False),
    (PEOPLE | {"姓名"}, _names, False),
    (frozenset("query question q search keyword keywords topic term subject".split()), _plain(query), False),
    (frozenset("product item article thing goods 商品".split()), _plain(products), False),
    (
        frozenset("summary abstract gist tldr".split()),
        _plain(lambda text: [sentences(text)[at] for at in pick(sentences(text), 1)]),
        False,
    ),
    (
        frozenset("reason explanation evidence quote reasoning rationale".split()),
        _plain(lambda text: sentences(text)[:1]),
        False,
    ),
    (frozenset({"answer", "result", "response", "output"}), _plain(lambda text: []), False),
    (
        frozenset("text content message body input prompt document note sentence comment".split()),
        _plain(lambda text: [text]),
        False,
    ),
)
STRICT: frozenset[str] = frozenset().union(*(wanted for wanted, _, strict in STRING_FINDERS if strict))


def finders(keys: frozenset[str]) -> list[tuple[StringFinder, bool]]:
    """The finders for the words of a name, in order, each with whether it is strict."""
    return [(finder, strict) for wanted, finder, strict in STRING_FINDERS if keys & wanted]


def has_finder(name: str) -> bool:
    """Whether the last word of a property's name, its noun, says what form its value has in a text."""
    nouns = key_words(name)[-1:]
    return any(wanted.intersection(nouns) for wanted, _, _ in STRING_FINDERS)
