"""Values for a named property, taken from a text: by `name: value`, by format, by kind, by the words around it.

A proposal is only that: the caller checks it against the schema. `None` means that the text gives nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from caicaini_nb.sandbox.rules.finding import AMOUNT, DATE, EMAIL, KINDS, ORDINARY, PERCENT, TIME, find, iso_date
from caicaini_nb.sandbox.rules.labels import Choice, pick_label
from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.number import NUMBER, numbers_in, parse_number, plain
from caicaini_nb.sandbox.rules.references import Schema
from caicaini_nb.sandbox.rules.sentences import sentences
from caicaini_nb.sandbox.rules.summary import pick
from caicaini_nb.sandbox.rules.words import content_words, words
from caicaini_nb.sandbox.rules.written import CAPITALISED, FORMAT_FINDERS, days, each, expression, matches, query

__all__ = ["PLACES", "Source", "has_finder"]

LIMIT = 20_000
BY_NAME = {kind.name: kind for kind in KINDS}
PLACE = deferred(
    rf"\b(?:in|at|for|near|of|around|within)\s+(?:the\s+)?{CAPITALISED}|(?:今天|明天|现在|在|查询?)*([\u4e00-\u9fff]{{2,6}}?)"
    rf"(?:的)?(?:今天|明天|现在)?(?:的)?(?:天气|气温)"
)
FROM, TO = deferred(rf"\bfrom\s+(?:the\s+)?{CAPITALISED}"), deferred(rf"\bto\s+(?:the\s+)?{CAPITALISED}")
PERSON = deferred(
    rf"\b(?:[Mm]y name is|[Nn]ame[ds]?(?: is)?:?|[Cc]alled|I am|I'm|[Tt]his is|[Bb]y|[Dd]ear|[Hh]ello"
    rf"|[Hh]i)\s+{CAPITALISED}"
)
NAMED = deferred(
    r"\b(?:named?|called|titled|name is)\s{0,3}:?\s{0,3}"
    r"(?:“([^”\n]{1,200})”|「([^」\n]{1,200})」|\"([^\"\n]{1,200})\"|'([^'\n]{1,200})')",
    re.IGNORECASE,
)
LEADING = deferred(r"\s*([A-Z][\w'’]{0,30}(?: \w{1,30}){0,3}?)\s*(?:\bcosts?\b|\bis\b|\bwas\b|\bat\b|[:：,(–-]|\$)")
AGE = deferred(
    (
        r"\b(\d{1,3})[ -]?(?:years?|yrs?|y/?o)\b|\b(?:aged?|age is|age of)\s*:?\s*(\d{1,3})\b|(?:,\s*"
        r"|\bis\s+|\bam\s+|\bturned\s+|['’]m\s+)(\d{1,3})(?=\s*(?:,|\.(?!\d)|and\b|years|$|\())|(\d{1,3})\s*岁"
    ),
    re.I,
)
CODE = deferred(r"(?<!\w)[A-Z]{3}(?!\w)")
PLACES = frozenset("city location place town country destination region address area".split())
TEXTS = frozenset("text content message body input prompt document note sentence comment".split())
QUERIES = frozenset("query question q search keyword keywords topic term subject".split())
EXPRESSIONS = frozenset("expression expr equation formula calculation math".split())
PEOPLE = frozenset("name person author customer user recipient sender full fullname username contact client".split())
MONEY = frozenset("price amount total cost fee sum budget salary payment value usd".split())
SUMMARIES = frozenset("summary abstract gist tldr headline title".split())
REASONS = frozenset("reason explanation evidence quote reasoning rationale".split())


def key_words(name: str) -> list[str]:
    """The words of a property's name: `dueDate`, `due_date` and `due-date` give `due`, `date`."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[\u4e00-\u9fff]+", name)]


