"""Holds an interrupt back while something must not be cut in two: a ledger row, an answer's last display.

A kernel's interrupt button raises `KeyboardInterrupt` between any two bytecodes. Masking the signal would not do: the
kernel has other threads, and any of them may take it.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

__all__ = ["held"]

# A handler that a program around Python has set could not be put back. Asking each time would cost as much as holding.
CAN_HOLD = signal.getsignal(signal.SIGINT) is not None


class held:  # noqa: N801 - it reads as a verb in `with held():`
    """`with held():` an interrupt that comes inside is raised at its end. Off the main thread it does nothing."""

    def __enter__(self) -> None:
        self._came: tuple[int, FrameType | None] | None = None
        self._before: Any = None
        if CAN_HOLD and threading.current_thread() is threading.main_thread():
            before = signal.signal(signal.SIGINT, self._hold)
            if callable(before):
                self._before = before
            else:
                signal.signal(signal.SIGINT, before)

    def _hold(self, number: int, frame: FrameType | None) -> None:
        self._came = (number, None)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is None:
            return
        signal.signal(signal.SIGINT, self._before)
        if self._came is not None and kind is None:
            self._before(*self._came)
