"""Tab on the first line of `%%caicaini`, in a prompt's `{{…}}` and after `%caicaini`: options, then their values.

It answers IPython's completer, and so JupyterLab and a terminal alike. It looks only at names, ids and file names: it
calls nothing of yours, sends nothing and opens no ledger.
"""

from __future__ import annotations

import os
import re
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from ..config import PROVIDERS
from ..models import catalogue
from ..tools.tool import Tool
from .line import Typed, open_expression, read
from .options import OPTIONS

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext, SimpleMatcherResult

    from ..session import Session

__all__ = ["Found", "Known", "complete", "matches"]

CELL = "%%caicaini"
LINE = re.compile(r"\s*(?:[\w.,\s]+=\s*)?%caicaini\s+(.*)", re.DOTALL)
NAME = re.compile(r"(?:[^\W\d]\w*\.)*(?:[^\W\d]\w*)?$")
PICTURES = (".gif", ".jpeg", ".jpg", ".png", ".webp")
PICTURE_TYPES = {("PIL", "Image"), ("matplotlib", "Figure"), ("numpy", "ndarray")}
SCHEMA_WORDS = {"$ref", "allOf", "anyOf", "enum", "oneOf", "properties", "type"}
MOST_FILES = 200


class Known(msgspec.Struct, frozen=True):
    """What values are completed from: the notebook's names without IPython's own, the names of its chats."""

    names: Mapping[str, Any] = msgspec.field(default_factory=dict)
    chats: Sequence[str] = ()

    @classmethod
    def of(cls, shell: Any, session: Session | None) -> Known:
        """What a shell knows at this moment. `session` is `None` before the first call."""
        hidden = shell.user_ns_hidden
        names = {
            name: value
            for name, value in shell.user_ns.items()
            if not name.startswith("_") and not (name in hidden and hidden[name] is value)
        }
        return cls(names, sorted(session.conversations) if session is not None else ())


class Found(msgspec.Struct, frozen=True):
    """What may stand in the place of `fragment`, each text with what kind of thing it is."""

    fragment: str
    texts: tuple[str, ...] = ()
    kind: str = "keyword"


Source: TypeAlias = Callable[[Typed, Known], Iterable[str]]


def complete(context: CompletionContext, shell: Any, session: Session | None) -> SimpleMatcherResult:
    """What IPython's completer asks its matchers (version 2)."""
    from IPython.core.completer import SimpleCompletion  # here already: it is what asks

    found = matches(context.full_text, context.cursor_line, context.text_until_cursor, Known.of(shell, session))
    if found is None:
        return {"completions": []}
    return {
        "completions": [SimpleCompletion(text=text, type=found.kind) for text in found.texts],
        "matched_fragment": found.fragment,
        "suppress": True,
        "ordered": True,
    }


def matches(text: str, line: int, before: str, known: Known) -> Found | None:
    """The completions for a cell's `text` with the cursor in line number `line`, of which `before` is left of it.

    `None` is *none of ours*: IPython's own completion goes on.
    """
    lines = text.split("\n")
    first = next((number for number, each in enumerate(lines) if each.strip()), 0)
    name, _, _ = lines[first].strip().partition(" ")
    if name == CELL and line > first:
        prompt = "\n".join([*lines[first + 1 : line], before])
        return _expression(prompt, known)
    if name == CELL and line == first:
        options = before.lstrip().removeprefix(CELL)
        return _option(options, known) if options[:1].isspace() else None
    magic = LINE.fullmatch(before)
    return _verb(magic.group(1), known) if magic else None


def _option(text: str, known: Known) -> Found | None:
    """An option's name, its value, or an expression within that."""
    typed = read(text)
    if typed.option is None:
        return Found(typed.fragment, tuple(_flags(typed)) or _as_typed(typed.fragment))
    inner = _expression(typed.fragment, known)
    if inner is not None:
        return inner
    option = typed.option
    source, kind = VALUES.get(option.name, (_nothing, "keyword"))
    offered = option.choices or tuple(source(typed, known))
    if not offered and not typed.fragment and option.name not in VALUES:
        return Found("", (option.example.partition(" ")[2],), kind)
    fitting = [value for value in offered if _fits(value, typed.value)]
    return Found(typed.fragment, tuple(_written(value, typed) for value in fitting) or _as_typed(typed.fragment), kind)


def _flags(typed: Typed) -> Iterable[str]:
    """The options that are not given yet, by the beginning of their name, with or without its dashes."""
    for option in OPTIONS:
        if (option.name not in typed.given or option.repeats) and option.name.startswith(typed.value.lstrip("-")):
            yield option.flag


def _expression(text: str, known: Known) -> Found | None:
    """A name, or an attribute of one, in the `{{…` that is open."""
    source = open_expression(text)
    if source is None:
        return None
    matched = NAME.search(source)
    fragment = matched.group() if matched else ""
    owner, dot, start = fragment.rpartition(".")
    if not dot:
        return Found(fragment, tuple(name for name in sorted(known.names) if name.startswith(start)), "instance")
    attributes = [name for name in _attributes(owner, known.names) if name.startswith(start)]
    return Found(start, tuple(attributes), "instance")


def _attributes(expression: str, names: Mapping[str, Any]) -> list[str]:
    """By IPython's own guarded evaluation: no property and no `__getattr__` of yours runs."""
    from IPython.core.guarded_eval import EvaluationContext, guarded_eval

    with suppress(Exception):  # it refuses in many ways
        context = EvaluationContext(globals=dict(names), locals=dict(names), evaluation="limited")
        return [name for name in dir(guarded_eval(expression, context)) if not name.startswith("_")]
    return []