@dataclass(frozen=True)
class Source:
    """A text that values are taken from; `skip` drops values an earlier item took."""

    text: str
    now: str = ""

    @cached_property
    def head(self) -> str:
        """The part that is read, at most `LIMIT` characters."""
        return self.text[:LIMIT]

    def stated(self, name: str) -> str | None:
        """What follows `name:`, `name is` or `name =`."""
        label = r"[\s_-]{0,2}".join(re.escape(word) for word in key_words(name)[:6])
        if not label:
            return None
        end = r"(?=[;\n,，；。]|\.\s|\.$|$|\sand\s(?:(?:\w+\s){0,2}(?:is|:)|(?:I|my|he|she|we|they)\b))"
        found = re.search(
            (
                rf"(?<![\w]){label}s?[\"']?\s{{0,3}}(?:[:：=]|\bis\b|\bare\b|\bwas\b)\s{{0,3}}[\"']?([^\n;]{{1,200}}?)[\""
                rf"']?{end}"
            ),
            self.head,
            re.I,
        )
        return found[1].strip() if found else None

    def propose(self, name: str, schema: Schema) -> Iterator[Any]:
        """Values that may fit a property, best first."""
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else list(kinds)
        if isinstance(schema.get("enum"), list):
            yield from self._choices(schema["enum"], f"{name} {schema.get('description', '')}")
        for kind in kinds or ["string"]:
            if kind in PROPOSERS and "enum" not in schema:
                yield from PROPOSERS[kind](self, name, schema)

    def _choices(self, options: list[Any], about: str) -> Iterator[Any]:
        """Enum members named in the text, first the earliest; else the one a label rule picks."""
        lowered = self.head.lower()
        stated = (self.stated(about.split()[0]) or "").lower() if about.split() else ""
        yield from (option for option in options if stated and str(option).lower() == stated)
        named = []
        for option in options[:200]:
            word = str(option).lower().replace("_", " ")
            found = re.search(rf"(?<![\w]){re.escape(word)}(?![\w])", lowered) if word else None
            if found and isinstance(option, str | int):
                named.append((found.start(), option))
        yield from (option for _, option in sorted(named, key=lambda item: item[0]))
        texts = [option for option in options if isinstance(option, str)]
        picked, _ = pick_label([Choice(option) for option in texts], self.head) if texts else (None, "")
        if picked:
            yield picked.name

    def _strings(self, name: str, schema: Schema) -> Iterator[str]:
        keys = set(key_words(name))
        if (formatted := FORMAT_FINDERS.get(schema.get("format", ""))) is not None:
            yield from formatted(self.head)
        if (stated := self.stated(name)) is not None:
            yield stated
            if (day := iso_date(stated)) is not None:
                yield day
        for wanted, finder in STRING_FINDERS:
            if keys & wanted:
                yield from finder(self)
        if "pattern" in schema:
            yield from (word.strip(".,;:!?()") for word in self.head.split()[:2_000])
        described = set(key_words(schema.get("description", "")[:300])) - {"name", "value", "text"}
        for wanted, finder in STRING_FINDERS:
            if described & wanted and not keys & wanted:
                yield from finder(self)

    def _numbers(self, name: str, schema: Schema) -> Iterator[int | float]:
        keys = key_words(name)
        if (stated := self.stated(name)) and (number := NUMBER.search(stated)):
            yield from map(plain, numbers_in(number[0]))
        elif stated and (value := parse_number(stated)) is not None:
            yield plain(value)
        if "age" in keys and (found := AGE.search(self.head)):
            yield int(next(group for group in found.groups() if group))
        if set(keys) & MONEY:
            yield from (plain(number) for written in AMOUNT.findall(self.head)[:50] for number in numbers_in(written))
        if "percent" in name.lower() or "rate" in keys:
            yield from (plain(number) for written in PERCENT.findall(self.head)[:50] for number in numbers_in(written))
        yield from self._near(keys)
        undated = DATE.sub(" ", AGE.sub(" ", self.head) if "age" not in keys else self.head)
        found_numbers = numbers_in(undated)
        if "year" in keys:
            yield from (plain(number) for number in numbers_in(self.head) if 1000 <= number <= 2999)
        if (
            len(found_numbers) == 1
            or "minimum" in schema
            or "maximum" in schema
            or set(keys) & {"number", "n", "a", "x", "first", "count", "quantity", "value"}
        ):
            yield from map(plain, found_numbers[:50])

    def _near(self, keys: list[str]) -> Iterator[int | float]:
        """A number beside the property's name: `3 rooms`, `rooms 3`."""
        for key in keys:
            stemmed = re.escape(key.rstrip("s"))
            for pattern in (
                rf"(?<!\d)(\d[\d,]{{0,15}}(?:\.\d{{1,6}})?)\s{{1,3}}(?:\w{{1,20}}\s{{1,3}})?{stemmed}",
                rf"(?<!\w){stemmed}\w{{0,3}}\W{{1,3}}(?:\w{{1,20}}\W{{1,3}}){{0,2}}?(\d[\d,]{{0,15}}(?:\.\d{{1,6}})?)",
            ):
                found = re.search(pattern, self.head[:5_000], re.I) if len(key) > 2 else None
                if found and (value := parse_number(found[1])) is not None:
                    yield plain(value)

    def _booleans(self, name: str, schema: Schema) -> Iterator[bool]:
        stated = (self.stated(name) or "").lower()
        if stated in ("yes", "true", "no", "false"):
            yield stated in ("yes", "true")
        keys = [key for key in content_words(" ".join(key_words(name))) if key not in ("i", "ha", "want", "need")]
        present = words(self.head)
        stems = content_words(self.head)
        if keys and all(key in stems for key in keys):
            at = next((place for place, word in enumerate(present) if word.startswith(keys[0][:4])), 0)
            yield not set(present[max(0, at - 3) : at]) & {"not", "no", "without", "never", "don't", "isn't"}
        if "question" in name.lower():
            yield self.head.rstrip().endswith(("?", "？"))

    def places(self) -> list[str]:
        """Places named after a preposition, split at `and` and commas."""
        return each(PLACE, self.head, BY_NAME["weekdays"].find(self.head) + BY_NAME["months"].find(self.head))

    def people(self) -> list[str]:
        """Names quoted, names introduced as such, then capitalised words in a row."""
        quoted = [next(group for group in found.groups() if group) for found in NAMED.finditer(self.head)]
        introduced = [next(group for group in found.groups() if group) for found in PERSON.finditer(self.head)]
        leading = LEADING.match(self.head)
        names = [
            *quoted,
            *introduced,
            *find(BY_NAME["names"], self.head),
            *([leading[1]] if leading and leading[1].split()[0] not in ORDINARY else []),
        ]
        return list(dict.fromkeys(names))

    def listed(self, name: str) -> list[str]:
        """The items of a list property: what `name:` lists, or what has the kind the name says."""
        stated = re.search(
            rf"(?<!\w){re.escape(name)}s?\s{{0,3}}(?:[:：]|\bare\b|\binclude\b)\s{{0,3}}([^\n.]{{1,500}})",
            self.head,
            re.I,
        )
        if stated:
            return [part.strip() for part in re.split(r",\s*(?:and\s+)?|;|、|\s+and\s+", stated[1]) if part.strip()]
        keys = set(key_words(name)) | {key.rstrip("s") for key in key_words(name)}
        for kind in KINDS:
            if kind.called.search(" ".join(key_words(name))):
                return find(kind, self.head)
        if keys & PLACES or "cities" in keys or "countries" in keys:
            return self.places()
        if keys & {"people", "person", "attendee", "participant"}:
            return self.people()
        if keys & {"sentence", "line", "point"}:
            return sentences(self.head)[:50]
        if keys & {"keyword", "tag", "topic", "word"}:
            return list(dict.fromkeys(word for word in words(self.head) if len(word) > 4))[:5]
        return re.findall(r"^[ \t]*(?:[-*•]|\d{1,3}[.)])[ \t]+([^\n]{1,300})$", self.head, re.M)


