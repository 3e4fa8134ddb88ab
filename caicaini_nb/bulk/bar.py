"""A job's progress where a person sees it: tqdm's bar, in a notebook or a terminal. Without tqdm there is none."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Protocol

from .tally import Progress

__all__ = ["Bar", "described", "open_bar"]


class Bar(Protocol):
    def show(self, progress: Progress) -> None: ...

    def close(self, progress: Progress) -> None: ...


class _Nothing:
    def show(self, progress: Progress) -> None:
        """There is nobody to show it to."""

    def close(self, progress: Progress) -> None:
        """Nothing was opened."""


class _Tqdm:
    def __init__(self, name: str, progress: Progress) -> None:
        from tqdm.auto import tqdm

        self._bar: Any = tqdm(total=progress.rows, initial=progress.done, desc=name, unit="row", smoothing=0)
        self.show(progress)

    def show(self, progress: Progress) -> None:
        self._bar.n = progress.done + progress.skipped
        self._bar.set_postfix_str(described(progress), refresh=False)
        self._bar.refresh()

    def close(self, progress: Progress) -> None:
        self.show(progress)
        self._bar.close()


def described(progress: Progress) -> str:
    """Credits, rate, time left and the last error, as far as they are known."""
    parts = [] if progress.credits is None else [f"{progress.credits:,} credits"]
    if progress.a_minute is not None:
        parts.append(f"{progress.a_minute:,.0f} rows/min")
    if progress.seconds_left is not None and progress.state == "running":
        parts.append(f"{_time(progress.seconds_left)} left")
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    if progress.last_error:
        parts.append(progress.last_error[:60])
    return ", ".join(parts)


def open_bar(name: str, progress: Progress, *, wanted: bool) -> Bar:
    """A bar that stands at `progress`, where one is wanted and tqdm is installed."""
    return _Tqdm(name, progress) if wanted and find_spec("tqdm") is not None else _Nothing()


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d} h" if hours else f"{minutes}:{rest:02d} min"
