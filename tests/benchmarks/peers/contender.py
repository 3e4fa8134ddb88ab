"""One client in a process of its own, in the interpreter that has it: it is told what to do, and says what that took.

Run as a script, `contender.py NAME BASE KEY`, it answers each line of standard input, `WHAT COUNT PROMPT`, with a line:
the milliseconds of one call, of its CPU where that is what is asked for.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

if __name__ == "__main__":  # beside it, with nothing of the project in between
    sys.path[0] = str(Path(__file__).parent)
    from clients import CLIENTS, Client  # type: ignore[import-not-found]
else:
    from tests.benchmarks.peers.clients import CLIENTS, Client

__all__ = ["Contender", "contender"]

ROOT = Path(__file__).parents[3]


class Contender:
    """A running client. Each measure is one round: so many calls one after the other."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self.name = name
        self._process = process

    def measure(self, what: str, prompt: str, count: int = 1) -> float:
        """Milliseconds a call: `plain` and `first` by the clock, `stream` of CPU. `RuntimeError` where it fails."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(what, count, prompt, file=self._process.stdin, flush=True)
        said = self._process.stdout.readline()
        if not said:
            raise RuntimeError(f"{self.name} ended with {self._process.wait()} at {what}")
        return float(said)


@contextmanager
def contender(name: str, interpreter: Path, base: str, key: str) -> Iterator[Contender]:
    """Start one; it ends with its standard input."""
    command = [str(interpreter), __file__, name, base, key]
    own = {**os.environ, "PYTHONPATH": str(ROOT)} if name.startswith("caicaini") else None
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=own) as process:
        try:
            yield Contender(name, process)
        finally:
            process.communicate()


def plain(client: Client, prompt: str, count: int) -> float:
    begin = time.perf_counter()
    for _ in range(count):
        client.plain(prompt)
    return (time.perf_counter() - begin) / count


def stream(client: Client, prompt: str, count: int) -> float:
    begin = time.process_time()
    for _ in range(count):
        for _ in client.events(prompt):
            pass
    return (time.process_time() - begin) / count


def first(client: Client, prompt: str, count: int) -> float:
    """The median: one call that waits for the other core would carry a mean away."""
    seconds = []
    for _ in range(count):
        begin = time.perf_counter()
        events = iter(client.events(prompt))
        next(events)
        seconds.append(time.perf_counter() - begin)
        for _ in events:
            pass
    return median(seconds)


MEASURES: dict[str, Callable[[Client, str, int], float]] = {"plain": plain, "stream": stream, "first": first}


def main() -> None:
    _, name, base, key = sys.argv
    client = CLIENTS[name](base, key)
    for line in sys.stdin:
        what, count, prompt = line.rstrip("\n").split(" ", 2)
        print(MEASURES[what](client, prompt, int(count)) * 1000, flush=True)


if __name__ == "__main__":
    main()
