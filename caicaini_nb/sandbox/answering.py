"""What engines that take their time promise beyond `Engine`: to say first whether they can, and to stop when told.

The server asks `choose` before an answer's headers go out, so that a question that cannot be answered is a 400 and
every answer names the engine that writes it. Nothing here knows which engines there are.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from caicaini_nb.sandbox.engine import Engine, Question

__all__ = ["Cancellable", "Choosing", "OutOfRoomError", "UnfitError"]


class UnfitError(ValueError):
    """The engine cannot take this question; the message names the field and what to do, for a 400."""


class OutOfRoomError(Exception):
    """An answer was cut because the model's window is full; what was yielded before stands."""


@runtime_checkable
class Choosing(Protocol):
    """An engine that decides who answers; its answers may take long, so they get threads of their own."""

    def choose(self, question: Question) -> Engine:
        """Return the engine that will answer, ready to; raises `UnfitError` where none can."""

    def trouble(self) -> str:
        """Return why the engine does less than it was started for, empty when it does not."""

    def close(self) -> None:
        """Stop all answers under way within a token."""


@runtime_checkable
class Cancellable(Protocol):
    """An iterator of pieces that another thread may stop."""

    def cancel(self) -> None:
        """Stop within a token; the iterator then ends as if the answer were complete. Harmless when it is over."""
