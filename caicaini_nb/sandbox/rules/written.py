"""Strings with a written form in a text: capitalised groups, sums, queries, dates, addresses; as they stand there."""

from __future__ import annotations

import re
from collections.abc import Callable

from caicaini_nb.sandbox.rules.expression import tokenise
from caicaini_nb.sandbox.rules.finding import DATE, EMAIL, TIME, URL, iso_date
from caicaini_nb.sandbox.rules.lazy_pattern import deferred

__all__ = ["CAPITALISED", "FORMAT_FINDERS", "clocks", "days", "each", "expression", "matches", "query"]

CAPITALISED = r"((?:[A-Z][\w'’-]{0,30}|[\u4e00-\u9fff]{2,10})(?:[ -](?:of |de |the |la )?[A-Z][\w'’-]{0,30}){0,3})"


LEAD = deferred(
    (
        r"^\s*(?:please\s+)?(?:(?:can|could|would) you\s+)?(?:search|look up|look|find|google|tell"
        r" me|show me|get|query|what is|what's|who is|check)\s+(?:(?:the\s+)?(?:web|internet|docs|documentation"
        r"|online)\s+|(?:in\s+)?(?:my|our|the|all)\s+\w{1,20}\s+(?=(?:for|about)\s))?(?:for|about|up)?\s*"
    ),
    re.I,
)


LINE = deferred(r"[^\n]{1,300}")
MORE = deferred(rf"\s*(?:(,)\s*|,\s*and\s+|\s+and\s+(?:in\s+)?|和|、){CAPITALISED}")
# what stands after a comma to say where the place before it lies: `Austin, TX`, `Paris, France`
REGION_CODE = deferred(r"[A-Z]{2,3}")
COUNTRIES = frozenset(
    "Argentina Australia Austria Belgium Brazil Canada Chile China Colombia Denmark Egypt England Finland France"
    " Germany Greece Hungary India Indonesia Ireland Israel Italy Japan Kenya Korea Malaysia Mexico Morocco"
    " Netherlands Nigeria Norway Pakistan Peru Philippines Poland Portugal Russia Scotland Singapore Spain Sweden"
    " Switzerland Taiwan Thailand Turkey Ukraine Vietnam Wales".split()
)


def each(pattern: re.Pattern[str], text: str, but: list[str]) -> list[str]:
    """Every capitalised group, with those joined to it by `and` or a comma; `Austin, TX` is one."""
    result: list[str] = []
    for found in pattern.finditer(text):
        result.append(next(group for group in found.groups() if group))
        place = found.end()
        while joined := MORE.match(text, place):
            if joined[1] and _is_region(joined[2]) and not _is_region(result[-1]):
                result[-1] += f", {joined[2]}"
            else:
                result.append(joined[2])
            place = joined.end()
    return [item for item in dict.fromkeys(result) if item not in but]


def _is_region(written: str) -> bool:
    return written in COUNTRIES or REGION_CODE.fullmatch(written) is not None


def expression(text: str) -> list[str]:
    """The longest run of arithmetic in the text, as written."""
    best, start, end = "", -1, -1
    for token in [*tokenise(text[:2_000]), None]:
        if token is not None and token.kind != "other":
            start, end = (token.start if start < 0 else start), token.end
        elif start >= 0:
            best, start = max(best, text[start:end], key=len), -1
    return [best.strip()] if best else []


def query(text: str) -> list[str]:
    line = LINE.search(text)
    return [LEAD.sub("", line[0]).strip().rstrip("?.!") or line[0]] if line else []


def matches(pattern: re.Pattern[str]) -> Callable[[str], list[str]]:
    return lambda text: [found[0] for found in list(pattern.finditer(text))[:100]]


def days(text: str) -> list[str]:
    return [day for written in matches(DATE)(text) if (day := iso_date(written))]


def clocks(text: str) -> list[str]:
    """Times of day as `HH:MM:SS`; 8 pm is 20:00:00."""
    found = []
    for written in matches(TIME)(text):
        numbers = [int(number) for number in re.findall(r"\d+", written)]
        half = re.search(r"([ap])\.?m", written, re.I)
        hour = numbers[0] % 12 + 12 * (half[1].lower() == "p") if half else numbers[0]
        found.append(":".join(f"{part:02d}" for part in [hour, *numbers[1:], 0, 0][:3]))
    return found


FORMAT_FINDERS: dict[str, Callable[[str], list[str]]] = {
    "date": days,
    "date-time": lambda text: [
        *(
            written if re.search(r"(?:Z|[+-]\d\d:\d\d)$", written) else written + "Z"
            for written in matches(DATE)(text)
            if "T" in written
        ),
        *(f"{day}T00:00:00Z" for day in days(text)),
    ],
    "time": lambda text: [form for clock in clocks(text) for form in (f"{clock}Z", clock)],
    "email": matches(EMAIL),
    "uri": lambda text: [found.rstrip(".,;:!?") for found in matches(URL)(text)],
}