StringFinder = Callable[[Source], list[str]]
STRING_FINDERS: tuple[tuple[frozenset[str], StringFinder], ...] = (
    (frozenset({"email", "mail", "e"}), lambda source: matches(EMAIL)(source.head)),
    (frozenset({"url", "uri", "link", "website"}), lambda source: FORMAT_FINDERS["uri"](source.head)),
    (frozenset({"phone", "telephone", "mobile"}), lambda source: find(BY_NAME["phones"], source.head)),
    (
        frozenset({"date", "day", "deadline", "due", "birthday", "when"}),
        lambda source: [*days(source.head), *matches(DATE)(source.head), *find(BY_NAME["weekdays"], source.head)],
    ),
    (frozenset({"time", "hour"}), lambda source: matches(TIME)(source.head)),
    (frozenset({"month"}), lambda source: find(BY_NAME["months"], source.head)),
    (MONEY, lambda source: matches(AMOUNT)(source.head)),
    (
        frozenset({"origin", "from", "source", "departure"}),
        lambda source: each(FROM, source.head, []) or matches(CODE)(source.head)[:1],
    ),
    (
        frozenset({"destination", "to", "target", "arrival"}),
        lambda source: each(TO, source.head, []) or matches(CODE)(source.head)[1:],
    ),
    (
        frozenset({"currency", "code", "symbol", "ticker"}),
        lambda source: re.findall(r"(?<!\w)[A-Z]{2,5}(?!\w)", source.head)[:20],
    ),
    (PLACES, lambda source: source.places() or source.people()),
    (EXPRESSIONS, lambda source: expression(source.head)),
    (PEOPLE, lambda source: source.people()),
    (QUERIES, lambda source: query(source.head)),
    (SUMMARIES, lambda source: [sentences(source.head)[at] for at in pick(sentences(source.head), 1)]),
    (REASONS, lambda source: sentences(source.head)[:1]),
    (frozenset({"answer", "result", "response", "output"}), lambda source: []),
    (TEXTS, lambda source: [source.text]),
)
PROPOSERS: dict[str, Callable[[Source, str, Schema], Iterator[Any]]] = {
    "string": Source._strings,
    "number": Source._numbers,
    "integer": Source._numbers,
    "boolean": Source._booleans,
}


def has_finder(name: str) -> bool:
    """Whether the last word of a property's name, its noun, says what form its value has in a text."""
    nouns = key_words(name)[-1:]
    return any(wanted.intersection(nouns) for wanted, _ in STRING_FINDERS)