def _verb(text: str, known: Known) -> Found | None:
    from ..verbs import VERBS  # only a line magic needs it

    *words, fragment = text.split(" ") if text else [""]
    words = [word for word in words if word]
    offered = WORDS.get(words[0], _no_words)(words[1:], known) if words else list(VERBS)
    return Found(fragment, tuple(word for word in offered if word.startswith(fragment)) or _as_typed(fragment))


def _models(typed: Typed, known: Known) -> Iterable[str]:
    """The documented ids, of one provider where the line names it; not those that a list has already."""
    provider = typed.given.get("provider", (None,))[-1]
    taken = typed.given.get("compare", ())
    return [model.id for model in catalogue().values() if provider in (None, model.provider) and model.id not in taken]


def _functions(typed: Typed, known: Known) -> Iterable[str]:
    taken = typed.given.get("tools", ())
    kinds = (types.FunctionType, Tool)
    return _own_first(
        {name: value for name, value in known.names.items() if isinstance(value, kinds) and name not in taken}
    )


def _tool_choices(typed: Typed, known: Known) -> Iterable[str]:
    named = ",".join(typed.given.get("tools", ())).replace(",", " ").split()
    return ["auto", "any", "none", *named]


def _schemas(typed: Typed, known: Known) -> Iterable[str]:
    return _own_first({name: value for name, value in known.names.items() if _is_schema(value)})


def _pictures(typed: Typed, known: Known) -> Iterable[str]:
    return [*sorted(name for name, value in known.names.items() if _is_picture(value)), *_files(typed.value)]


def _chats(typed: Typed, known: Known) -> Iterable[str]:
    return known.chats or ["trip"]


def _variables(typed: Typed, known: Known) -> Iterable[str]:
    """Those that hold a value; a new name is yours to write."""
    others = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType)
    return sorted(name for name, value in known.names.items() if not isinstance(value, others)) or ["answer"]


def _nothing(typed: Typed, known: Known) -> Iterable[str]:
    return ()


VALUES: Mapping[str, tuple[Source, str]] = {
    "model": (_models, "keyword"),
    "compare": (_models, "keyword"),
    "tools": (_functions, "function"),
    "tool-choice": (_tool_choices, "function"),
    "schema": (_schemas, "class"),
    "image": (_pictures, "instance"),
    "chat": (_chats, "keyword"),
    "map": (_variables, "instance"),
    "out": (_variables, "instance"),
}


def _provider(words: Sequence[str], known: Known) -> Sequence[str]:
    return () if words else tuple(PROVIDERS)


def _no_words(words: Sequence[str], known: Known) -> Sequence[str]:
    return ()


def _chat(words: Sequence[str], known: Known) -> Sequence[str]:
    return (known.chats, ("show", "reset", "export"), ())[min(len(words), 2)]


WORDS: Mapping[str, Callable[[Sequence[str], Known], Sequence[str]]] = {
    **dict.fromkeys(("status", "models", "account", "key"), _provider),
    "cache": lambda words, known: () if words else ("on", "off", "clear", "status"),
    "budget": lambda words, known: (("off",), ("credits", "CNY"), ())[min(len(words), 2)],
    "chat": _chat,
}


def _own_first(found: Mapping[str, Any]) -> list[str]:
    """Those that the notebook defines before those that it imports."""
    return sorted(found, key=lambda name: (getattr(found[name], "__module__", None) != "__main__", name))


def _is_schema(value: object) -> bool:
    return isinstance(value, type) or (isinstance(value, dict) and bool(SCHEMA_WORDS & set(value)))


def _is_picture(value: object) -> bool:
    """By its type's name: nothing is imported to find out."""
    if isinstance(value, list):
        return bool(value) and _is_picture(value[0])
    if isinstance(value, str | PurePath):
        return str(value).lower().endswith(PICTURES)
    if isinstance(value, bytes):
        return value.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8")) or value[8:12] == b"WEBP"
    kinds = {(kind.__module__.partition(".")[0], kind.__name__) for kind in type(value).__mro__}
    return bool(kinds & PICTURE_TYPES) and getattr(value, "ndim", 3) in (2, 3)


def _files(value: str) -> list[str]:
    """Folders, and files that look like pictures, that go on from what is typed."""
    start = value.rpartition("/")[2]
    folder = value[: len(value) - len(start)]
    found: list[str] = []
    with suppress(OSError, RuntimeError):  # not there, not ours to read, nobody's home
        for entry in sorted(os.scandir(Path(folder or ".").expanduser()), key=lambda entry: entry.name)[:MOST_FILES]:
            shown = entry.name.startswith(start) and (start or not entry.name.startswith("."))
            if shown and (entry.is_dir() or entry.name.lower().endswith(PICTURES)):
                found.append(f"{folder}{entry.name}{'/' * entry.is_dir()}")
    return found


def _fits(value: str, typed: str) -> bool:
    """By its beginning; a model's also by what comes after its slash."""
    return value.lower().startswith(typed.lower()) or value.rpartition("/")[2].lower().startswith(typed.lower() or " ")


def _written(value: str, typed: Typed) -> str:
    """The value as the line must have it: in quotes where it has blanks, left open at a folder."""
    if not typed.quote and not re.search(r"[\s'\"\\]", value):
        return value
    quote = typed.quote or ("'" if '"' in value else '"')
    return f"{quote}{value}" if value.endswith("/") else f"{quote}{value}{quote}"


def _as_typed(fragment: str) -> tuple[str, ...]:
    """What is typed, unchanged: nothing of Python's belongs here, and an empty list would call for it."""
    return (fragment,) if fragment else ()
