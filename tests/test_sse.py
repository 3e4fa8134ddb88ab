"""Server-sent events by the WHATWG rules: hand-written fixtures at every split, and two other decoders as peers."""

from __future__ import annotations

import codecs
import itertools
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import httpx_sse._decoders
import openai._streaming as openai_streaming
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caicaini_nb.errors import EventTooLongError
from caicaini_nb.sse import Decoder
from tests.conftest import suite
from tests.wire.sse_cases import CASES, Case

MARK = b"\xef\xbb\xbf"
Events = list[tuple[str, str, str]]

named = pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])


def decode(*chunks: bytes) -> Events:
    decoder = Decoder()
    return [(event.event, event.data, event.id) for chunk in chunks for event in decoder.feed(chunk)]


def test_enough_cases() -> None:
    assert len(CASES) >= 60
    assert len({case[0] for case in CASES}) == len(CASES)


@named
def test_whole(case: Case) -> None:
    _, data, expected = case
    assert decode(data) == list(expected)


@named
def test_every_two_way_split(case: Case) -> None:
    _, data, expected = case
    for cut in range(len(data) + 1):
        assert decode(data[:cut], data[cut:]) == list(expected), cut


@named
def test_one_byte_at_a_time(case: Case) -> None:
    _, data, expected = case
    assert decode(*(data[place : place + 1] for place in range(len(data)))) == list(expected)
    with_empty = itertools.chain.from_iterable((data[place : place + 1], b"") for place in range(len(data)))
    assert decode(*with_empty) == list(expected)


@pytest.mark.parametrize("case", [case for case in CASES if len(case[1]) <= 40], ids=lambda case: case[0])
def test_every_three_way_split(case: Case) -> None:
    _, data, expected = case
    for first, second in itertools.combinations_with_replacement(range(len(data) + 1), 2):
        assert decode(data[:first], data[first:second], data[second:]) == list(expected), (first, second)


def test_all_cases_one_after_another() -> None:
    """Each case ended by blank lines and a reset of the id: what one leaves behind must not reach the next."""
    for (_, first, _), (_, second, expected) in itertools.pairwise(CASES):
        if second.startswith(MARK):
            continue  # a mark is one only at the very start
        data = first + b"\n\n\nid\n\n"
        assert decode(data + second)[len(decode(data)) :] == list(expected)


def test_retry() -> None:
    def retry(*lines: bytes) -> int | None:
        decoder = Decoder()
        decoder.feed(b"\n".join(lines) + b"\n")
        return decoder.retry

    assert retry() is None
    assert retry(b"retry: 1500") == 1500
    assert retry(b"retry:0") == 0
    assert retry(b"retry: 1500", b"retry: x") == 1500
    for bad in (b"-1", b"+1", b"1.5", b"1e3", b" 1", b"", b"\xd9\xa3", b"0x10", b"1_0"):
        assert retry(b"retry: " + bad) is None, bad


