"""Sandbox keys: made here, kept as SHA-256 digests, shown by their first 12 characters only.

A plain digest is enough at rest because a key is 168 random bits, not a password. A `HiddenKey` refuses to
show itself in a repr, a log line or a pickle.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import NoReturn

__all__ = ["PREFIX", "HiddenKey", "digest", "is_sandbox_key", "new_key"]

PREFIX = "cai_api_sbx_"
SHAPE = re.compile(re.escape(PREFIX) + r"[A-Za-z0-9_-]{28}")


def new_key() -> str:
    """Make a key: the sandbox prefix and 28 random URL-safe characters."""
    return PREFIX + secrets.token_urlsafe(21)


def is_sandbox_key(text: str) -> bool:
    """Say whether `text` has the shape of a sandbox key."""
    return SHAPE.fullmatch(text) is not None


def digest(key: str) -> str:
    """Return what is stored in place of the key."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


class HiddenKey:
    """A secret whose text is its first 12 characters; `reveal()` gives the whole."""

    __slots__ = ("_secret", "_shown")

    def __init__(self, secret: str, shown: str | None = None) -> None:
        self._secret = secret
        self._shown = secret[:12] if shown is None else shown

    def reveal(self) -> str:
        """Return the whole secret."""
        return self._secret

    def __repr__(self) -> str:
        return f"<{self._shown}…>"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("A sandbox key is not pickled: open the sandbox again where you need it.")
