"""A job: it runs beside the kernel, in a thread with a loop of its own, and can be stopped and gone on with.

What is done is in its folder, so that a job is the same whichever process goes on with it. One process at a time does.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol

from ..display.panel import Panel
from ..errors import JobPaused
from ..interrupts import held
from .bar import Bar, described, open_bar
from .folder import Folder
from .forecast import Forecast
from .outcome import Answered, read_lines
from .table import collect, table
from .tally import Progress, Tally
from .work import Task, Work

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Engine", "Job"]

TICK = 0.2  # seconds between two looks
RATE = 30.0  # seconds over which the rate is measured


class Engine(Protocol):
    """Who asks: a crew in this process, or workers of a cluster."""

    def run(
        self, tasks: list[Task], tally: Tally, on_kept: Callable[[Answered], None], on_wait: Callable[[Exception], None]
    ) -> BaseException | None:
        """Ask all of them; why not all were asked, `None` where they were."""
        ...

    def stop(self, *, now: bool = False) -> None:
        """Begin nothing more; with `now`, wait for nothing either. From any thread."""
        ...


class Job:
    """`bulk.run` makes it, and starts it. `plan` says what it was going to be; it shows itself as how far it is."""

    def __init__(
        self,
        name: str,
        work: Work,
        folder: Folder,
        engine: Engine,
        plan: Forecast,
        *,
        tally: Tally,
        seen: dict[str, int],
        places: list[int] | None = None,
        bar: bool = False,
    ) -> None:
        self.name = name
        self.plan = plan
        self._work = work
        self._folder = folder
        self._engine = engine
        self._places = places
        self._wants_bar = bar
        self._tally = tally
        self._seen: dict[str, int] | None = seen  # how much of the folder the tally has counted
        self._state = "planned"
        self._failure: BaseException | None = None
        self._over = threading.Event()
        self._over.set()
        self._claim = ExitStack()
        self._recent: deque[tuple[float, int]] = deque()
        self._bar: Bar = open_bar(name, Progress(0), wanted=False)

    @property
    def folder(self) -> str:
        """Where it is kept: a path or an address."""
        return self._folder.address

    @property
    def progress(self) -> Progress:
        """How far it is at this moment."""
        keys = self._work.keys
        done = self._tally.done
        at = [keys[place] for place in self._places] if self._places is not None else keys
        finished = sum(1 for key in at if key is not None and key in done) if self._over.is_set() else self._finished
        skipped = sum(key is None for key in at) if self._over.is_set() else self._skipped
        return self._measured(len(at), finished, skipped)

    def cancel(self) -> Job:
        """Ask nothing more. What is under way is waited for, and kept; `resume()` goes on."""
        if not self._over.is_set():
            self._engine.stop()
            self._over.wait()
        return self

    def resume(self) -> Job:
        """Go on where it stopped: rows that are done are not asked again. Raises what `bulk.run` raises."""
        return self.start()

    def retry(self) -> Job:
        """Go on, and ask the rows that failed once more."""
        return self.start(again=True)

    def result(self) -> pd.DataFrame:
        """Wait for the end, and return `frame()`. Raises what stopped the job; an interrupt pauses it, cleanly."""
        try:
            while not self._over.wait(TICK):
                continue
        except KeyboardInterrupt:
            self._pause()
            raise JobPaused(self.progress.done, self.progress.rows) from None
        if self._failure is not None:
            raise self._failure
        return self.frame()

    def frame(self, *, inputs: bool = True) -> pd.DataFrame:
        """What is there now: the input's index, order and length, with a row's outcome in columns beside it."""
        outcomes = collect(read_lines(self._folder.lines()), self._work.keys, self._work.votes)
        return table(self._work, outcomes, inputs=inputs)

    def start(self, *, again: bool = False) -> Job:
        """Begin, beside the kernel. Raises `ConfigurationError` where another process works on the job."""
        if not self._over.is_set():
            return self
        self._claim.enter_context(self._folder.claim())
        if self._seen is None:
            self._tally, self._seen = Tally(), {}
        for line in read_lines(self._folder.tail(self._seen)):  # another process may have gone on meanwhile
            self._tally.add(line)
        self._seen = None  # what is asked now is counted as it comes
        self._prepare(again)
        threading.Thread(target=self._run, name=f"caicaini job {self.name}", daemon=True).start()
        return self

    def __await__(self) -> Generator[Any, None, pd.DataFrame]:
        return self._awaited().__await__()

    def __repr__(self) -> str:
        return repr(self._panel())

    def _repr_markdown_(self) -> str:
        return self._panel()._repr_markdown_()

    def metadata(self) -> dict[str, Any]:
        """How far it is, for a notebook's output."""
        progress = self.progress
        return {"job": self.name, "rows": progress.rows, "done": progress.done, "state": progress.state}

    async def _awaited(self) -> pd.DataFrame:
        while not self._over.is_set():  # noqa: ASYNC110 - it is set by a thread
            await asyncio.sleep(TICK / 4)
        return self.result()

    def _prepare(self, again: bool) -> None:
        done = self._tally.done
        left = [key for key, failed in done.items() if not (again and failed)] if again else done
        finished = set(left)
        self._tasks = [task for task in self._work.tasks(self._places) if task.key not in finished]
        at = self._work.keys if self._places is None else [self._work.keys[place] for place in self._places]
        self._skipped = sum(key is None for key in at)
        self._finished = sum(1 for key in at if key is not None and key in finished)
        self._weights: dict[str, int] = {}
        for key in at:
            if key is not None:
                self._weights[key] = self._weights.get(key, 0) + 1
        self._recent.clear()
        self._failure, self._state = None, "running"
        self._over.clear()
        self._bar = open_bar(self.name, self.progress, wanted=self._wants_bar)

    def _run(self) -> None:
        painter = threading.Thread(target=self._paint, daemon=True)
        painter.start()
        try:
            self._failure = self._engine.run(self._tasks, self._tally, self._kept, self._waited)
        except BaseException as error:
            self._failure = error
        finally:
            left = any(task.key not in self._tally.done for task in self._tasks)
            self._state = "stopped" if self._failure is not None else "paused" if left else "done"
            self._claim.close()
            self._over.set()
            painter.join()
            self._bar.close(self.progress)

    def _kept(self, outcome: Answered) -> None:
        """A row is done: on the disk, and counted."""
        self._tally.add(outcome)
        self._finished += self._weights.pop(outcome.key, 0)  # the further votes of a row have no weight

    def _waited(self, error: Exception) -> None:
        self._tally.last_error = f"{type(error).__name__}: {getattr(error, 'cause', error)}"

    def _paint(self) -> None:
        while not self._over.wait(TICK):
            self._recent.append((time.monotonic(), self._finished))
            while self._recent[0][0] < time.monotonic() - RATE:
                self._recent.popleft()
            self._bar.show(self.progress)

    def _measured(self, rows: int, done: int, skipped: int) -> Progress:
        rate = None
        if len(self._recent) > 1:
            (begin, first), (end, last) = self._recent[0], self._recent[-1]
            rate = (last - first) / (end - begin) * 60 if end > begin else None
        left = None if not rate else max(0, rows - done - skipped) / rate * 60
        tally = self._tally
        return Progress(
            rows=rows, done=done, failed=tally.failed, skipped=skipped, credits=tally.credits,
            input_tokens=tally.input_tokens, output_tokens=tally.output_tokens, a_minute=rate, seconds_left=left,
            last_error=tally.last_error, state=self._state,
        )  # fmt: skip

    def _pause(self) -> None:
        """Stop, and wait for what is under way; a second interrupt waits for nothing."""
        try:
            self._engine.stop()
            while not self._over.wait(TICK):
                continue
        except KeyboardInterrupt:
            self._engine.stop(now=True)
            with held():
                self._over.wait(5)

    def _panel(self) -> Panel:
        progress = self.progress
        rows = [
            ("state", progress.state),
            ("rows done", f"{progress.done:,} of {progress.rows:,}"),
            ("failed", f"{progress.failed:,}"),
            ("skipped", f"{progress.skipped:,}"),
            ("credits", "unknown" if progress.credits is None else f"{progress.credits:,}"),
        ]
        if self._failure is not None:
            rows.append(("stopped by", f"{type(self._failure).__name__}: {self._failure}"))
        elif progress.state == "running":
            rows.append(("now", described(progress)))
        elif progress.last_error:
            rows.append(("last error", progress.last_error))
        return Panel.of(self.plan.caption, ("", ""), rows)
