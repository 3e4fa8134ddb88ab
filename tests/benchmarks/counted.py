"""The programs whose instructions are counted: a stream decoded, its events folded, a row of the ledger written.

`instructions` runs this under callgrind, in a process of its own. Each program makes its turn twice. The first turn is
not counted: it lets the interpreter specialise what it runs. The second lies between two calls of `MARK`, at each of
which callgrind writes down what it has counted and begins anew, so that nothing of the start is in it. Nothing else
here makes that call, no thread runs, and the garbage collector is off.
"""

from __future__ import annotations

import gc
import itertools
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from caicaini_nb.events import Event
from caicaini_nb.fold import Fold
from caicaini_nb.ledger import Ledger
from caicaini_nb.sse import Decoder
from caicaini_nb.surfaces.chat import ChatSurface
from caicaini_nb.surfaces.messages import MessagesSurface

__all__ = ["END", "EVENTS", "MARK", "PROGRAMS", "START", "Program"]

MARK = "getppid"  # of the C library: callgrind finds it by its name
EVENTS = 100  # of text in one stream; its opening and its end are counted with them
STREAMS = 10
ROWS = 150  # few enough for the write-ahead log never to be put in place
BEGIN_NS = 1_700_000_000_000_000_000  # the rows' clock, so that they fall on one day whenever they are counted
SECOND_NS = 1_000_000_000
START = {
    "provider": "caicaini", "origin": "hosted", "surface": "messages", "operation": "0123456789abcdef", "attempt": 1,
    "model": "caicaini/auto", "notebook": "01_send_your_first_message.ipynb", "cell": "0a1b2c3d",
    "key_prefix": "cai_api_bbbb",
}  # fmt: skip
END = {
    "status": 200, "model_answered": "caicaini/sonnet", "input_tokens": 9, "output_tokens": 64, "credits": 7,
    "first_event_ms": 210.4, "total_ms": 1801.2, "request_id": "req_0123456789abcdef", "message_id": "msg_012345",
}  # fmt: skip


@dataclass(frozen=True)
class Program:
    """`prepare` gets the folder for its files and gives back the turn, which does what is counted `units` times."""

    units: int
    prepare: Callable[[Path], Callable[[], object]]


def _messages(folder: Path) -> Callable[[], list[Event]]:
    return _decoding(MessagesSurface(), _frames(folder, "messages"))


def _chat(folder: Path) -> Callable[[], list[Event]]:
    return _decoding(ChatSurface(), _frames(folder, "chat"))


def _decoding(surface: MessagesSurface | ChatSurface, frames: Sequence[bytes]) -> Callable[[], list[Event]]:
    """Chunks to events, as `Stream` reads them; gives back the events of the last stream."""

    def turn() -> list[Event]:
        for _ in range(STREAMS):
            feed, decode = Decoder().feed, surface.stream_decoder().decode
            events = [event for chunk in frames for wire_event in feed(chunk) for event in decode(wire_event)]
        return events

    return turn


def _folding(folder: Path) -> Callable[[], None]:
    """Events to the reply, which is put together at the end."""
    events = _messages(folder)()

    def turn() -> None:
        for _ in range(STREAMS):
            fold = Fold()
            for event in events:
                fold.add(event)
            fold.reply(usage=fold.usage)

    return turn


def _writing(folder: Path) -> Callable[[], None]:
    """A row begun and finished, sums by day included."""
    ledger = Ledger(folder / "counted.sqlite", clock=itertools.count(BEGIN_NS, SECOND_NS).__next__)

    def turn() -> None:
        for _ in range(ROWS):
            ledger.finish(ledger.begin(**START), "ok", **END)

    return turn


def _frames(folder: Path, surface: str) -> list[bytes]:
    """The stream that lies in the folder, one chunk for each event."""
    return [frame + b"\n\n" for frame in (folder / surface).read_bytes().split(b"\n\n") if frame]


PROGRAMS = {
    "event decoded": Program(STREAMS * EVENTS, _messages),
    "event decoded, chat surface": Program(STREAMS * EVENTS, _chat),
    "event folded": Program(STREAMS * EVENTS, _folding),
    "ledger row": Program(ROWS, _writing),
}


def main(folder: Path) -> None:
    gc.disable()  # when it would come depends on everything that was made before
    for program in PROGRAMS.values():
        turn = program.prepare(folder)
        turn()
        os.getppid()
        turn()
        os.getppid()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
