"""Values for a named property, taken from a text: by `name: value`, by format, by kind, by the words around it.

A proposal is only that: the caller checks it against the schema. `None` means that the text gives nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from caicaini_nb.sandbox.rules.dated import dated, near_days
from caicaini_nb.sandbox.rules.figures import without_forms
from caicaini_nb.sandbox.rules.finding import AMOUNT, KINDS, PERCENT, find
from caicaini_nb.sandbox.rules.labelled import introduced, labels, stated, synonyms
from caicaini_nb.sandbox.rules.labels import NEUTRAL, OTHER, Choice, pick_label
from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.number import NUMBER, numbers_in, parse_number, plain
from caicaini_nb.sandbox.rules.places_people import headcounts, people, places
from caicaini_nb.sandbox.rules.references import Schema
from caicaini_nb.sandbox.rules.sentences import sentences
from caicaini_nb.sandbox.rules.string_finders import MONEY, PLACES, Wanted, finders, key_words
from caicaini_nb.sandbox.rules.words import content_words, words
from caicaini_nb.sandbox.rules.written import FORMAT_FINDERS, clocks

__all__ = ["Source"]

LIMIT = 20_000
BY_NAME = {kind.name: kind for kind in KINDS}
AGE = deferred(
    (
        r"\b(\d{1,3})[ -]?(?:years?|yrs?|y/?o)\b|\b(?:aged?|age is|age of)\s*:?\s*(\d{1,3})\b|(?:,\s*"
        r"|\bis\s+|\bam\s+|\bturned\s+|['’]m\s+)(\d{1,3})(?=\s*(?:,|\.(?!\d)|and\b|years|$|\())|(\d{1,3})\s*岁"
        r"|\bturned\s+(\d{1,3})\b|\((\d{1,3})\)"
    ),
    re.I,
)
QUOTED = deferred(
    r"“([^”\n]{1,300})”|「([^」\n]{1,300})」|《([^》\n]{1,300})》|\"([^\"\n]{1,300})\"|(?<!\w)'([^'\n]{1,300})'(?!\w)"
)
COUNTED = deferred(r"(?<![\d.,$€£¥])(\d{1,4})(?:\s?[x×]|(?=\s[A-Za-z])|(?=[个位份件杯块瓶盒斤本台套]))")
RATED = deferred(
    r"(\d(?:[.,]\d)?)\s?(?:/|out of|of)\s?(?:5|10)\b|(\d(?:\.\d)?)[ -]?stars?\b|(\d(?:\.\d)?)\s?[星分]", re.I
)
ON_OFF = deferred(r"\b(?:switch|turn|put)(?:es|s|ed)?\b.{0,40}?\b(on|off)\b|(?<!\w)(打开|开启|关闭|关掉)", re.I)
DECIMAL = deferred(r"(?<![\d.,])\d{1,9}[.]\d{2}(?!\d)")
GLUE = deferred(
    r"^(?:[\W_]|(?:and|will|shall|to|should|must|has to|needs to|is going to|is|are|the task|by|for)\b"
    r"|[要将会]|需要|负责|应该)+",
    re.I,
)
TRAILING = deferred(r"(?:[\W_]|\b(?:and|by|on|due|until|for|before|is|to)\b)+$", re.I)
LEFT_OVER = frozenset("task action todo activity description note what item text message title subject thing".split())
PARTIAL = frozenset("tip tax vat gst subtotal discount shipping gratuity net".split())  # no amount beside is theirs
HEADS = frozenset("people guests persons party seats adults visitors attendees size headcount pax 人数".split())
COUNTS = frozenset("number n a x first count quantity value qty amount units".split())


@dataclass(frozen=True)
class Source:
    """A text that values are taken from; `skip` drops values an earlier item took."""

    text: str
    today: date | None = None
    about: frozenset[str] = frozenset()
    row: bool = False

    @cached_property
    def head(self) -> str:
        """The part that is read, at most `LIMIT` characters."""
        return self.text[:LIMIT]

    @cached_property
    def figures(self) -> str:
        """The same without dates, times, codes and addresses, where numbers are looked for."""
        return without_forms(self.head)

    @cached_property
    def quotes(self) -> tuple[str, ...]:
        """What is quoted, in order."""
        found = (next(group for group in match.groups() if group) for match in QUOTED.finditer(self.head))
        return tuple(dict.fromkeys(quote.strip() for quote in found))

    def stated(self, name: str) -> str | None:
        """What follows `name:`, `name is` or `name =`; or another word for the name."""
        return stated(self.head, name)

    def labels(self, value: str) -> set[str]:
        """The words of the properties' names that stand before a value as its label."""
        return labels(self.head, value, self.about)

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
        if picked and picked.name.lower() not in OTHER:
            yield picked.name

    def otherwise(self, options: list[Any]) -> list[Any]:
        """Enum members for a text that speaks for none: those that mean *other*, or neither of two."""
        return [option for option in options if isinstance(option, str) and option.lower() in OTHER | NEUTRAL]

    def _strings(self, name: str, schema: Schema) -> Iterator[str]:
        keys = frozenset(key_words(name))
        stated = self.stated(name) or introduced(self.head, name, self.about)
        if (formatted := FORMAT_FINDERS.get(schema.get("format", ""))) is not None:
            yield from self._formatted(formatted, schema["format"], keys, stated)
        mine = finders(keys)
        wanted = Wanted(keys, self.about, self.today)
        if stated is not None:
            found = [value for finder, strict in mine if strict or len(stated) > 40 for value in finder(stated, wanted)]
            if not mine or not mine[0][1] or not found:
                yield from found if len(stated.split()) > 5 else ()
                yield stated
            yield from found
        if not any(strict for _, strict in mine):
            yield from self.quotes
            if self.row and keys & LEFT_OVER:
                yield from self._left()
        for finder, _ in mine:
            yield from finder(self.head, wanted)
        if "pattern" in schema:
            yield from (word.strip(".,;:!?()") for word in self.head.split()[:2_000])
        described = frozenset(key_words(schema.get("description", "")[:300])) - {"name", "value", "text"}
        for finder, _ in finders(described) if not mine else ():
            yield from finder(self.head, wanted)

    def _formatted(
        self, formatted: Callable[[str], list[str]], form: str, keys: frozenset[str], stated: str | None
    ) -> Iterator[str]:
        """Values of a format: beside the property's name, then beside its words, then anywhere."""
        yield from formatted(stated or "")
        if form in ("date", "date-time"):
            near = [*dated(self.head, keys), *near_days(self.head, self.today)]
            clock = next(iter(clocks(self.head)), None)
            days = [day for written in near for day in FORMAT_FINDERS["date"](written)]
            if form == "date-time" and clock:
                yield from (f"{day}T{clock}Z" for day in days)
            yield from days if form == "date" else ()
        yield from formatted(self.head)

    def _left(self) -> Iterator[str]:
        """What is left of a row without its names, figures and days."""
        left = self.figures.replace("\x00", " ")
        for person in people(self.head)[:1]:
            left = left.replace(person, " ", 1)
        left = GLUE.sub("", re.sub(r"\(\s*\)|\s{2,}", " ", AMOUNT.sub(" ", left)).strip())
        yield from [TRAILING.sub("", left).strip()] if any(map(str.isalpha, left)) else []

    def _numbers(self, name: str, schema: Schema) -> Iterator[int | float]:
        keys = key_words(name)
        if (stated := self.stated(name)) and (number := NUMBER.search(without_forms(stated))):
            yield from map(plain, numbers_in(number[0]))
        elif stated and (value := parse_number(stated)) is not None:
            yield plain(value)
        if "age" in keys and (found := AGE.search(self.head)):
            yield int(next(group for group in found.groups() if group))
        if set(keys) & {"rating", "stars", "score", "评分"} and (rated := RATED.search(self.head)):
            yield from map(plain, numbers_in(next(filter(None, rated.groups()))))
        if set(keys) & HEADS:
            yield from headcounts(self.head)
        if set(keys) & {"quantity", "qty", "count"} and (counted := COUNTED.search(self.figures)):
            yield int(counted[1])
        yield from self.near(name)
        if set(keys) & MONEY and not set(keys) & PARTIAL:
            yield from (plain(number) for written in AMOUNT.findall(self.head)[:50] for number in numbers_in(written))
            yield from (plain(number) for number in numbers_in(" ".join(DECIMAL.findall(self.figures)[:50])))
        if "percent" in name.lower() or "rate" in keys:
            yield from (plain(number) for written in PERCENT.findall(self.head)[:50] for number in numbers_in(written))
        if "year" in keys:
            yield from (plain(number) for number in numbers_in(self.head) if 1000 <= number <= 2999)
        undated = AGE.sub(" ", self.figures) if "age" not in keys else self.figures
        found_numbers = numbers_in(undated)
        if len(found_numbers) == 1 or "minimum" in schema or "maximum" in schema or set(keys) & COUNTS:
            yield from map(plain, found_numbers[:50])

    def near(self, name: str) -> Iterator[int | float]:
        """A number beside the property's name, or another word for it: `rooms 3`, `3 rooms`."""
        figure = r"(?<![\d.,])(\d{1,3}(?:,\d{3})+(?:\.\d{1,6})?|\d{1,15}(?:\.\d{1,6})?)"
        counted = rf"(?:{figure}|\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve))"
        for key in [*key_words(name), *synonyms(name)]:
            stemmed = re.escape(key.rstrip("s"))
            start = r"(?<![A-Za-z_])(?<!sub[ -])" if key.isascii() else ""
            for pattern in (
                rf"{start}{stemmed}[a-z]{{0,3}}[^\w\n]{{0,4}}(?:[^\W\d]{{1,20}}[^\w\n]{{1,3}}){{0,2}}?{figure}",
                rf"{counted}\s{{1,3}}(?:[^\W\d]{{1,20}}\s{{1,3}}){{0,2}}?{start}{stemmed}",
            ):
                found = re.search(pattern, self.figures[:5_000], re.I) if len(key) > 2 or not key.isascii() else None
                written = next(filter(None, found.groups()), "") if found else ""
                if (value := parse_number(written.lower()) if written else None) is not None:
                    yield plain(value)

    def _booleans(self, name: str, schema: Schema) -> Iterator[bool]:
        stated = (self.stated(name) or "").lower()
        if stated in ("yes", "true", "no", "false"):
            yield stated in ("yes", "true")
        if {"on", "enabled", "active", "state", "power"} & set(key_words(name)) and (
            turned := ON_OFF.search(self.head)
        ):
            yield (turned[1] or turned[2]).lower() in ("on", "打开", "开启")
        keys = [key for key in content_words(" ".join(key_words(name))) if key not in ("i", "ha", "want", "need")]
        present = words(self.head)
        stems = content_words(self.head)
        if keys and all(key in stems for key in keys):
            at = next((place for place, word in enumerate(present) if word.startswith(keys[0][:4])), 0)
            yield not set(present[max(0, at - 3) : at]) & {"not", "no", "without", "never", "don't", "isn't"}
        if "question" in name.lower():
            yield self.head.rstrip().endswith(("?", "？"))

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
            return places(self.head)
        if keys & {"people", "person", "attendee", "participant"}:
            return people(self.head)
        if keys & {"sentence", "line", "point"}:
            return sentences(self.head)[:50]
        if keys & {"keyword", "tag", "topic", "word"}:
            return list(dict.fromkeys(word for word in words(self.head) if len(word) > 4))[:5]
        return re.findall(r"^[ \t]*(?:[-*•]|\d{1,3}[.)])[ \t]+([^\n]{1,300})$", self.head, re.M)


PROPOSERS: dict[str, Callable[[Source, str, Schema], Iterator[Any]]] = {
    "string": Source._strings,
    "number": Source._numbers,
    "integer": Source._numbers,
    "boolean": Source._booleans,
}
