"""A key that can be sent but not shown: every text of it is its first characters.

It refuses to be printed, formatted, pickled or copied into another object's repr. `reveal()` is for the one line that
writes the Authorization header.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

__all__ = ["SANDBOX_PREFIX", "Key"]

CAICAINI_PREFIX = "cai_api_"
SHOWN = 12  # what Caicaini itself keeps in plain text
SHOWN_ELSEWHERE = 6  # nobody promises that more of another service's key is harmless
SANDBOX_PREFIX = "cai_api_sbx_"


class Key:
    """One API key. `prefix` may be shown and logged."""

    __slots__ = ("_reveal",)

    def __init__(self, secret: str) -> None:
        # A closure, not an attribute: vars(), debuggers and rich tracebacks print attributes.
        self._reveal: Callable[[], str] = lambda: secret

    def reveal(self) -> str:
        """The whole key. Never bind it to a name: tracebacks print names."""
        return self._reveal()

    @property
    def prefix(self) -> str:
        """The characters that may be shown; never more than a third of the key."""
        shown = SHOWN if self._reveal().startswith(CAICAINI_PREFIX) else SHOWN_ELSEWHERE
        return self._reveal()[: min(shown, len(self._reveal()) // 3)]

    @property
    def is_sandbox(self) -> bool:
        return self._reveal().startswith(SANDBOX_PREFIX)

    @property
    def is_sendable(self) -> bool:
        """Whether it can stand in a header: visible ASCII, at least one character."""
        return bool(self._reveal()) and all("!" <= character <= "~" for character in self._reveal())

    def redacted(self, text: str) -> str:
        """The text with only the prefix of this key in it, should somebody have quoted the key."""
        return text.replace(self._reveal(), f"{self.prefix}…") if self._reveal() in text else text

    def __repr__(self) -> str:
        return f"Key({self.prefix}…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and other._reveal() == self._reveal()

    def __hash__(self) -> int:
        return hash(self._reveal())

    def __reduce__(self) -> NoReturn:
        raise TypeError("A key is not pickled: export it in the other process and connect there.")
