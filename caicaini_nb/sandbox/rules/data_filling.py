"""Data to a schema from all that a request tells: its text, its pictures, tool results and what the rules computed.

One filling for JSON answers and for the arguments of tools: the same prompt gives the same data whichever way it is
asked for. It refuses to keep optional values that nothing gave.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import BLANK_LINE, COLON, OPENER, OPENER_WINDOW, Asked, split
from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.number import numbers_in, plain
from caicaini_nb.sandbox.rules.receipt_values import offered
from caicaini_nb.sandbox.rules.references import Schema, flat
from caicaini_nb.sandbox.rules.schema_filling import fill
from caicaini_nb.sandbox.rules.sentences import sentences
from caicaini_nb.sandbox.rules.string_finders import key_words
from caicaini_nb.sandbox.rules.tool_facts import facts, records
from caicaini_nb.sandbox.rules.values import Source

__all__ = ["Filled", "computed", "fill_from", "told_text"]

ASKING = deferred(
    r"^\W*(?:(?:please|now|kindly|(?:can|could|would|will) you)\W+){0,3}(?:extract|classify|parse|read|get|return|give"
    r"|fill|turn|convert|summari[sz]e|identify|label|list|categori[sz]e|tag|rate|pull|answer|output|analy[sz]e|tell"
    r"|find|here (?:is|are)|this is|what|which|structure|collect|note)\b"
    r"|^\W*(?:请|帮我|麻烦)?(?:你)?(?:从.{0,12})?(?:提取|抽取|分类|分析|读取|列出|找出|判断|总结|整理|识别|解析|给出)",
    re.I,
)
SHORT = 120
ANSWERS = (
    "answer", "result", "final_answer", "output", "response", "value", "label", "category", "class", "summary", "total",
    "sum", "count",
)  # fmt: skip
BESIDE = frozenset(
    "reason reasoning explanation rationale confidence score steps step working unit units expression question equation"
    " evidence thought thoughts language".split()
)


@dataclass(frozen=True)
class Filled:
    """A value that satisfies its schema, and the properties that something gave; the others are the smallest."""

    value: Any
    taken: tuple[str, ...]

    def missing(self, schema: Schema) -> tuple[str, ...]:
        """The properties that must be there (all, where none must) and that nothing gave."""
        root = flat(schema, schema)
        named = root.get("properties", {}) if isinstance(root, dict) else {}
        required = (root.get("required") if isinstance(root, dict) else None) or list(named)
        return tuple(key for key in required if key not in self.taken and not _is_fixed(named.get(key)))


def _is_fixed(part: Any) -> bool:
    return isinstance(part, dict) and ("const" in part or "default" in part)


def told_text(asked: Asked) -> str:
    """The text that values are taken from: without the instruction, if there is one, and with what tools answered."""
    results = "\n".join(record.text for record in records(asked.question))
    return f"{results}\n{_without_instruction(asked)}" if results else _without_instruction(asked)


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


def computed(answer: Answer | None, schema: Schema) -> dict[str, Any]:
    """What a rule computed, for properties that ask for an answer, unless others ask for data beside it."""
    if answer is None:
        return {}
    root = flat(schema, schema)
    named: dict[str, Any] = root.get("properties", {}) if isinstance(root, dict) else {}
    value = answer.short or answer.text if answer.value is None else answer.value
    told = value if isinstance(value, dict) else {}
    if not all(name in ANSWERS or name in told or BESIDE & set(key_words(name)) for name in named):
        return dict(told)
    given: dict[str, Any] = {}
    for name in ANSWERS:
        part = flat(named.get(name, True), schema)
        text = isinstance(part, dict) and part.get("type") == "string" and not isinstance(value, str)
        given[name] = answer.short or answer.text if text else value
    return given | told


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
    asked: Asked, schema: Schema, text: str, given: dict[str, Any] | None = None, fixed: dict[str, Any] | None = None
) -> Filled:
    """Fill a schema; `given` are values known beforehand, by name, `fixed` those that nothing outweighs.

    Raises `Impossible` where nothing satisfies it.
    """
    stated = _in_order(schema, text) | offered(schema, asked.seen or text)
    answered = facts(schema, records(asked.question))
    value, taken = fill(schema, text, stated | (given or {}) | answered | (fixed or {}), asked.question.now.date())
    root = flat(schema, schema)
    required = root.get("required") if isinstance(root, dict) else None
    if not isinstance(value, dict) or not isinstance(root, dict) or not required:
        return Filled(value, tuple(taken))
    named = root.get("properties", {})
    kept = {key: item for key, item in value.items() if key in required or key in taken or key not in named}
    return Filled(kept if len(kept) >= root.get("minProperties", 0) else value, tuple(taken))
