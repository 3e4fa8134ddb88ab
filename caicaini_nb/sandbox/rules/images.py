"""Pictures: their size, colours and printed text, and what that text answers.

The text read from a picture is the prompt's material, so rules for text count, classify and summarise it, and tools and
schemas are filled from it. It refuses to describe what the picture shows: no rule sees things, faces or scenes.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from caicaini_nb.sandbox.rules import picture_telling as telling
from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import Asked
from caicaini_nb.sandbox.rules.counting import counting
from caicaini_nb.sandbox.rules.extraction import extraction
from caicaini_nb.sandbox.rules.json_answers import wants_json
from caicaini_nb.sandbox.rules.labels import labels
from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.rewriting import rewriting
from caicaini_nb.sandbox.rules.stated_fields import stated_fields
from caicaini_nb.sandbox.rules.summary import summary
from caicaini_nb.sandbox.vision.sight import Seen, eyes

__all__ = ["described", "images"]

Teller = Callable[[Asked, Seen], str]
PICTURE = r"(?:image|picture|photo|photograph|screenshot|scan|file|drawing|chart|figure)s?"
READS = deferred(
    r"\bread\b|\btranscri|\bocr\b|\bwhat (?:does|do) .{1,40}\bsays?\b|\bwhat(?:'s| is) written\b"
    r"|\b(?:extract|give me|show|return|list|get)\b.{0,20}\btext\b"
    r"|\b(?:what|which)(?: is| are|'s)?(?: the)? (?:text|words)\b"
    r"|文字|读出|识别|写(?:了|着)什么",
    re.I,
)
WHOLE = deferred(
    r"\bdescri|\bcaption\b|\bwhat (?:do|can) you see\b|\blook at\b|^(?:here(?:'s| is| are)|this is|these are)\b"
    r"|\bwhat(?:'s| is| are) (?:in|on|this|that|it|these|shown|depicted)\b"
    rf"|\bwhat does (?:the|this|that|each) {PICTURE} (?:show|contain|depict)|\bwhat(?:'s| is) the {PICTURE}"
    r"|描述|看到(?:了)?什么|(?:里|中|上)(?:面)?(?:有|是)(?:些)?什么|这是什么|图片?是什么",
    re.I,
)
# what a question about a picture asks for, and what tells it
TELLERS: tuple[tuple[re.Pattern[str], Teller], ...] = (
    (
        deferred(
            r"\bdimensions?\b|\bresolution\b|\bpixels?\b"
            rf"|\bhow (?:large|big|wide|tall|high) (?:is|are) (?:(?:the|this|that|these|each) )?(?:{PICTURE}|it)\b"
            rf"|\bsizes?\b|\bwidth\b|\bheight\b|\b{PICTURE} format\b|\bformat of\b|尺寸|多大|分辨率|像素|格式",
            re.I,
        ),
        telling.size,
    ),
    (deferred(r"\bcolou?rs?\b|颜色|色彩", re.I), telling.colours),
    (READS, telling.text),
)
TEXT_RULES = (labels, summary, counting, extraction, rewriting)


def images(asked: Asked) -> Answer | None:
    """Answer a question about the pictures of a user turn."""
    if not asked.pictures:
        return None
    seen = [eyes().see(picture) for picture in asked.pictures]
    answer = _answer(asked, seen)
    if wants_json(asked):
        return _as_values(asked, seen, answer)
    return answer


def described(asked: Asked) -> str:
    """Everything seen in the pictures, for a question that no rule answers; empty without pictures."""
    return _told(asked, [eyes().see(picture) for picture in asked.pictures], _everything)


def _answer(asked: Asked, seen: list[Seen]) -> Answer | None:
    looked = _looked(seen)
    if not asked.text:
        return Answer(_told(asked, seen, _everything), steps=looked)
    parts = [tell for pattern, tell in TELLERS if pattern.search(asked.instruction)]
    fields = stated_fields(asked)
    if parts and not (fields and parts == [telling.text]):
        told = _told(asked, seen, lambda asked, one: "\n".join(tell(asked, one) for tell in parts))
        bare = asked.seen if parts == [telling.text] and asked.seen else None
        return Answer(told, short=bare, value=bare, steps=looked)
    if fields is not None:
        return Answer(fields.text, fields.short, fields.value, (*looked, *fields.steps))
    if WHOLE.search(asked.instruction):
        return Answer(_told(asked, seen, _everything) + _blind(asked), steps=looked)
    if found := next((answer for rule in TEXT_RULES if asked.seen and (answer := rule(asked))), None):
        said = asked.say("By the text read from the image:", "根据从图片中读出的文字：")
        return Answer(f"{said}\n\n{found.text}", found.short or found.text, found.value, (*looked, *found.steps))
    return None


def _everything(asked: Asked, seen: Seen) -> str:
    return "\n".join(tell(asked, seen) for tell in (telling.size, telling.colours, telling.text))


def _told(asked: Asked, seen: list[Seen], tell: Teller) -> str:
    """One paragraph for each picture, named when there are several."""
    if len(seen) == 1:
        return tell(asked, seen[0])
    title = asked.say("Image {}: ", "图片 {}：")
    return "\n\n".join(title.format(number) + tell(asked, one) for number, one in enumerate(seen, 1))


def _blind(asked: Asked) -> str:
    return asked.say(
        "\n\nThe sandbox's rules engine sees no things or scenes; a hosted model with vision and your own key does.",
        "\n\n沙盒的规则引擎看不出物体或场景；用你自己的密钥调用支持视觉的托管模型就可以。",
    )


def _looked(seen: list[Seen]) -> tuple[str, ...]:
    steps = []
    for number, one in enumerate(seen, 1):
        read = "no text reader" if one.lines is None else f"{len(one.lines)} lines of text read"
        steps.append(f"Looked at image {number}: {one.format} {one.width} × {one.height}, {read}.")
    return tuple(steps)


def _as_values(asked: Asked, seen: list[Seen], answer: Answer | None) -> Answer:
    """The facts about the pictures as values, with what a rule made of their text."""
    if answer is not None and answer.value is not None and not isinstance(answer.value, dict):
        return answer
    spelling = "colors" if re.search(r"\bcolors?\b", f"{asked.text[:2_000]} {asked.question.schema}") else "colours"
    values = [telling.facts(one, spelling) for one in seen]
    value = values[0] if len(values) == 1 else {"images": values}
    text = answer.text if answer else _told(asked, seen, _everything)
    return Answer(text, value=value | (answer.value if answer and answer.value else {}), steps=_looked(seen))
