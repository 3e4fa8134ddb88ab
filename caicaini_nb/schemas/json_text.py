"""The one JSON object in a model's text: alone, in a fence, or with words around it. Nothing else is guessed."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["read_data"]

FENCE = re.compile(r"```[a-zA-Z]*[ \t]*\n(.*?)```", re.DOTALL)


def _refuse(constant: str) -> Any:
    raise ValueError(f"the answer has {constant}, which is not JSON")


DECODER = json.JSONDecoder(parse_constant=_refuse)


def read_data(text: str) -> Any:
    """The data. Raises `ValueError` for text that holds none, two, or something that is not quite JSON."""
    text = text.strip()
    if not text:
        raise ValueError("the answer is empty")
    try:
        return _whole(text)
    except ValueError as error:
        problem = error
    fenced = FENCE.findall(text)
    if len(fenced) == 1:
        return _whole(fenced[0].strip())
    start = text.find("{")
    if start < 0 or len(fenced) > 1:
        raise ValueError(f"the answer is not one JSON object ({_said(problem)})")
    if text[:start].rstrip().endswith("["):
        raise ValueError("the answer has a JSON array where one object is asked for")
    data, end = _first(text, start)
    if "{" in text[end:]:
        raise ValueError("the answer has more than one JSON object")
    return data


def _whole(text: str) -> Any:
    data, end = _first(text, 0)
    if text[end:].strip():
        raise ValueError("the answer goes on after the JSON")
    return data


def _first(text: str, start: int) -> tuple[Any, int]:
    try:
        return DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise ValueError(f"the answer is not JSON: {error}") from None
    except RecursionError:
        raise ValueError("the answer is nested too deeply") from None


def _said(problem: ValueError) -> str:
    return str(problem).removeprefix("the answer is not JSON: ")
