"""Extraction: "Extract the dates and amounts" gives what has that form in the text, as a list, or as JSON when asked.

It refuses to extract what has no form (opinions, causes), and says when there is none of a kind.
"""

from __future__ import annotations

import json
import re

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import Asked
from caicaini_nb.sandbox.rules.finding import KINDS, Kind, find
from caicaini_nb.sandbox.rules.lazy_pattern import deferred

__all__ = ["extraction"]

ASKS = deferred(
    r"\b(?:extract|find|list|pull out|identify|get|give me|return|show|what|which|locate)\b|提取|找出|抽取|列出",
    re.IGNORECASE,
)
VERB = deferred(r"\bextract|\bfind\b|\bpull out\b|\bidentify\b|\blocate\b|提取|找出|抽取", re.IGNORECASE)
ONE_NUMBER = deferred(
    r"\bwhat(?:'s| is| was) (?:the|its|this) (?:\w+ ){0,4}(?:number|figure|quantity)\b", re.IGNORECASE
)
JSON = deferred(r"\bjson\b", re.IGNORECASE)
CHINESE = {
    "dates": "日期",
    "times": "时间",
    "amounts": "金额",
    "emails": "邮箱",
    "urls": "网址",
    "phones": "电话",
    "months": "月份",
    "percentages": "百分比",
    "weekdays": "星期",
    "hashtags": "话题",
    "mentions": "提及",
    "numbers": "数字",
    "names": "姓名",
}
ENGLISH = {"emails": "e-mail addresses", "urls": "URLs", "phones": "phone numbers"}


def _kinds(instruction: str) -> list[Kind]:
    """The kinds named; `phone numbers` are not also numbers, nor `email addresses` places."""
    named = [kind for kind in KINDS if kind.called.search(instruction)]
    names = {kind.name for kind in named}
    if names & {"phones", "amounts", "percentages"} and re.search(
        r"\b(?:phone|mobile)\s+numbers?\b", instruction, re.I
    ):
        named = [kind for kind in named if kind.name != "numbers"]
    return named


def extraction(asked: Asked) -> Answer | None:
    """List what the prompt names from the text it gives."""
    material = asked.material
    if not material or not ASKS.search(asked.instruction):
        return None
    kinds = _kinds(asked.instruction)
    if not kinds or (material in asked.quotes and len(material) < 12 and not VERB.search(asked.instruction)):
        return None
    found = {kind.name: find(kind, material) for kind in kinds}
    if ONE_NUMBER.search(asked.instruction) and len(found.get("numbers", [])) > 1:
        return None  # which of them is the invoice number, say, is not in its form
    steps = tuple(f"Looked for {name}: {len(items)} found." for name, items in found.items())
    if JSON.search(asked.instruction) or JSON.search(asked.system):
        text = json.dumps(found, ensure_ascii=False)
    elif not any(found.values()):
        names = [ENGLISH.get(name, name) for name in found]
        chinese = "、".join(CHINESE[name] for name in found)
        text = asked.say(f"There are no {' or '.join(names)} in the text.", f"文本中没有{chinese}。")
    elif len(found) == 1:
        text = "\n".join(f"- {item}" for item in next(iter(found.values())))
    else:
        text = "\n".join(_line(asked, name, items) for name, items in found.items())
    return Answer(
        text, short=", ".join(item for items in found.values() for item in items) or text, value=found, steps=steps
    )


def _line(asked: Asked, name: str, items: list[str]) -> str:
    english = ENGLISH.get(name, name)
    title = asked.say(english[0].upper() + english[1:], CHINESE[name])
    return f"- {title}: {', '.join(items) or asked.say('none', '无')}"
