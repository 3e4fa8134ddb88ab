"""Arguments for a tool, filled from the user's text by the tool's schema; several sets when several are asked for.

A required text of no known form takes what the user says beyond the tool's own words. It is still listed as missing:
that is a guess, made only where a call is demanded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from caicaini_nb.sandbox.engine import ToolSpec
from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import Asked
from caicaini_nb.sandbox.rules.data_filling import computed, fill_from, nothing_read, told_text, unread
from caicaini_nb.sandbox.rules.places_people import places
from caicaini_nb.sandbox.rules.references import Schema, flat
from caicaini_nb.sandbox.rules.schema_filling import Impossible
from caicaini_nb.sandbox.rules.string_finders import PLACES, has_finder
from caicaini_nb.sandbox.rules.topics import related
from caicaini_nb.sandbox.rules.validity import valid
from caicaini_nb.sandbox.rules.words import FUNCTION_WORDS, content_words, stem
from caicaini_nb.sandbox.rules.written_call import written_call

__all__ = ["Arguments", "arguments"]

NOTHING: tuple[dict[str, Any], frozenset[str]] = ({}, frozenset())
LIMIT = 20_000  # characters in which places are looked for
BEYOND = 12  # words that a guess holds at most
WORD = re.compile(r"[^\W_](?:[\w'’-]*\w)?")
ASKING = frozenset(
    map(stem, "tool function call run generate make create give want need named hello hi thanks".split())
)


@dataclass(frozen=True)
class Arguments:
    """`values` satisfy the schema; `missing` are required properties that the text does not give.

    `unread` says that nothing was read of the pictures they were to come from.
    """

    values: dict[str, Any]
    missing: tuple[str, ...] = ()
    unread: str = ""


def _object(spec: ToolSpec) -> Schema:
    found = flat(spec.schema, spec.schema)
    return {"type": "object", **found} if isinstance(found, dict) else {"type": "object"}


def _filled(
    asked: Asked,
    schema: Schema,
    text: str,
    computed: tuple[dict[str, Any], frozenset[str]] = NOTHING,
    fixed: dict[str, Any] | None = None,
    *,
    wondering: bool = False,
) -> Arguments | None:
    """Required properties, and those optional ones that the text gives."""
    named = schema.get("properties", {})
    required = [key for key in schema.get("required", []) if isinstance(key, str)]
    try:
        filled = fill_from(asked, schema, text, computed[0], fixed, computed[1], wondering=wondering)
    except (Impossible, RecursionError):
        return None
    taken = {*filled.taken, *(fixed or {})}
    values = {key: value for key, value in filled.value.items() if key in required or key in taken or key not in named}
    missing = tuple(path for path in filled.missing if path.partition(".")[0] in required or path not in named)
    return Arguments(values, missing, nothing_read(asked) if unread(asked, filled) else "")


def _guessed(found: Arguments, spec: ToolSpec, schema: Schema, text: str) -> Arguments:
    """The same, with what the user says beyond the tool's own words in the one missing text of no known form."""
    named = schema.get("properties", {})
    beyond = _beyond(f"{spec.name} {spec.description[:1_000]} {' '.join(named)}", text)
    free = [key for key in found.missing if found.values.get(key) == "" and not has_finder(key)]
    if len(free) != 1 or not beyond or not valid(beyond, named.get(free[0], True), schema):
        return found
    return Arguments(found.values | {free[0]: beyond}, found.missing)


def _beyond(spoken: str, text: str) -> str:
    """The user's words that are neither the tool's nor those of asking for it; as written."""
    own = {*content_words(re.sub(r"[_.-]+", " ", spoken)), *ASKING}
    said = [word for word in WORD.findall(text[:2_000]) if word.lower() not in FUNCTION_WORDS]
    return " ".join([word for word in said if stem(word.lower()) not in own][:BEYOND])


def arguments(spec: ToolSpec, asked: Asked, answer: Answer | None, honest: Answer) -> list[Arguments]:
    """One set for each call that the text asks for: each of several places, else one; none if impossible.

    A tool that the request names is called once, with `answer`, what the rules computed, for properties that want it.
    Where the text does not speak of what that tool does, it only gives data its form.
    """
    schema = _object(spec)
    named = schema.get("properties", {})
    choice = asked.question.tool_choice
    named_one = choice.startswith("name:")
    text = told_text(asked) if named_one else f"{asked.seen}\n\n{asked.text}".strip()
    sole = [key for key in schema.get("required", []) if not _is_choice(named.get(key))]
    for key, part in named.items() if not named_one else ():
        if isinstance(part, dict) and part.get("type") == "string" and "enum" not in part and key.lower() in PLACES:
            found = places(asked.told[:LIMIT])
            if len(found) > 1 and sole in ([], [key]):
                sets = [_filled(asked, schema, text, fixed={key: place}) for place in found[:8]]
                return [one for one in sets if one is not None]
    known = computed(answer, schema, honest) if named_one else NOTHING
    wondering = named_one and not _speaks_of(spec, asked.text)
    filled = _filled(asked, schema, text, known, written_call(spec.name, schema, asked.text), wondering=wondering)
    if filled is None:
        return []
    return [_guessed(filled, spec, schema, asked.told) if choice == "any" else filled]


def _speaks_of(spec: ToolSpec, text: str) -> bool:
    """Whether a text has a word of the tool's name, or one that often stands beside it."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])|[_.-]+", " ", spec.name)
    return bool(({*content_words(name)} | related(name)) & {*content_words(text[:LIMIT])})


def _is_choice(part: Any) -> bool:
    return isinstance(part, dict) and bool({"enum", "const", "default"} & part.keys())
