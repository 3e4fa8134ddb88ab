"""Patterns compiled when first used: compiling all of them takes 0.1 s, and most prompts need few.

It refuses to stand for a pattern in `match.re is PATTERN`: that compares with what was compiled.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

__all__ = ["deferred"]


class LazyPattern:
    """Looks like a compiled pattern; the first method asked for compiles it."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._source = (pattern, flags)

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(re.compile(*self._source), name)
        setattr(self, name, attribute)
        return attribute


if TYPE_CHECKING:

    def deferred(pattern: str, flags: int = 0) -> re.Pattern[str]:
        """A pattern that compiles on first use."""

else:

    def deferred(pattern, flags=0):
        """A pattern that compiles on first use."""
        return LazyPattern(pattern, int(flags))
