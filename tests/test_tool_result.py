"""What a tool returned as text for the model: types, the cap, and errors without paths."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as some

from caicaini_nb.tools.result import LARGEST, LONGEST_FAILURE, failure_text, result_text, shortened


@dataclass
class Place:
    city: str
    found: date


class Item(pydantic.BaseModel):
    price: Decimal


CASES: dict[str, tuple[object, str]] = {
    "text as it is": ('He said "hé"\n', 'He said "hé"\n'),
    "no text": ("", ""),
    "nothing": (None, "null"),
    "a number": (1.5, "1.5"),
    "a dict": ({"b": [1, True], "a": "é"}, '{"b":[1,true],"a":"é"}'),
    "a dataclass": (Place("X", date(2026, 11, 21)), '{"city":"X","found":"2026-11-21"}'),
    "a model": ([Item(price=Decimal("1.50"))], '[{"price":"1.50"}]'),
    "times": ([datetime(2026, 1, 2, tzinfo=UTC), time(3, 4)], '["2026-01-02T00:00:00Z","03:04:00"]'),
    "an id and a path": ([UUID(int=1), PurePosixPath("a/b")], '["00000000-0000-0000-0000-000000000001","a/b"]'),
    "numpy": ({"n": np.int64(3), "f": np.float32(0.5), "b": np.bool_(True)}, '{"n":3,"f":0.5,"b":true}'),
    "an array": (np.arange(4).reshape(2, 2), "[[0,1],[2,3]]"),
    "not a number": ([float("nan"), np.nan, pd.NA, pd.NaT], "[null,null,null,null]"),
    "a timestamp": (pd.Timestamp("2026-01-02"), '"2026-01-02T00:00:00"'),
    "a frame": (pd.DataFrame({"a": [1, 2], "b": ["x", None]}), '[{"a":1,"b":"x"},{"a":2,"b":null}]'),
    "a frame with an index": (
        pd.DataFrame({"n": [1, 2]}, index=pd.Index(["x", "y"], name="city")),
        '[{"city":"x","n":1},{"city":"y","n":2}]',
    ),
    "an index of a column's name": (pd.DataFrame({"a": [1]}, index=pd.Index([5], name="a")), '[{"a":1}]'),
    "an empty frame": (pd.DataFrame(), "[]"),
    "a frame without rows": (pd.DataFrame({"a": []}), "[]"),
    "a series": (pd.Series([1, 2], index=["x", "y"], name="n"), '[{"index":"x","n":1},{"index":"y","n":2}]'),
    "a frame within": ({"t": pd.DataFrame({"a": [1]}), "s": pd.Series([1])}, '{"t":[{"a":1}],"s":[1]}'),
    "half an emoji": ("a\ud83d", "a?"),
}


@pytest.mark.parametrize(("value", "text"), CASES.values(), ids=CASES)
def test_result_text(value: object, text: str) -> None:
    assert result_text(value) == text


class Secretive:
    def __repr__(self) -> str:
        raise AssertionError("nobody asks for a repr")


def looped() -> list[Any]:
    itself: list[Any] = []
    itself.append(itself)
    return itself


@pytest.mark.parametrize(
    "value",
    [Secretive(), [Secretive()], {(1, 2): 3}, b"bytes within", bytearray(b"x"), 1j, print, looped(), {"a\ud83d": 1}],
    ids=lambda value: type(value).__name__,
)
def test_what_is_neither_text_nor_json(value: object) -> None:
    with pytest.raises(
        TypeError, match=f"It returned a value of type {type(value).__name__}, which is neither"
    ) as caught:
        result_text(value)
    assert "bytes within" not in str(caught.value)
    assert caught.value.__cause__ is None


@given(some.text(max_size=5), some.integers(LARGEST - 300, LARGEST + 300))
def test_a_result_is_capped_at_a_character(unit: str, size: int) -> None:
    text = (unit or "x") * (size // len((unit or "x").encode("utf-8", "replace")))
    shown = result_text(text)
    assert len(shown.encode()) <= LARGEST
    whole = text.encode("utf-8", "replace").decode()
    if len(whole.encode()) <= LARGEST:
        assert shown == whole
    else:
        kept, _, note = shown.rpartition("\n")
        assert whole.startswith(kept)
        assert len(kept.encode()) > LARGEST - 200
        assert note == f"[cut here: {len(kept):,} of {len(text):,} characters]"


def test_json_is_capped_too() -> None:
    shown = result_text(list(range(100_000)))
    assert len(shown) <= LARGEST
    assert shown.endswith("of 588,891 characters]")


def test_a_large_frame_is_cut_between_rows() -> None:
    frame = pd.DataFrame({"n": range(50_000), "text": "é\u2028x"})
    shown = result_text(frame)
    assert len(shown.encode()) <= LARGEST
    kept, _, note = shown.rpartition("\n")
    rows = json.loads(kept)
    assert rows == frame.head(len(rows)).to_dict("records")
    assert note == f"[cut here: {len(rows):,} of 50,000 rows]"
    assert len(rows) > 1500


FAILURES: dict[str, tuple[BaseException, str]] = {
    "type and text": (ValueError("no such city"), "ValueError: no such city"),
    "no text": (KeyError(), "KeyError"),
    "a system's path": (
        FileNotFoundError(2, "No such file or directory", "/srv/ada/my data/sales.csv"),
        "FileNotFoundError: [Errno 2] No such file or directory: 'sales.csv'",
    ),
    "a path in text": (RuntimeError("in /srv/ada/x.py, line 3"), "RuntimeError: in x.py, line 3"),
    "a path at home": (RuntimeError("see ~/private/x.py"), "RuntimeError: see x.py"),
    "a path of Windows": (OSError(r"C:\Users\ada\x.csv is missing"), "OSError: x.csv is missing"),
    "quoted for Windows": (OSError(r"no 'C:\\Users\\ada b\\x.csv'"), "OSError: no 'x.csv'"),
    "a share": (OSError(r"\\host\share\x.csv"), "OSError: x.csv"),
    "a file's address": (OSError("file:///srv/ada/x.csv"), "OSError: x.csv"),
    "an address stays": (OSError("https://a.example/b/c.csv: 404"), "OSError: https://a.example/b/c.csv: 404"),
    "so do fractions": (ValueError("1/2 and/or 3 / 4"), "ValueError: 1/2 and/or 3 / 4"),
    "several lines": (ValueError("one\n  two\ud83d"), "ValueError: one two?"),
}


@pytest.mark.parametrize(("error", "text"), FAILURES.values(), ids=FAILURES)
def test_failure_text(error: BaseException, text: str) -> None:
    assert failure_text(error) == text


def test_a_long_failure_is_cut() -> None:
    text = failure_text(ValueError("x" * 100_000))
    assert (len(text), text[:12], text[-1]) == (LONGEST_FAILURE, "ValueError: ", "…")
    assert shortened("x" * LONGEST_FAILURE) == "x" * LONGEST_FAILURE


def test_an_error_that_cannot_tell_itself() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert failure_text(Mute()) == "Mute"
