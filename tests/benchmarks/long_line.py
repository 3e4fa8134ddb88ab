"""One very long line in a stream, through the decoder alone: linear time, against httpx's line splitter."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx

from caicaini_nb.sse import Decoder
from tests.benchmarks.rounds import Figure, Reach, alternate, single, wall_ms
from tests.benchmarks.setting import Setting

__all__ = ["measure"]

PIECE = 16 * 1024


def measure(setting: Setting) -> Iterator[Figure]:
    rounds = setting.rounds(7, quick=3)
    line = _line(16)
    ours, theirs = alternate(rounds, lambda: wall_ms(lambda: _decode(line)), lambda: wall_ms(lambda: _by_lines(line)))
    yield Figure("one event of 16 MiB, decoded", "ms", ours, theirs, "httpx, iter_lines", Reach(500))
    tenth = _line(1.6)
    long, short = alternate(
        rounds, lambda: wall_ms(lambda: _decode(line)), lambda: 10 * wall_ms(lambda: _decode(tenth))
    )
    yield Figure("the same against ten of 1.6 MiB", "ms", long, short, "10 × 1.6 MiB", Reach(1.5, "ratio"))
    half = _line(8)
    shorter = single(rounds, lambda: 2 * wall_ms(lambda: _decode(half)))
    yield Figure("the same against two of 8 MiB", "ms", long, shorter, "2 × 8 MiB", Reach(1.5, "ratio"))


def _line(mebibytes: float) -> list[bytes]:
    """One event with so much text, in the pieces a network would bring."""
    text = b'data: {"text": "' + b"x" * int(mebibytes * 2**20) + b'"}\n\n'
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]


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
