"""What a tool returned, or how it failed, as text for the model: bounded, and without a path, a traceback or a repr.

Text stays as it is, a DataFrame becomes its records, everything else JSON. What is neither is a `TypeError` that names
the type and nothing of the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from pathlib import PurePath
from typing import Any

import msgspec

__all__ = ["LARGEST", "failure_text", "result_text", "shortened"]

LARGEST = 64 * 1024  # bytes of UTF-8, what is said of a cut included
NOTE = 120
LONGEST_FAILURE = 300  # characters
MOST_ROWS = LARGEST // 2  # a record takes three bytes at least

QUOTED_PATH = re.compile(r"""(['"])(?:/|~/|[A-Za-z]:[\\/]|\\\\|file:)[^'"\n]*?([^'"\n/\\]*)[/\\]*\1""")
PATH = re.compile(
    r"""(?:file:/*|(?<![\w.:/\\<])(?:~?/|[A-Za-z]:[\\/]|\\\\))(?:[^\s'"<>|:,;()/\\]+[/\\]+)+([^\s'"<>|:,;()/\\]*)"""
)


def result_text(value: object) -> str:
    """At most `LARGEST` bytes. Raises `TypeError` for what is neither text nor JSON."""
    if isinstance(value, str):
        return _capped(value)
    if _is_pandas(value, "Series"):
        name = value.name if value.name is not None else "value"  # type: ignore[attr-defined]
        value = value.to_frame(str(name))  # type: ignore[attr-defined]
    if _is_pandas(value, "DataFrame"):
        return _records(value)
    try:
        if isinstance(value, bytes | bytearray | memoryview):  # nobody can read 64 kB of base64
            raise TypeError
        return _capped(msgspec.json.encode(value, enc_hook=_plain).decode())
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError):
        cause = f"It returned {_kind(value)}, which is neither text nor JSON"
    raise TypeError(cause)


def failure_text(error: BaseException) -> str:
    """An error as its type and text, at most `LONGEST_FAILURE` characters; of a path only the last name is left."""
    try:
        said = str(error)[: 20 * LONGEST_FAILURE]
    except Exception:  # it is somebody else's __str__
        said = ""
    said = PATH.sub(r"\1", QUOTED_PATH.sub(r"\1\2\1", said))
    return shortened(f"{type(error).__name__}: {said}" if said else type(error).__name__)


def shortened(text: str) -> str:
    """At most `LONGEST_FAILURE` characters, on one line."""
    text = " ".join(text.encode("utf-8", "replace").decode().split())
    return text if len(text) <= LONGEST_FAILURE else f"{text[: LONGEST_FAILURE - 1]}…"


def _capped(text: str) -> str:
    """Cut at a character, and said so. Half an emoji, which no request can hold, becomes a question mark."""
    start = text[: LARGEST + 1].encode("utf-8", "replace")
    if len(text) <= LARGEST and len(start) <= LARGEST:
        return start.decode()
    shown = start[: LARGEST - NOTE].decode("utf-8", "ignore")
    return f"{shown}\n[cut here: {len(shown):,} of {len(text):,} characters]"


def _records(frame: Any) -> str:
    """A DataFrame's rows as a JSON list, whole rows only; an index that says something is a column."""
    if type(frame.index).__name__ != "RangeIndex" and not {*frame.index.names} & {*frame.columns}:
        frame = frame.reset_index()
    written = frame.head(MOST_ROWS).to_json(orient="records", lines=True, date_format="iso", force_ascii=False)
    size, rows = 2, []
    for line in written.rstrip("\n").split("\n") if frame.size else ():
        size += len(line.encode("utf-8", "replace")) + 1
        if size > LARGEST - NOTE:
            break
        rows.append(line)
    text = _capped(f"[{','.join(rows)}]")
    return text if len(rows) == len(frame) else f"{text}\n[cut here: {len(rows):,} of {len(frame):,} rows]"


def _plain(value: Any) -> Any:
    """What msgspec does not know, in the types of JSON."""
    for fits, convert in CONVERSIONS:
        if fits(value):
            return convert(value)
    raise TypeError(_kind(value))


def _is_pandas(value: object, name: str) -> bool:
    """Without importing it: whoever returns one has."""
    return any(kind.__name__ == name and kind.__module__.partition(".")[0] == "pandas" for kind in type(value).__mro__)


CONVERSIONS: tuple[tuple[Callable[[Any], bool], Callable[[Any], Any]], ...] = (
    (lambda value: type(value).__name__ in ("NaTType", "NAType"), lambda value: None),
    (lambda value: isinstance(value, date | time), lambda value: value.isoformat()),
    (lambda value: isinstance(value, PurePath), str),
    (lambda value: _is_pandas(value, "DataFrame"), lambda value: msgspec.Raw(_records(value).encode())),
    (lambda value: _is_pandas(value, "Series"), lambda value: value.tolist()),
    (lambda value: type(value).__module__ == "numpy" and hasattr(value, "tolist"), lambda value: value.tolist()),
    (lambda value: hasattr(type(value), "model_dump"), lambda value: value.model_dump(mode="json")),
)


def _kind(value: object) -> str:
    return f"a value of type {type(value).__name__}"
