"""Finding what has a form in text: dates, amounts, e-mail addresses, URLs, phone numbers, months, numbers, names.

Every pattern is linear: each may start only where a run of its own characters starts. It refuses meaning: a *name* is
two or more capitalised words in a row, or one capitalised word inside a sentence, nothing cleverer. The first
150,000 characters are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import islice

from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.number import NUMBER

__all__ = [
    "AMOUNT",
    "DATE",
    "EMAIL",
    "KINDS",
    "MONTHS",
    "ORDINARY",
    "PERCENT",
    "PHONE",
    "TIME",
    "URL",
    "Kind",
    "find",
    "iso_date",
]

LIMIT, MOST = 150_000, 1_000
MONTHS = "January February March April May June July August September October November December".split()
MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
DATE = deferred(
    rf"(?<![A-Za-z0-9_/.-])(?:\d{{4}}-\d{{1,2}}-\d{{1,2}}(?:T\d{{2}}:\d{{2}}(?::\d{{2}})?(?:Z|[+-]\d{{2}}:\d"
    rf"{{2}})?)?(?![\w-])"
    rf"|\d{{1,2}}/\d{{1,2}}/\d{{2,4}}(?![\w/])|\d{{4}}/\d{{1,2}}/\d{{1,2}}(?![\w/])|\d{{1,2}}\.\d{{1,2}}\.\d"
    rf"{{4}}(?!\w)"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s(?:of\s)?{MONTH}(?:,?\s\d{{4}})?(?!\w)|{MONTH}\s\d{{1,2}}(?:st"
    rf"|nd|rd|th)?(?!\d)(?:,?\s\d{{4}})?(?!\w)"
    rf"|{MONTH}\s\d{{4}}(?!\w))|\d{{4}}年\d{{1,2}}月(?:\d{{1,2}}日)?|\d{{1,2}}月\d{{1,2}}日",
    re.IGNORECASE,
)
FIGURE = r"\d{1,3}(?:,\d{3}){1,10}(?:\.\d{1,4})?|\d{1,15}(?:\.\d{1,4})?"
SCALE = r"(?:\s?(?:million|billion|thousand|[kKmMbB]n?)(?!\w)|\s?[万亿])?"
AMOUNT = deferred(
    rf"(?<![A-Za-z0-9_.])(?:(?:US|A|C|HK)?[$€£¥₹]|USD|EUR|GBP|CNY|RMB|JPY|CHF)\s?(?:{FIGURE}){SCALE}"
    rf"|(?<![A-Za-z0-9_.,])(?:{FIGURE}){SCALE}\s?(?:[€£¥]|(?:USD|EUR|GBP|CNY|RMB|JPY|CHF|dollars?"
    rf"|euros?|pounds?|yuan|yen|cents|credits)(?!\w)|元|美元|欧元|块)",
)
EMAIL = deferred(
    r"(?<![A-Za-z0-9_.+%-])[A-Za-z0-9][\w.+%-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,6}\.[A-Za"
    r"-z]{2,24}(?![\w@])"
)
URL = deferred(r"(?<!\w)(?:https?://|www\.)[^\s<>\"'“”`，。）)\]]{1,2000}", re.IGNORECASE)
PHONE = deferred(
    r"(?<![A-Za-z0-9_.+-])(?:\+\d{1,3}[ .-]?)?(?:\(\d{1,5}\)[ .-]?)?\d{2,5}(?:[ .-]\d{2,5}){1,4}(?![\w-])"
    r"|(?<![A-Za-z0-9_.+-])\+?\d{10,14}(?!\w)"
)
PERCENT = deferred(r"(?<![A-Za-z0-9_.])-?\d{1,15}(?:\.\d{1,10})?\s?(?:%|percent\b|per cent\b)", re.IGNORECASE)
TIME = deferred(
    (
        r"(?<![A-Za-z0-9_:])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:\s?[ap]\.?m\.?)?(?![A-Za-z0-9_:])|(?<![A-Za-z0-9_"
        r":])(?:1[0-2]|[1-9])\s?[ap]\.?m\.?(?!\w)"
    ),
    re.IGNORECASE,
)
HASHTAG = deferred(r"(?<![A-Za-z0-9_#&])#[\w\u4e00-\u9fff]{1,60}")
MENTION = deferred(r"(?<![A-Za-z0-9_@.])@\w{2,30}(?![\w@.])")
NAME = deferred(
    r"(?<![\w'’])(?:(?:Mr|Mrs|Ms|Dr|Prof)\.?\s)?[A-Z][a-zà-ÿ]{1,30}(?:[ -](?:de |van |von |of "
    r"|da )?[A-Z][a-zà-ÿ]{1,30}|\s[A-Z]\.(?=\s[A-Z])){0,4}(?![\w])"
)
MONTH_NAME = deferred(
    r"(?<!\w)(?:January|February|March|April|May|June|July|August|September|October|November|December)(?!\w"
    r")|(?<!\d)1?\d月"
)
WEEKDAY = deferred(r"(?<!\w)(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?!\w)|星期[一二三四五六日天]|周[一二三四五六日]")
ORDINARY = (
    frozenset(
        "The A An This That These Those It I He She We They You My Our Your His Her Their In On At"
        " By For With From To If When"
        " Please Contact Call Email And But Or So Yes No Not There Here What Who How Why Where Is"
        " Are Was Were On Then As Her Dear"
        " Extract Summarize Classify List Give Return Find Send Meet Order Invoice Total Name Date"
        " Monday Tuesday Wednesday"
        " Thursday Friday Saturday Sunday Hello Hi Thanks Thank Regards Also Visit Pay Paid Due Born".split()
    )
    | frozenset(MONTHS)
    | frozenset(
        "Reach Write Ask Tell Phone Ring Mail Email Reserve Cancel Buy Put Take Bring Read Open Remove Delete Update"
        " Create Make Plan Schedule Invite Remind Translate Convert Check Let Notify Have Ship Deliver Transfer Move"
        " Which Whose When Can Could Would Do Does Did Will Say Tell Show Search Add Get Set Today Tomorrow".split()
    )
)


@dataclass(frozen=True)
class Kind:
    """A kind of thing with a form: what prompts call it, and how it is found."""

    name: str
    called: re.Pattern[str]
    find: Callable[[str], list[str]]


def _by(pattern: re.Pattern[str], strip: str = "") -> Callable[[str], list[str]]:
    def found(text: str) -> list[str]:
        return [match.group().strip().rstrip(strip) for match in islice(pattern.finditer(text), MOST)]

    return found


def _phones(text: str) -> list[str]:
    """Numbers of 7 to 15 digits that are no dates."""
    dates = set(_by(DATE)(text))
    return [
        phone for phone in _by(PHONE)(text) if 7 <= sum(mark.isdigit() for mark in phone) <= 15 and phone not in dates
    ]


def _names(text: str) -> list[str]:
    names = []
    for match in islice(NAME.finditer(text), MOST):
        parts = match.group().split()
        while parts and parts[0] in ORDINARY:
            parts = parts[1:]
        before = text[max(0, match.start() - 2) : match.start()].strip()
        starts = len(parts) == len(match.group().split()) and (not before or before[-1] in ".!?:\n")
        if parts and not (
            starts
            and len(parts) == 1
            and not text[match.end() : match.end() + 4].startswith((" is", " was", ",", " (", " wo", " li", " an"))
        ):
            names.append(" ".join(parts))
    return names


def _kind(name: str, called: str, finder: Callable[[str], list[str]]) -> Kind:
    return Kind(name, re.compile(called, re.IGNORECASE), finder)


KINDS = (
    _kind("dates", r"\bdates?\b|\bdeadlines?\b|\bbirth(?:day|date)s?\b|\bwhen\b|日期", _by(DATE)),
    _kind("times", r"\btimes?\b|时间", _by(TIME)),
    _kind(
        "amounts",
        (
            r"\bamounts?\b|\bprices?\b|\bcosts?\b|\bmoney\b|\bcurrenc|\bsums?\b|\btotals?\b|\bpayments?\b"
            r"|\bfees?\b|金额|价格"
        ),
        _by(AMOUNT),
    ),
    _kind("emails", r"\be-?mails?\b|邮箱|邮件地址", _by(EMAIL)),
    _kind("urls", r"\burls?\b|\blinks?\b|\bweb ?(?:sites?|addresses)\b|网址|链接", _by(URL, ".,;:!?")),
    _kind("phones", r"\b(?:tele)?phones?\b|\bmobiles?\b|电话|手机", _phones),
    _kind("percentages", r"\bpercent(?:age)?s?\b|百分比", _by(PERCENT)),
    _kind("months", r"\bmonths?\b|月份", _by(MONTH_NAME)),
    _kind("weekdays", r"\bweekdays?\b|\bdays? of the week\b|星期", _by(WEEKDAY)),
    _kind("hashtags", r"\bhashtags?\b|话题", _by(HASHTAG)),
    _kind("mentions", r"\bmentions?\b|\bhandles?\b|\busernames?\b", _by(MENTION)),
    _kind("numbers", r"\bnumbers?\b|\bfigures?\b|\bquantit|\bintegers?\b|数字|数量", _by(NUMBER)),
    _kind(
        "names",
        (
            r"\bnames?\b|\bpeople\b|\bpersons?\b|\bcompan|\bplaces?\b|\bcit(?:y|ies)\b|\borgani[sz]ations?\b"
            r"|\bentit|姓名|人名"
        ),
        _names,
    ),
)


def find(kind: Kind, text: str) -> list[str]:
    """Everything of one kind, in order, each once."""
    return list(dict.fromkeys(kind.find(text[:LIMIT])))


def iso_date(written: str) -> str | None:
    """A written date as `YYYY-MM-DD`, or `None` where it is incomplete, ambiguous (03/04/2025) or impossible."""
    numbers = [int(number) for number in re.findall(r"\d+", written.partition("T")[0])]
    month = next((at for at, name in enumerate(MONTHS, 1) if re.search(rf"\b{name[:3]}", written, re.I)), None)
    if month and len(numbers) == 2:
        day, year = numbers if numbers[1] > 31 else reversed(numbers)
    elif len(numbers) == 3 and numbers[0] > 31:
        year, month, day = numbers
    elif len(numbers) == 3 and numbers[2] > 31 and (numbers[0] > 12 or numbers[1] > 12 or "." in written):
        month, day = (numbers[1], numbers[0]) if numbers[0] > 12 or "." in written else (numbers[0], numbers[1])
        year = numbers[2]
    else:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
