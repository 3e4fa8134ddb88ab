"""Places and people a text names: by the words before them, by capitals, by surnames; and numbers of people.

It refuses to take a unit, a language, a weekday or a month for a place.
"""

from __future__ import annotations

import re

from caicaini_nb.sandbox.rules.bought import COUNT
from caicaini_nb.sandbox.rules.finding import KINDS, ORDINARY, find
from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.named_parties import chinese_people, venues
from caicaini_nb.sandbox.rules.number import parse_number
from caicaini_nb.sandbox.rules.written import CAPITALISED, each

__all__ = [
    "NO_PLACES",
    "called",
    "conversions",
    "destinations",
    "headcounts",
    "origins",
    "people",
    "places",
    "recipients",
    "rooms",
    "trailing",
]

BY_NAME = {kind.name: kind for kind in KINDS}
WITHIN = deferred(rf"\b(?:in|at|near|around|within)\s+(?:the\s+)?{CAPITALISED}")
OTHERWISE = deferred(
    rf"\b(?:for|of)\s+(?:the\s+)?{CAPITALISED}|(?:今天|明天|现在|在|查询?|请问|告诉我)*([\u4e00-\u9fff]{{2,12}}?)"
    rf"(?:的)?(?:今天|明天|现在)?(?:的)?(?:天气|气温)"
)
NO_PLACES = frozenset(
    "Celsius Fahrenheit Kelvin Centigrade English French German Spanish Chinese Japanese Italian Euro Euros Dollar"
    " Dollars Python JSON".split()
)
FROM = deferred(rf"\b[Ff]rom\s+(?:the\s+)?{CAPITALISED}(?![\w.]*@)")
TO = deferred(rf"\b[Tt]o\s+(?:the\s+)?{CAPITALISED}(?![\w.]*@)")
TRAILING = deferred(rf"[,，]\s*{CAPITALISED}[.)\s]*$")
UNIT = r"[A-Z]{3}|[A-Z][a-z]+(?: [A-Z][a-z]+){0,2}|[a-z]{2,20}"
CONVERSION = deferred(rf"(?:\d|\b[Ff]rom)\s?(?:degrees? )?({UNIT})\s+(?:in)?to\s+(?:the )?(?!\d)({UNIT})(?!\w)")
CALLED = deferred(
    r"\b(?:called|named|titled|entitled)\s+(?:the\s+)?([^\W_][\w'’-]{0,30}(?:\s[^\W_][\w'’-]{0,30}){0,4}?)"
    r"(?=[.,;:!?)]|$|\s(?:and|with|in|on|to|from|by|for|at|that|who|which|is|was|has)\b)",
    re.IGNORECASE,
)
CHINESE_WAY = deferred(
    r"从([\u4e00-\u9fff]{2,8}?)(?:出发)?[，,]?(?:飞往|飞到|前往|开往|到|去|至|飞)([\u4e00-\u9fff]{2,8}?)(?=的|[，,。！\s]|$)"
)
BETWEEN = deferred(rf"\b[Bb]etween\s+{CAPITALISED}\s+and\s+{CAPITALISED}")
WAYS = (CHINESE_WAY, BETWEEN)
RECIPIENT = deferred(
    rf"\b(?:[Ss]end|[Tt]ell|[Tt]ext|[Mm]essage|[Ee]-?mail|[Mm]ail|[Ww]rite|[Gg]ive|[Nn]otify|[Rr]emind|[Pp]ing)\s+{CAPITALISED}"
)
ROOM = deferred(
    r"\b(?:in|of|for|to) (?:the|my|our) ([a-z]{3,20}(?: room| hall)?)(?=[.,;!?]|$|\s(?:on|off|to|at|and)\b)"
    r"|([Rr]oom [A-Z\d]\w{0,12})"
)
JOINED = deferred(r"和|与|、|以及")
PERSON = deferred(
    rf"\b(?:[Mm]y name is|[Nn]ame[ds]?(?: is)?:?|[Cc]alled|I am|I'm|[Tt]his is|[Bb]y|[Dd]ear|[Hh]ello"
    rf"|[Hh]i|[Mm]eet|[Cc]ontact|[Cc]olleague|[Ff]riend|[Mm]r\.?|[Mm]rs\.?|[Mm]s\.?)\s+{CAPITALISED}"
)
NAMED = deferred(
    r"\b(?:named?|called|titled|name is)\s{0,3}:?\s{0,3}"
    r"(?:“([^”\n]{1,200})”|「([^」\n]{1,200})」|\"([^\"\n]{1,200})\"|'([^'\n]{1,200})')",
    re.IGNORECASE,
)
LEADING = deferred(
    r"[\s*•-]*([A-Z][\w'’]{0,30}(?: [A-Z]\w{0,30}){0,3}?)"
    r"\s*(?:\b(?:costs?|is|was|at|will|should|must|works?|has|turned|can)\b|[:：,(–-]|\$)"
)
HEADCOUNTS = (
    deferred(rf"\b(?:party|group|table|family|seats?|room)\s+(?:of|for)\s+({COUNT})(?!\w)", re.I),
    deferred(
        rf"(?<![\w.,])({COUNT})\s+(?:\w+\s+)?(?:people|persons?|guests?|adults?|visitors?|attendees?|of us|pax)\b", re.I
    ),
    deferred(r"(\d{1,4}|[一二两三四五六七八九十]{1,3})\s?[个位名]?(?:人|客人|大人|成人|来宾)"),
    deferred(rf"\bfor\s+({COUNT})(?=\s+(?:at|on|in)\b|[,.;!?]|$)", re.I),
)


