"""Which of a text's days a property means: by the words beside each, by the two ends of a span, from the day it is.

It refuses to reckon weekdays: only days told by name from today are turned into dates.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from caicaini_nb.sandbox.rules.finding import DATE

__all__ = ["dated", "near_days"]

# what a date is called beside it, by the word of the property's name
CALLED = {
    "start": r"start|begin|from|check-?in|arriv|开始|入住",
    "end": r"end|until|till|through|to|check-?out|leav|结束|退房",
    "arrival": r"arriv|check-?in|land|到达|抵达|入住",
    "due": r"due|deadline|by|pay|截止|到期|应付",
    "departure": r"depart|leav|fly|check-?out|take-?off|出发|离开|退房",
    "return": r"return|back|返回|回程",
    "birth": r"born|birth|出生|生日",
    "issued": r"issued|dated|invoice date|开具",
    "paid": r"paid|payment|付款|支付",
}
# what joins the two days of a span, directly before each
SPANS = {
    "arrival": r"\bfrom|\bbetween|从",
    "departure": r"\bto|\buntil|\btill|\bthrough|\band|[–—-]|至|到",
    "end": r"\band|[–—-]|至|到",
    "return": r"\bto|\buntil|\btill|[–—-]|至|到",
}
RELATIVE = {"today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1, "今天": 0, "明天": 1, "后天": 2, "昨天": -1}


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
    if not beside and keys & SPANS.keys():
        joined = next(SPANS[key] for key in SPANS if key in keys)
        beside = [match for match in found if re.search(rf"(?:{joined})\s*$", text[: match.start()][-12:], re.I)]
        beside = beside or (found[-1:] if keys & {"end", "return"} else [])
    return [match[0] for match in [*beside, *(match for match in found if match not in beside)]]
