"""Questions about dates: today, the weekday of a date, days between two dates, a date some days later.

*Today* is the day of the account's own clock in the sandbox, which notebooks may move, and the answer says so.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import INSTRUCTION_LIMIT, Asked
from caicaini_nb.sandbox.rules.finding import DATE, MONTHS, iso_date
from caicaini_nb.sandbox.rules.lazy_pattern import deferred

__all__ = ["dates"]

TODAY = deferred(
    r"\b(?:today'?s date|current date|what(?:'s| is) the date(?! \w+ (?:days?|weeks?))|date today"
    r"|(?:day|date) is (?:it|today)|(?:year|month) is (?:it|this)|current (?:year|month)"
    r"|what(?:'s| is) the day today)\b"
    r"|今天.{0,4}(?:几号|日期|星期几|周几)|现在.{0,3}(?:日期|几号)",
    re.I,
)
TIME = deferred(r"\bwhat(?:'?s| is)? (?:the )?(?:current )?time\b|\bwhat time is it\b|现在几点|现在是?什么时间", re.I)
WEEKDAY = deferred(r"\b(?:day of the week|weekday|which day|what day)\b|星期几|周几", re.I)
BETWEEN = deferred(r"\bdays?\b.{0,30}\b(?:between|from|until|till|to|since)\b|相差.{0,4}天|多少天", re.I)
LATER = deferred(r"\b(\d{1,6})\s+(days?|weeks?)\s+(after|before|from)\b", re.I)
NAMES = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


def _long(day: date) -> str:
    return f"{NAMES[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"


def _written(text: str, today: date) -> list[date]:
    """The dates in the text, complete and possible ones only; `today` counts."""
    found = [iso_date(match.group()) for match in DATE.finditer(text)]
    days = [date.fromisoformat(written) for written in found if written]
    return [*([today] if re.search(r"\b(?:today|now)\b|今天", text, re.I) else []), *days]


def _reckoned(asked: Asked, text: str, days: list[date]) -> Answer | None:
    """What follows from the dates in the prompt alone."""
    if (found := LATER.search(text)) and days:
        length = int(found[1]) * (7 if found[2].lower().startswith("w") else 1)
        try:
            day = days[0] + timedelta(days=-length if found[3].lower() == "before" else length)
        except OverflowError:
            return None
        return Answer(
            f"{_long(day)} ({day.isoformat()}).",
            short=day.isoformat(),
            value=day.isoformat(),
            steps=(f"Moved {days[0].isoformat()} by {length} days.",),
        )
    if BETWEEN.search(text) and len(days) == 2:
        length = abs((days[1] - days[0]).days)
        said = asked.say(
            f"There are {length} days between {days[0].isoformat()} and {days[1].isoformat()}.", f"相差 {length} 天。"
        )
        return Answer(said, short=str(length), value=length, steps=("Subtracted the two dates.",))
    if WEEKDAY.search(text) and len(days) == 1 and not re.search(r"\btoday\b|今天", text, re.I):
        day = days[0]
        chinese = f"{day.isoformat()} 是星期{'一二三四五六日'[day.weekday()]}。"
        return Answer(
            asked.say(f"{day.isoformat()} is a {NAMES[day.weekday()]}.", chinese),
            short=NAMES[day.weekday()],
            value=NAMES[day.weekday()],
            steps=(f"Looked {day.isoformat()} up in the Gregorian calendar.",),
        )
    return None


def dates(asked: Asked) -> Answer | None:
    """Answer a question about dates."""
    text, now = asked.text[:INSTRUCTION_LIMIT], asked.question.now
    if len(asked.text) > 500:
        return None
    if answer := _reckoned(asked, text, _written(text, now.date())):
        return answer
    if TIME.search(text):
        clock = now.strftime("%H:%M")
        return Answer(
            asked.say(f"By the sandbox's clock it is {clock} UTC.", f"沙盒时钟为 {clock}（UTC）。"),
            short=clock,
            value=clock,
        )
    if TODAY.search(text):
        today = now.date()
        chinese = f"按沙盒的时钟，今天是 {today.isoformat()}，星期{'一二三四五六日'[today.weekday()]}。"
        return Answer(
            asked.say(f"By the sandbox's clock, today is {_long(today)}.", chinese),
            short=today.isoformat(),
            value=today.isoformat(),
            steps=("Read the account's clock.",),
        )
    return None
