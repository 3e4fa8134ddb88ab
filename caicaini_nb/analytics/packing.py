"""The ledger's rows as arrays, out of JSON text that SQLite makes of a batch: a Python object for few of the values.

The columns of few values come as one text a row, and what differs among these texts is read once. A time comes as
whole nanoseconds: much finer than the ledger keeps it, and SQLite writes them fast. Centuries of them are unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from .columns import COLUMNS

__all__ = ["EXPRESSIONS", "moments", "packed", "whole_numbers"]

NOT_CATEGORIES = ("attempt", "status", "cell")  # and of few values
FEW = tuple(name for name, column in COLUMNS.items() if column.dtype == "category" or name in NOT_CATEGORIES)
TEXTS = tuple(name for name, column in COLUMNS.items() if column.dtype == "string" and name not in FEW)
NUMBERS = tuple(name for name, column in COLUMNS.items() if column.dtype == "Int64" and name not in FEW)
TIMES = tuple(name for name, column in COLUMNS.items() if column.dtype == "Float64")

NANOSECONDS = 1e6  # to a millisecond
TOO_LONG = 2.0**63  # nanoseconds: SQLite's largest whole number, which it makes of all that are larger
EXPRESSIONS = (
    f"group_concat(json_array({', '.join(FEW)}), char(10))",
    "json_group_array(started_ms)",
    *(f"json_group_array({name})" for name in (*TEXTS, *NUMBERS)),
    *(f"json_group_array(CAST({name} * {NANOSECONDS} + 0.5 - ({name} < 0) AS INTEGER))" for name in TIMES),
)

QUOTE, NULL = b'"n'  # what begins a text, and a null, in a JSON list of both
TEXT_LIST = msgspec.json.Decoder(list[str | None])
NUMBER_LIST = msgspec.json.Decoder(list[float | None])
MOMENT_LIST = msgspec.json.Decoder(list[int])


class Numbered(dict[str, int]):
    """A number for each text that differs, in the order they come."""

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number

    def codes(self, lines: str | None) -> Any:
        texts = lines.split("\n") if lines else []  # JSON has no line break within a text
        return np.fromiter(map(self.__getitem__, texts), "int32", len(texts))


def packed(batches: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
    """The columns of `COLUMNS` as arrays of their dtypes, from what `EXPRESSIONS` make of batches of rows."""
    known = Numbered()
    readers = (known.codes, _moments_of, *(_texts,) * len(TEXTS), *(_numbers,) * (len(NUMBERS) + len(TIMES)))
    pieces: list[list[Any]] = [[] for _ in EXPRESSIONS]
    for batch in batches:
        for piece, read, text in zip(pieces, readers, batch, strict=True):
            piece.append(read(text))
    codes, started, *others = (_joined(pieces.pop(0)) for _ in EXPRESSIONS)
    made: dict[str, Any] = _taken_apart(known, codes)
    made["started"] = moments(started)
    made.update(zip(TEXTS, others, strict=False))
    made.update((name, whole_numbers(values)) for name, values in zip(NUMBERS, others[len(TEXTS) :], strict=False))
    for name, values in zip(TIMES, others[-len(TIMES) :], strict=True):
        missing = np.isnan(values) | (abs(values) >= TOO_LONG)
        made[name] = pd.arrays.FloatingArray(values / NANOSECONDS, missing)
    return {name: made[name] for name in COLUMNS}


def whole_numbers(values: Any) -> Any:
    """An array of `Int64` from numbers and `None`s or NaNs; exact up to 2**53."""
    floats = np.asarray(values, dtype="float64")
    missing = np.isnan(floats)
    return pd.arrays.IntegerArray(np.where(missing, 0, floats).astype("int64"), missing)


def moments(milliseconds: Any) -> pd.DatetimeIndex:
    """Times in UTC, from milliseconds since 1970."""
    numbers = np.asarray(milliseconds, dtype="int64")
    return pd.DatetimeIndex(numbers.astype("datetime64[ms]")).tz_localize("UTC")


def _moments_of(text: str) -> Any:
    values = MOMENT_LIST.decode(text)
    return np.fromiter(values, "int64", len(values))


def _numbers(text: str) -> Any:
    values = NUMBER_LIST.decode(text)
    return np.fromiter(values, "float64", len(values))  # None becomes NaN


def _texts(text: str) -> Any:
    if pd.StringDtype().storage == "pyarrow":  # pandas would first make an array of Python objects
        return pd.array(_arrow_texts(text), dtype="string")
    return pd.array(TEXT_LIST.decode(text), dtype="string")


def _arrow_texts(text: str) -> Any:
    """A JSON list of texts and nulls as Arrow has it: all the bytes in one piece, and where each text ends."""
    import pyarrow  # type: ignore[import-untyped]

    if "\\" in text:  # something is escaped
        return pyarrow.array(TEXT_LIST.decode(text), pyarrow.large_string())
    raw = np.frombuffer(text.encode(), "uint8")
    is_quote = raw == QUOTE
    is_inside = np.logical_xor.accumulate(is_quote) & ~is_quote
    quotes = np.flatnonzero(is_quote)
    lengths, valid = quotes[1::2] - quotes[::2] - 1, None
    if "null" in text:
        nulls = np.flatnonzero((raw == NULL) & ~is_inside)
        places = np.searchsorted(quotes[::2], nulls)  # how many texts come before each
        lengths = np.insert(lengths, places, 0)
        is_known = np.insert(np.ones(len(quotes) // 2, bool), places, False)
        valid = pyarrow.py_buffer(np.packbits(is_known, bitorder="little"))
    ends = pyarrow.py_buffer(np.concatenate(([0], np.cumsum(lengths))))
    return pyarrow.LargeStringArray.from_buffers(len(lengths), ends, pyarrow.py_buffer(raw[is_inside]), valid)


def _joined(pieces: list[Any]) -> Any:
    if isinstance(pieces[0], np.ndarray):
        return np.concatenate(pieces)
    return pd.concat([pd.Series(piece) for piece in pieces], ignore_index=True).array


def _taken_apart(known: Numbered, codes: Any) -> dict[str, Any]:
    """The columns of few values, each from the texts that differ."""
    rows = [msgspec.json.decode(text) for text in known]
    columns = zip(*rows, strict=True) if rows else ((),) * len(FEW)
    return {name: FROM_FEW[COLUMNS[name].dtype](list(values), codes) for name, values in zip(FEW, columns, strict=True)}


def _categories(values: list[Any], codes: Any) -> pd.Categorical:
    numbers, names = pd.factorize(np.array(values, dtype=object))  # -1 for none
    small = numbers.astype(np.min_scalar_type(-len(names) - 1))
    return pd.Categorical.from_codes(small[codes], categories=pd.Index(names, dtype=object))


FROM_FEW: dict[str, Callable[[list[Any], Any], Any]] = {
    "category": _categories,
    "Int64": lambda values, codes: whole_numbers(values).take(codes),
    "string": lambda values, codes: pd.array(values, dtype="string").take(codes),
}
