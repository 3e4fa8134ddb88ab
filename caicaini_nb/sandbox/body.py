"""A request's body: read up to 16 MB, then parsed as one JSON object.

Refuses a longer body with 413 without keeping it, and with 400 what is not JSON, not an object, nested beyond
100 levels, or text that is not Unicode (a lone surrogate). The content type does not matter.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any, NoReturn

from caicaini_nb.sandbox.refusal import Refusal

__all__ = ["MAXIMUM", "parse", "read"]

MAXIMUM = 16 * 1024 * 1024
DEEPEST = 100
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


async def read(length: str | None, chunks: AsyncIterator[bytes]) -> bytes:
    """Read a body; a 413 Refusal over 16 MB, at once when `length` (the Content-Length) says so."""
    if length is not None and length.isascii() and length.isdecimal() and int(length[:20]) > MAXIMUM:
        raise _too_large()
    parts = []
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > MAXIMUM:
            raise _too_large()
        parts.append(chunk)
    return b"".join(parts)


def parse(raw: bytes) -> dict[str, Any]:
    """Parse a body; a 400 Refusal for anything but a JSON object."""
    if not raw.strip():
        raise Refusal(400, "body: is empty. Send a JSON object.")
    try:
        value = json.loads(raw, parse_constant=_refuse_constant)
    except RecursionError:
        raise _too_deep() from None
    except (ValueError, UnicodeDecodeError) as error:
        raise Refusal(400, f"body: is not JSON ({str(error)[:120]}).") from None
    if not isinstance(value, dict):
        raise Refusal(400, "body: must be a JSON object.")
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and _is_too_deep(value):
        raise _too_deep()
    if SURROGATE.search(raw):
        _refuse_lone_surrogates(value)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _is_too_deep(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _refuse_lone_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Refusal(400, "body: holds half of a surrogate pair, which is not Unicode text.") from None


def _too_deep() -> Refusal:
    return Refusal(400, f"body: is nested more than {DEEPEST} levels deep.")


def _too_large() -> Refusal:
    return Refusal(413, "The body is over 16 MB.")
