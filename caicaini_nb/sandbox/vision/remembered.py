"""A function of pictures that remembers its last results, by the hash of the bytes: a conversation sends the same
picture with every turn.

One result is made at a time, whatever asks. It keeps no picture.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import Generic, TypeVar

from caicaini_nb.sandbox.engine import Picture

__all__ = ["Remembered"]

Result = TypeVar("Result")


class Remembered(Generic[Result]):
    """`make`, with its last `kept` results remembered; what it raises is not."""

    def __init__(self, make: Callable[[Picture], Result], kept: int) -> None:
        self._make = make
        self._kept = kept
        self._results: OrderedDict[tuple[str, bytes], Result] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, picture: Picture) -> Result:
        """Return the result for a picture."""
        key = (picture.format, sha256(picture.data).digest())
        with self._lock:
            if key not in self._results:
                self._results[key] = self._make(picture)
                if len(self._results) > self._kept:
                    self._results.popitem(last=False)
            self._results.move_to_end(key)
            return self._results[key]
