"""Data to a schema from all that a request tells: its text, its pictures, tool results and what the rules computed.

One filling for JSON answers and for the arguments of tools: the same prompt gives the same data whichever way it is
asked for. It refuses to keep optional values that nothing gave.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from caicaini_nb.sandbox.rules import picture_telling
from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import BLANK_LINE, COLON, OPENER, OPENER_WINDOW, Asked, split
from caicaini_nb.sandbox.rules.corrections import sets_right
from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.number import numbers_in, parse_number, plain
from caicaini_nb.sandbox.rules.receipt_values import offered
from caicaini_nb.sandbox.rules.references import Schema, flat
from caicaini_nb.sandbox.rules.schema_filling import filled
from caicaini_nb.sandbox.rules.sentences import sentences
from caicaini_nb.sandbox.rules.string_finders import key_words
from caicaini_nb.sandbox.rules.tool_facts import facts, records
from caicaini_nb.sandbox.rules.values import Source
from caicaini_nb.sandbox.vision.sight import eyes

__all__ = ["Data", "computed", "fill_from", "nothing_read", "told_text", "unread"]

ASKING = deferred(
    r"^\W*(?:(?:please|now|kindly|(?:can|could|would|will) you)\W+){0,3}(?:extract|classify|parse|read|get|return|give"
    r"|fill|turn|convert|summari[sz]e|identify|label|list|categori[sz]e|tag|rate|pull|answer|output|analy[sz]e|tell"
    r"|find|here (?:is|are)|this is|what|which|structure|collect|note)\b"
    r"|^\W*(?:请|帮我|麻烦)?(?:你)?(?:从.{0,12})?(?:提取|抽取|分类|分析|读取|列出|找出|判断|总结|整理|识别|解析|给出)",
    re.I,
)
SHORT, SIGHT = 120, 300
FORMED = deferred(r"^\S+@\S+$|^https?://|^\d{4}-\d\d-\d\d|\w\d\w*$")
# a request whose answer is knowledge or invention: what stands in it is what it is about, not what it asks for
WONDERING = deferred(
    r"^\W*(?:(?:please|now|so|and|ok|hi|hello|hey)\W+){0,3}(?:who|whose|whom|what|when|where|which|why|how|is|are|was|were"
    r"|does|do|did|has|have)\b(?:[^\n.!]|\.(?=\S))*\?\W*$"
    r"|^\W*(?:please\s+)?(?:(?:tell (?:me|us)(?: more)? about|explain|describe|invent|imagine|make up|suggest|recommend"
    r"|come up with)\b|(?:write|name|compose|give me|think of) (?:an?|me|us|one|two|three|four|five|ten|some|\d+)\b)"
    r"|^[^\n]*(?:谁|什么|哪|多少|几|为什么|怎么|如何|吗)[^\n]*[?？]\s*$|^(?:请)?(?:编|写|想象|推荐|介绍|解释)",
    re.I,
)
ANSWERS = (
    "answer", "result", "final_answer", "output", "response", "value", "label", "category", "class", "summary", "total",
    "sum", "count",
)  # fmt: skip
SAID = ("answer", "result", "final_answer", "output", "response", "value")
BESIDE = frozenset(
    "reason reasoning explanation rationale confidence score steps step working unit units expression question equation"
    " evidence thought thoughts language".split()
)


@dataclass(frozen=True)
class Data:
    """A value that satisfies its schema, and the properties that something gave.

    `missing` are the required values, or all where none is, that nothing gave: their names with dots between.
    """

    value: Any
    taken: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def step(self) -> str:
        """What was done, with the values that are no answer."""
        read, rest = ", ".join(self.taken) or "none", ", ".join(self.missing)
        said = f"nothing gives {rest}: the smallest valid values stand there." if rest else "nothing is left to guess."
        return f"Filled the schema; properties taken from the text: {read}; {said}"


def told_text(asked: Asked) -> str:
    """The text that values are taken from: without the instruction, if there is one, and with what tools answered."""
    return "\n".join([*(record.text for record in records(asked.question)), _without_instruction(asked)])


def _without_instruction(asked: Asked) -> str:
    if asked.seen:
        return asked.seen
    text, material = asked.text, asked.material
    if material and material not in text:
        return material
    if OPENER.search(text[:OPENER_WINDOW]) and material:
        return material
    instruction, rest = split(text)
    marked = instruction != text.strip() and (COLON.search(text) or BLANK_LINE.search(text))
    if rest and ASKING.search(instruction) and (marked or len(rest) * 2 > len(text)):
        text = rest
    parts = sentences(text[:2_000]) if len(text) < 2_000 and "\n" not in text.strip() else []
    said = [
        part
        for part in parts
        if not (ASKING.search(part) and len(part) < SHORT and not re.search(r"\d|@|[“\"「]", part))
    ]
    return " ".join(said) if said and len(said) < len(parts) else text


def computed(answer: Answer | None, schema: Schema, honest: Answer) -> tuple[dict[str, Any], frozenset[str]]:
    """What a rule computed, for properties that ask for an answer, unless others ask for data beside it.

    Where no rule did, the honest sentence is for a text that asks for an answer; beside it the names that hold it.
    """
    root = flat(schema, schema)
    named: dict[str, Any] = root.get("properties", {}) if isinstance(root, dict) else {}
    if answer is None or answer.text == honest.text:
        free = all(name in SAID or BESIDE & set(key_words(name)) for name in named)
        given = {name: honest.text for name in named if free and name in SAID and named[name] == {"type": "string"}}
        return given, frozenset(given)
    return _computed(answer, schema, named), frozenset()


def _computed(answer: Answer, schema: Schema, named: dict[str, Any]) -> dict[str, Any]:
    value = answer.short or answer.text if answer.value is None else answer.value
    told = value if isinstance(value, dict) else {}
    if not all(name in ANSWERS or name in told or BESIDE & set(key_words(name)) for name in named):
        return dict(told)
    given: dict[str, Any] = {}
    for name in ANSWERS:
        part = flat(named.get(name, True), schema)
        kind = part.get("type") if isinstance(part, dict) else None
        text = kind == "string" and not isinstance(value, str)
        items = _items(value) if kind == "array" and isinstance(value, str) else value
        given[name] = answer.short or answer.text if text else items
    return given | told


def _items(listed: str) -> list[Any]:
    """The items of a list told in a line or in lines, as numbers where all are."""
    parts = [part.strip(" -*") for part in re.split(r",\s+|\n", listed.strip()) if part.strip(" -*")]
    numbers = [parse_number(part) for part in parts]
    return [plain(number) for number in numbers if number is not None] if None not in numbers else parts


def _in_order(schema: Schema, text: str) -> dict[str, Any]:
    """As many numbers as there are numeric properties: each takes its own, in the order they are written."""
    root = flat(schema, schema)
    named = root.get("properties", {}) if isinstance(root, dict) else {}
    source = Source(text)
    numeric = [
        key for key, part in named.items() if isinstance(part, dict) and part.get("type") in ("number", "integer")
    ]
    numbers = numbers_in(source.figures) if len(numeric) > 1 else []
    if len(numeric) < 2 or len(numeric) != len(numbers):
        return {}
    if any(source.stated(key) or next(source.near(key), None) is not None for key in numeric):
        return {}
    return {key: plain(number) for key, number in zip(numeric, numbers, strict=True)}


def fill_from(
    asked: Asked,
    schema: Schema,
    text: str,
    given: dict[str, Any] | None = None,
    fixed: dict[str, Any] | None = None,
    unsure: Iterable[str] = (),
    *,
    wondering: bool = True,
) -> Data:
    """Fill a schema; a text that sets an earlier one right outweighs it, value by value. For the rest see `_fill`."""
    data = _fill(asked, schema, text, given, fixed, unsure, wondering)
    if not (asked.earlier and sets_right(asked.text) and isinstance(data.value, dict)):
        return data
    before = _fill(asked, schema, asked.earlier[-1], given, fixed, unsure, wondering)
    lacking = {path.partition(".")[0] for path in data.missing}
    said = {name: item for name, item in data.value.items() if name in data.taken and name not in lacking}
    missing = tuple(path for path in before.missing if path.partition(".")[0] not in said)
    return Data(before.value | said, (*before.taken, *said), missing)


def _fill(
    asked: Asked,
    schema: Schema,
    text: str,
    given: dict[str, Any] | None,
    fixed: dict[str, Any] | None,
    unsure: Iterable[str],
    wondering: bool,
) -> Data:
    """Fill a schema; `given` are values known beforehand, by name, `fixed` those that nothing outweighs.

    `unsure` names those of `given` that are no answer; with `wondering` a text that only asks something gives no data.
    Raises `Impossible` where nothing satisfies the schema.
    """
    stated, partly = offered(schema, asked.seen or text)
    answered = facts(schema, records(asked.question)) | (fixed or {})
    known = (given or {}) | answered
    unsure = {*(partly - known.keys()), *unsure} - answered.keys()
    found = filled(schema, text, _in_order(schema, text) | stated | known, asked.question.now.date(), unsure)
    guessed = list(dict.fromkeys(".".join(path) or "the value" for path in found.guessed))
    root = flat(schema, schema)
    if not isinstance(root, dict) or not isinstance(found.value, dict):
        return Data(found.value, found.taken, tuple(guessed))
    named, required, taken = root.get("properties", {}), root.get("required"), found.taken
    if wondering and WONDERING.search(text[:SIGHT]) and len(text) <= SIGHT:
        sure = {*known, *_plainly_stated(found.value, named, text)}
        guessed += [key for key in required or named if key in taken and key not in sure]
    value = found.value
    if required:
        kept = {key: item for key, item in value.items() if key in required or key in taken or key not in named}
        value = kept if len(kept) >= root.get("minProperties", 0) else value
    return Data(value, taken, tuple(dict.fromkeys(guessed)))


def _plainly_stated(value: dict[str, Any], named: dict[str, Any], text: str) -> set[str]:
    """The properties whose values a question can state, too: labels, what stands beside its name, addresses, days."""
    source, sure = Source(text), set()
    for key, item in value.items():
        part = named.get(key)
        chosen = isinstance(part, dict) and bool({"enum", "const", "format"} & part.keys())
        beside = source.stated(key) is not None or item in source.near(key)
        if chosen or beside or (isinstance(item, str) and FORMED.search(item)):
            sure.add(key)
    return sure


def unread(asked: Asked, data: Data) -> bool:
    """Whether the data was to come from pictures, and neither they nor the text gave any of it."""
    return bool(asked.pictures) and not asked.seen and not data.taken and bool(data.missing)


def nothing_read(asked: Asked) -> str:
    """That no data came from the pictures, and why."""
    said = asked.say("Nothing was read that the data could come from. ", "没有读到可以填写数据的内容。")
    return said + " ".join(dict.fromkeys(picture_telling.text(asked, eyes().see(one)) for one in asked.pictures))