def long_line(size: int) -> float:
    decoder = Decoder()
    chunk = b"x" * 1024
    started = time.process_time()
    decoder.feed(b"data: ")
    for _ in range(size // 1024):
        decoder.feed(chunk)
    (event,) = decoder.feed(b"\n\n")
    spent = time.process_time() - started
    assert len(event.data) == size
    return spent


def many_lines(size: int) -> float:
    decoder = Decoder()
    chunk = b"data: 0\n" * 128
    started = time.process_time()
    for _ in range(size // 1024):
        decoder.feed(chunk)
    (event,) = decoder.feed(b"\n")
    spent = time.process_time() - started
    assert len(event.data) == size // 8 * 2 - 1
    return spent


@pytest.mark.parametrize("measure", [long_line, many_lines])
def test_linear_time(measure: Callable[[int], float]) -> None:
    mebibyte = 1024 * 1024
    half = min(measure(4 * mebibyte) for _ in range(3))
    whole = min(measure(8 * mebibyte) for _ in range(3))
    print(f"{measure.__name__}: 4 MiB {half * 1000:.1f} ms, 8 MiB {whole * 1000:.1f} ms")
    assert whole < 4 * half + 0.05


@pytest.mark.parametrize(
    "chunk",
    [b"x" * 100, b"data: " + b"x" * 50 + b"\n", b"data\n", b"data:\r", b"data: x\nfoo: y\n"],
    ids=["a line without end", "data lines", "empty data lines", "empty data lines, CR", "other fields between"],
)
def test_cap(chunk: bytes) -> None:
    decoder = Decoder(cap=10_000)

    def feed_for_ever() -> None:
        for _ in range(20_000):
            decoder.feed(chunk)

    with pytest.raises(EventTooLongError, match="10,000 bytes"):
        feed_for_ever()


def test_cap_counts_one_event_only() -> None:
    decoder = Decoder(cap=1000)
    for _ in range(1000):
        assert len(decoder.feed(b"data: " + b"x" * 900 + b"\n\n")) == 1
        assert decoder.feed(b": " + b"c" * 900 + b"\n") == []


# --- the peers. Their known deviations are named here, each shown by a test; any other difference fails. ---


def unmarked(data: bytes) -> bytes:
    """Deviation 1: neither strips a byte order mark."""
    return data.removeprefix(MARK)


def readable(line: bytes) -> str:
    """Deviation 2: the OpenAI decoder raises where bytes are not UTF-8."""
    return line.decode("utf-8", "replace")


def is_phantom(block: list[str]) -> bool:
    """Deviation 3: both dispatch an empty event for a block with a name, an id (also an older one) or a retry only."""
    return not any(line == "data" or line.startswith("data:") for line in block)


class Peer(Protocol):
    """What both decoders have."""

    def decode(self, line: str) -> Any: ...


def without_phantoms(decoder: Peer, lines: Iterable[str]) -> Events:
    found: Events = []
    block: list[str] = []
    for line in lines:
        event = decoder.decode(line)
        if event is not None and not is_phantom(block):
            found.append((event.event or "message", event.data, event.id or ""))
        block = [*block, line] if line else []
    return found


def by_openai(chunks: list[bytes]) -> Events:
    splitter = openai_streaming._SSELineDecoder()
    lines = [bytes(line) for chunk in chunks for line in splitter.feed(chunk)]
    return without_phantoms(openai_streaming.SSEDecoder(), map(readable, [*lines, *map(bytes, splitter.finish())]))


def by_httpx_sse(chunks: list[bytes]) -> Events:
    splitter = httpx_sse._decoders.SSELineDecoder()
    text = codecs.getincrementaldecoder("utf-8")("replace")
    lines = [line for chunk in chunks for line in splitter.decode(text.decode(chunk))]
    return without_phantoms(httpx_sse._decoders.SSEDecoder(), [*lines, *splitter.flush()])


FIELD_NAMES = st.sampled_from([b"data", b"event", b"id", b"retry", b"", b"foo", b"data ", b" data", b"Data"])
VALUES = st.one_of(
    st.binary(max_size=6).map(lambda value: value.replace(b"\r", b"").replace(b"\n", b"")),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=6).map(str.encode),
    st.sampled_from(["\u2028", "\u0085", "\x0b\x0c", "\x00", "12", "🎈", "\ufeff", ""]).map(str.encode),
)
LINES = st.one_of(
    st.tuples(FIELD_NAMES, st.sampled_from([b":", b": ", b":  ", b""]), VALUES).map(b"".join),
    st.just(b"data: x"),
    st.just(b""),
    st.just(b""),
    VALUES,
)
ENDS = st.sampled_from([b"\n", b"\n", b"\r", b"\r\n"])
STREAMS = st.tuples(
    st.sampled_from([b"", b"", b"", MARK, MARK + MARK, MARK[:2]]),
    st.lists(st.tuples(LINES, ENDS).map(b"".join), max_size=12).map(b"".join),
    st.one_of(st.just(b""), LINES),
).map(b"".join)
CUTS = st.lists(st.integers(0, 120), max_size=4)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    bounds = [0, *sorted(place for place in places if place < len(data)), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(bounds) if end > start]


@settings(max_examples=suite(20_000))
@given(STREAMS, CUTS)
def test_same_as_the_peers(data: bytes, places: list[int]) -> None:
    ours = decode(*cut(data, places))
    theirs = cut(unmarked(data), places)
    assert ours == by_openai(theirs)
    assert ours == by_httpx_sse(theirs)


def whole_httpx_sse(data: bytes) -> Events:
    decoder = httpx_sse._decoders.SSEDecoder()
    lines = httpx_sse._decoders.SSELineDecoder().decode(data.decode())
    return [(found.event, found.data, found.id) for line in lines if (found := decoder.decode(line)) is not None]


def whole_openai(data: bytes) -> Events:
    found = openai_streaming.SSEDecoder().iter_bytes(iter([data]))
    return [(event.event or "message", event.data, event.id or "") for event in found]


def test_deviation_of_the_peers_mark() -> None:
    data = MARK + b"data: a\n\ndata: b\n\n"
    assert decode(data) == [("message", "a", ""), ("message", "b", "")]
    assert [event[1] for event in whole_openai(data)] == ["b"]
    assert [event[1] for event in whole_httpx_sse(data)] == ["b"]


def test_deviation_of_the_peers_bad_utf8() -> None:
    assert decode(b"data: \xff\n\n") == [("message", "\ufffd", "")]
    with pytest.raises(UnicodeDecodeError):
        whole_openai(b"data: \xff\n\n")


@pytest.mark.parametrize("block", [b"event: e", b"id: 1", b"retry: 5"])
def test_deviation_of_the_peers_phantoms(block: bytes) -> None:
    data = block + b"\n\n"
    assert decode(data) == []
    assert [event[1] for event in whole_openai(data)] == [""]
    assert [event[1] for event in whole_httpx_sse(data)] == [""]
