"""How the text of a property is found by the words of its name: an e-mail address, a merchant, an occasion, a code.

Each finder takes a text and the words of the property's name, and proposes only. A property whose words say nothing of
that kind has none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from caicaini_nb.sandbox.rules.dated import dated, near_days
from caicaini_nb.sandbox.rules.figures import CODE_WORD
from caicaini_nb.sandbox.rules.finding import AMOUNT, EMAIL, KINDS, TIME, find
from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.named_parties import companies, leading_titles, merchants, occasions, products, roles
from caicaini_nb.sandbox.rules.places_people import (
    NO_PLACES,
    called,
    conversions,
    destinations,
    origins,
    people,
    places,
    recipients,
    rooms,
    trailing,
)
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
    "finders",
    "has_finder",
    "key_words",
]

BY_NAME = {kind.name: kind for kind in KINDS}
FILE = deferred(r"(?<![\w/])(?:~?/)?(?:[\w.-]+/){0,20}[\w-]+\.[A-Za-z]\w{0,5}(?![\w/@])|(?<!\S)(?:~|\.{1,2})?/[\w./-]+")
AIRPORT = deferred(r"(?<!\w)[A-Z]{3}(?!\w)")
MONEY = frozenset(
    "price amount total cost fee sum budget salary payment value usd eur due paid spent tip tax subtotal".split()
)
PLACES = frozenset("city location place town country destination region address area venue where".split())
PEOPLE = frozenset(
    "name person author customer user recipient sender full fullname username contact client owner assignee responsible"
    " who speaker employee student guest host passenger"
    " director writer artist composer editor teacher doctor manager organizer organiser traveller patient".split()
)
DATES = frozenset("date day deadline due birthday when".split())
ROUTE = frozenset("origin destination from to".split())
OCCASION = frozenset("date location time venue place day start".split())
EMPLOYING = frozenset("company employer salary job department".split())
LONGEST_TITLE = 10  # words; a longer sentence is no title
EURO = {"euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "pounds": "GBP", "yuan": "CNY", "yen": "JPY"}
MARKS = deferred(r"[$€£元]|[¥￥]|\b(?:euros?|dollars?|pounds|yuan|yen)\b|块钱|人民币|美元|欧元", re.I)
SPOKEN = {"块钱": "CNY", "人民币": "CNY", "美元": "USD", "欧元": "EUR"}
NUMBERED = deferred(
    r"\b(?:number|no\.?|nr\.?|id|code|reference|ref\.?)\s{0,2}(?:is|:|=|#)?\s{0,2}([A-Za-z0-9][\w/-]{1,30})"
    r"|(?:编号|单号|号码|号)\s?(?:是|为|[:：])?\s?([A-Za-z0-9][\w/-]{1,30})",
    re.I,
)


@dataclass(frozen=True)
class Wanted:
    """A property: the words of its name, those of all properties beside it, and the day by the account's clock."""

    keys: frozenset[str]
    about: frozenset[str] = frozenset()
    today: date | None = None


LANGUAGES = (
    "Arabic|Bengali|Bulgarian|Catalan|Chinese|Croatian|Czech|Danish|Dutch|English|Estonian|Finnish|French|German|Greek"
    "|Hebrew|Hindi|Hungarian|Icelandic|Indonesian|Irish|Italian|Japanese|Korean|Latin|Latvian|Lithuanian|Malay|Mandarin"
    "|Norwegian|Persian|Polish|Portuguese|Romanian|Russian|Serbian|Slovak|Slovenian|Spanish|Swahili|Swedish|Tamil|Thai"
    "|Turkish|Ukrainian|Urdu|Vietnamese|Welsh"
)
CHINESE_LANGUAGES = "[英法德日韩俄中]文|[英法德日韩俄汉]语|西班牙语|葡萄牙语|意大利语|阿拉伯语"

StringFinder = Callable[[str, Wanted], list[str]]


def key_words(name: str) -> list[str]:
    """The words of a property's name: `dueDate`, `due_date` and `due-date` give `due`, `date`."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[\u4e00-\u9fff]+", name)]


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
    picked = [*called(text), *(roles(text) if wanted.about & EMPLOYING else ()), *leading_titles(text)]
    whole = [sentences(text)[at] for at in pick(sentences(text), 1)]
    picked += [sentence for sentence in whole if len(sentence.split()) <= LONGEST_TITLE]
    return [*occasions(text), *picked] if wanted.about & OCCASION else picked


def _places(text: str, wanted: Wanted) -> list[str]:
    """A place; any other name where no property beside it is for one: `Weather Paris?`."""
    if wanted.about & PEOPLE:
        return places(text) or origins(text) or trailing(text)
    return places(text) or [one for one in people(text) if one not in NO_PLACES]


def _languages(text: str, wanted: Wanted) -> list[str]:
    """Languages, first those something is put into, or out of for a source."""
    way = r"from|out of" if wanted.keys & {"source", "from"} else r"to|into|in"
    near = re.findall(rf"\b(?:{way})\s({LANGUAGES})\b", text)
    return list(dict.fromkeys([*near, *re.findall(rf"\b(?:{LANGUAGES})\b|{CHINESE_LANGUAGES}", text)]))


def _departures(text: str, wanted: Wanted) -> list[str]:
    """Where it leaves from; its time or day where another property is for that place."""
    if wanted.about & ROUTE and wanted.keys & {"departure", "arrival"}:
        return [*matches(TIME)(text), *_dates(text, wanted)]
    return origins(text) or _airports(text)[:1] or matches(EMAIL)(text)


def _arrivals(text: str, wanted: Wanted) -> list[str]:
    """Where, or to whom, it goes; its time or day where another property is for that place."""
    if wanted.about & ROUTE and "arrival" in wanted.keys:
        times = matches(TIME)(text)
        return [*times[1:], *times, *_dates(text, wanted)]
    return destinations(text) or _airports(text)[1:] or matches(EMAIL)(text) or recipients(text)


def _airports(text: str) -> list[str]:
    return [code for code in matches(AIRPORT)(text) if not CODES.fullmatch(code)]


def _names(text: str, wanted: Wanted) -> list[str]:
    """What is called so, then a person; an occasion's name beside a day and a place, a thing's beside a price."""
    if named := called(text):
        return [*named, *people(text)]
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
    (frozenset({"path", "file", "filename", "filepath"}), _plain(matches(FILE)), True),
    (frozenset({"room"}), _plain(rooms), False),
    (frozenset({"month"}), _kind("months"), True),
    (frozenset({"language", "lang", "语言"}), _languages, True),
    (frozenset({"from", "source"}), lambda text, wanted: [pair[0] for pair in conversions(text)], True),
    (frozenset({"to", "target"}), lambda text, wanted: [pair[1] for pair in conversions(text)], True),
    (frozenset({"currency", "币种"}), _currencies, True),
    (MONEY, _plain(matches(AMOUNT)), True),
    (frozenset({"id", "number", "no", "nr", "reference", "ref", "sku", "编号"}), _codes, True),
    (
        frozenset({"origin", "from", "source", "departure"}),
        _departures,
        True,
    ),
    (
        frozenset({"destination", "to", "target", "arrival"}),
        _arrivals,
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
    (PLACES | {"城市", "地点"}, _places, True),
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
