"""What a request to one of the services tells before it goes out: whose it is, which surface, model and attempt.

It keeps no prompt; of the key only the part that may be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from ..config import PROVIDERS, is_loopback
from ..key import Key

__all__ = ["Passing", "read_request"]

SURFACES = ("account", "count_tokens", "messages", "models", "usage")
ATTEMPT = "x-stainless-retry-count"  # what the vendors' SDKs count: 0 the first time


class Passing(msgspec.Struct, frozen=True):
    """One request about to go out. `digest` is the same for the attempts of one call."""

    provider: str
    origin: Literal["hosted", "sandbox"]
    surface: str
    model: str | None
    stream: bool
    attempt: int
    key: Key
    digest: int


def read_request(url: str, headers: Mapping[str, str], body: bytes | None, provider: str | None) -> Passing | None:
    """What the request tells, or `None` where it goes to neither service; `provider` says whose an unknown host is."""
    bearer = headers.get("authorization", "").removeprefix("Bearer ")
    key = Key(bearer or headers.get("x-api-key", ""))
    found = provider or _provider(url, key)
    if found is None:
        return None
    asked = _body(body)
    model, count = asked.get("model"), headers.get(ATTEMPT, "0")
    return Passing(
        provider=found,
        origin="sandbox" if key.is_sandbox else "hosted",
        surface=_surface(urlsplit(url).path),
        model=model if isinstance(model, str) else None,
        stream=asked.get("stream") is True,
        attempt=int(count) + 1 if count.isdecimal() and len(count) < 4 else 1,
        key=key,
        digest=hash((url, body)),
    )


def _provider(url: str, key: Key) -> str | None:
    parts = urlsplit(url)
    for service in PROVIDERS.values():
        if parts.hostname == urlsplit(service.base).hostname:
            return service.name
    if key.is_sandbox and is_loopback(url):
        return "cailag" if parts.path.startswith("/cailag/") else "caicaini"
    return None


def _surface(path: str) -> str:
    if path.endswith("/chat/completions"):
        return "chat"
    last = path.rstrip("/").rpartition("/")[2]
    return last if last in SURFACES else "other"


def _body(body: bytes | None) -> Mapping[str, Any]:
    try:
        found = msgspec.json.decode(body or b"{}")
    except (msgspec.DecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