def places(text: str) -> list[str]:
    """Places named after a preposition, split at `and` and commas; those where something is before those it is for."""
    but = [*BY_NAME["weekdays"].find(text), *BY_NAME["months"].find(text), *NO_PLACES]
    found = [*each(WITHIN, text, but), *each(OTHERWISE, text, but)]
    split = [part for place in found for part in ([place] if place.isascii() else JOINED.split(place))]
    return list(dict.fromkeys(place for place in [*split, *venues(text)] if place and place.split()[0] not in but))


def people(text: str) -> list[str]:
    """Names quoted, names introduced as such, then capitalised words in a row."""
    quoted = [next(group for group in found.groups() if group) for found in NAMED.finditer(text)]
    introduced = [next(group for group in found.groups() if group) for found in PERSON.finditer(text)]
    leading = LEADING.match(text)
    names = [
        *quoted,
        *(name for name in introduced if name.split()[0] not in ORDINARY),
        *chinese_people(text),
        *find(BY_NAME["names"], text),
        *([leading[1]] if leading and leading[1].split()[0] not in ORDINARY else []),
    ]
    return list(dict.fromkeys(names))


def called(text: str) -> list[str]:
    """What something is said to be called, in whatever letters: `the note called shopping`."""
    return [found[1] for found in CALLED.finditer(text[:5_000])]


def trailing(text: str) -> list[str]:
    """A name that ends a row after a comma: `Lea Roth (29), Vienna`."""
    found = TRAILING.search(text[-200:])
    return [found[1]] if found and found[1] not in NO_PLACES else []


def conversions(text: str) -> list[tuple[str, str]]:
    """What is turned into what: `250 USD to EUR`, `from miles to kilometres`."""
    return [(found[1], found[2]) for found in CONVERSION.finditer(text[:5_000])]


def recipients(text: str) -> list[str]:
    """To whom something is to be sent or told: `Send Bob the list`."""
    return [found[1] for found in RECIPIENT.finditer(text[:5_000]) if found[1].split()[0] not in ORDINARY]


def rooms(text: str) -> list[str]:
    """Rooms: `in the kitchen`, `the living room`."""
    return [next(filter(None, found.groups())) for found in ROOM.finditer(text[:5_000])]


def origins(text: str) -> list[str]:
    """Where somebody or something leaves from."""
    return [*each(FROM, text, []), *(found[1] for pattern in WAYS for found in pattern.finditer(text))]


def destinations(text: str) -> list[str]:
    """Where somebody or something goes to."""
    return [*each(TO, text, []), *(found[2] for pattern in WAYS for found in pattern.finditer(text))]


def headcounts(text: str) -> list[int]:
    """How many people a text speaks of."""
    found = (match[1].lower() for pattern in HEADCOUNTS for match in pattern.finditer(text[:5_000]))
    numbers = (1 if written in ("a", "an") else parse_number(written) for written in found)
    return [int(number) for number in numbers if number is not None]
