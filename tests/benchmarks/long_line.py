"""One very long line in a stream, through the decoder alone: linear time, against httpx's line splitter."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx

from caicaini_nb.sse import Decoder
from tests.benchmarks.rounds import Figure, Reach, alternate, wall_ms
from tests.benchmarks.setting import Setting

__all__ = ["measure"]

PIECE = 16 * 1024


def measure(setting: Setting) -> Iterator[Figure]:
    rounds = setting.rounds(7, quick=3)
    line = _line(PIECE)
    ours, theirs = alternate(rounds, lambda: wall_ms(lambda: _decode(line)), lambda: wall_ms(lambda: _by_lines(line)))
    yield Figure("one event of 16 MiB, decoded", "ms", ours, theirs, "httpx, iter_lines", Reach(500))
    finer = _line(PIECE // 10)
    ours, theirs = alternate(rounds, lambda: wall_ms(lambda: _decode(finer)), lambda: wall_ms(lambda: _decode(line)))
    # Joining the pieces at each chunk would make this ten times, not twice.
    yield Figure(
        "one event of 16 MiB in ten times as many pieces",
        "ms",
        ours,
        theirs,
        "in 1,024 pieces",
        Reach(2.0, "ratio"),
        about="growth",
    )


def _line(piece: int) -> list[bytes]:
    """One event of 16 MiB, in the pieces a network would bring."""
    text = b'data: {"text": "' + b"x" * (16 * 2**20) + b'"}\n\n'
    return [text[start : start + piece] for start in range(0, len(text), piece)]


def _decode(pieces: list[bytes]) -> None:
    decoder = Decoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    if len(events) != 1:
        raise RuntimeError(f"One event went in, {len(events)} came out")


def _by_lines(pieces: list[bytes]) -> None:
    response = httpx.Response(200, content=iter(pieces))
    for line in response.iter_lines():
        if line.startswith("data: "):
            json.loads(line[6:])
