"""One answer of the model on its way: an iterator of pieces that another thread may stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from caicaini_nb.sandbox.engine import Piece

__all__ = ["ModelAnswer"]


class ModelAnswer:
    """Iterates over what `write` yields; `cancel` ends it within a token."""

    def __init__(self, write: Callable[[threading.Event], Iterator[Piece]]) -> None:
        self._stop = threading.Event()
        self._pieces = write(self._stop)

    def __iter__(self) -> Iterator[Piece]:
        return self

    def __next__(self) -> Piece:
        return next(self._pieces)

    def cancel(self) -> None:
        """Stop within a token; harmless when it is over."""
        self._stop.set()
