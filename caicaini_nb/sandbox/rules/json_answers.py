"""Answers that must be JSON: to a schema, or any object; what the rules computed goes into the property for an answer.

It refuses to hide that nothing was found: without a schema an empty answer carries the honest sentence as `note`, or,
where prose was asked for under named keys, as the text of those keys. A fact that is not known is null.
"""

from __future__ import annotations

import json
import re
from typing import Any

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import Asked
from caicaini_nb.sandbox.rules.data_filling import computed, fill_from, nothing_read, told_text, unread
from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.schema_filling import Impossible

__all__ = ["as_json", "named_keys", "wants_json"]

WANTED = deferred(
    (
        r"\b(?:as|in|return|respond|reply|answer|output|give|produce|generate|only|valid|a)\b[^.\n]{0,40}\bjson"
        r"\b|\bjson\b[^.\n]{0,30}\b(?:with|object|keys?|only|format)\b|(?:以|用|返回|输出)\s*JSON"
    ),
    re.IGNORECASE,
)
KEYS = deferred(
    (
        r"\b(?:keys?|fields?|properties|attributes)\b\s*(?:named\s+|called\s+|are\s+|is\s+|[:：]\s*)?(?P<keys>[\"'"
        r"`\w][^.\n:：]{0,200})|字段\s*[:：]?\s*(?P<chinese>[\w、，, ]{1,200})"
    ),
    re.IGNORECASE,
)
QUOTED_KEYS = deferred(
    r"((?:[\"'`]\w{1,40}[\"'`](?:,?\s{1,3}and\s{1,3}|,?\s{0,3})){1,30})(?:as\s{1,3})?(?:keys?|fields?|properties|attributes)\b",
    re.IGNORECASE,
)
KEY = deferred(r"[\"'`]?([A-Za-z_][\w-]{0,40})[\"'`]?(?:\s*\(([a-z]{1,10})[^)]*\))?")
EXAMPLE = deferred(r"\{[^{}]{1,600}\}")
NOT_KEYS = frozenset("and or the a an with only for from of named called respectively each".split())
TYPES = {
    "string": "string",
    "number": "number",
    "integer": "integer",
    "int": "integer",
    "boolean": "boolean",
    "list": "array",
    "array": "array",
}
UNTYPED = {"anyOf": [{"type": "string", "minLength": 1}, {"type": "null"}]}


def wants_json(asked: Asked) -> bool:
    """Whether the prompt, its system prompt or the request's format asks for JSON."""
    question = asked.question
    if question.schema is not None or question.json_object:
        return True
    return bool(WANTED.search(asked.instruction[:600]) or WANTED.search(asked.system))


def _example_keys(text: str) -> list[str]:
    example = EXAMPLE.search(text)
    return re.findall(r"[\"'](\w{1,40})[\"']\s*:", example[0]) if example else []


def named_keys(text: str) -> dict[str, Any]:
    """Properties named after `keys` or in an example object, as schema parts; empty when none are named."""
    if keys := _example_keys(text):
        return {key: {"type": ["string", "number", "boolean", "null"]} for key in keys}
    if before := QUOTED_KEYS.search(text):
        return {
            key: {"type": ["string", "number", "boolean", "null"]} for key in re.findall(r"\w+(?=[\"'`])", before[1])
        }
    found = KEYS.search(text)
    if not found:
        return {}
    result: dict[str, Any] = {}
    for part in re.split(r",\s*(?:and\s+)?|、|，|\s+and\s+", found["keys"] or found["chinese"] or "")[:30]:
        key = KEY.match(part.strip())
        if key and key[1].lower() not in NOT_KEYS:
            kind = TYPES.get((key[2] or "").lower())
            result[key[1]] = {"type": kind} if kind else {"type": ["string", "number", "boolean", "null"]}
    return result


def _typed(properties: dict[str, Any]) -> dict[str, Any]:
    """The order in which a key without a type is tried: as its name suggests."""
    numeric = re.compile(r"age|count|number|total|price|amount|year|quantity|score|num|sum", re.I)
    listed = re.compile(r"s$|list", re.I)
    typed = {}
    for key, part in properties.items():
        if not isinstance(part["type"], list):
            typed[key] = part
        elif numeric.search(key):
            typed[key] = {"anyOf": [{"type": "number"}, {"type": "string", "minLength": 1}, {"type": "null"}]}
        elif listed.search(key) and key not in ("address", "status", "class", "is"):
            typed[key] = {
                "anyOf": [
                    {"type": "array", "items": {"type": "string"}, "minItems": 1},
                    {"type": "string", "minLength": 1},
                    {"type": "null"},
                ]
            }
        else:
            typed[key] = UNTYPED
    return typed


def as_json(asked: Asked, answer: Answer | None, honest: Answer) -> Answer:
    """The JSON text; where the schema cannot be filled, the sentence that says why."""
    question = asked.question
    source = told_text(asked)
    schema = question.schema
    given: dict[str, Any] = {}
    if schema is None:
        keys = named_keys(asked.text[:2_000]) or named_keys(asked.system)
        source = EXAMPLE.sub(" ", source) if set(keys) & set(_example_keys(asked.text[:2_000])) else source
        if not keys:
            value = answer.value if answer else {"note": honest.text}
            value = (
                {"answer": (answer.short or answer.text) if value is None else value}
                if answer and not isinstance(value, dict)
                else value
            )
            return Answer(
                json.dumps(value, ensure_ascii=False),
                value=value,
                steps=("No keys are named; wrapped the answer in an object.",),
                complete=answer is not None,
            )
        typed = _typed(keys)
        schema = {"type": "object", "properties": typed, "required": list(keys), "additionalProperties": False}
        if answer is not None and answer.text == honest.text:  # the rule for prose recognised it
            given = {key: honest.text for key, part in typed.items() if part == UNTYPED}
    told, unsure = computed(answer, schema, honest)
    try:
        filled = fill_from(asked, schema, source, told | given, unsure=unsure)
    except Impossible as impossible:
        text = f"The sandbox's rules engine found no JSON for this schema: {impossible}."
        return Answer(text, steps=(text,), complete=False)
    if unread(asked, filled):
        return Answer(nothing_read(asked), steps=(nothing_read(asked),), complete=False)
    steps = (*(answer.steps if answer else ()), filled.step)
    known = question.schema is not None or None not in filled.value.values()  # under keys only, null is for *not known*
    complete = not filled.missing and bool(filled.taken) and known
    return Answer(json.dumps(filled.value, ensure_ascii=False), value=filled.value, steps=steps, complete=complete)
