"""Streams over a real socket: cut off at every byte, left early, ended by errors, answered by something else."""

from __future__ import annotations

import gc
import gzip
import os
import time
import zlib
from collections.abc import Callable, Iterator

import pytest

import caicaini_nb.transport
from caicaini_nb import Client, errors, refused
from caicaini_nb.errors import CaicainiError, DeadlineError, TruncatedStreamError, UnreadableReplyError
from caicaini_nb.events import Finished, Started, Text
from caicaini_nb.inflate import inflated
from caicaini_nb.sse import Decoder
from tests.fake_service import End, FakeService, answer, dial, frames, stream
from tests.wire.replies import CHAT, CHAT_PLAIN, MESSAGES, MESSAGES_PLAIN, MESSAGES_TEXT, chat_stream, messages_stream

TEXTS = {"messages": "Grüße 🎈!", "chat": "Grüße 🎈!"}
CHAT_TEXT = chat_stream(
    [
        {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Grüße"}}]},
        {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"content": " 🎈!"}}]},
        {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {"id": "c", "model": "m", "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}},
    ]
)
RECORDINGS = {"messages": MESSAGES_TEXT, "chat": CHAT_TEXT}

surfaces = pytest.mark.parametrize("surface", RECORDINGS)


@pytest.fixture
def client(service: FakeService) -> Iterator[Client]:
    with dial(service) as connected:
        yield connected


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def last(client: Client) -> tuple[str | None, int | None]:
    (row,) = client.ledger.entries(limit=1)
    return row.outcome, row.credits


@surfaces
@pytest.mark.parametrize("end", [End.CLOSE, End.RESET])
def test_cut_off_at_every_byte(service: FakeService, client: Client, surface: str, end: End) -> None:
    whole = RECORDINGS[surface]
    terminal = whole.rindex(b"event: message_stop" if surface == "messages" else b"data: [DONE]")
    first_end = whole.index(b"\n\n") + 2
    places = range(terminal + 1) if end is End.CLOSE else range(0, terminal, 7)
    for place in places:
        service.play(stream(whole[:place], end=end))
        with client.stream("hi", surface=surface) as reading, pytest.raises(TruncatedStreamError) as caught:
            list(reading)
        kept = caught.value.reply
        assert kept is reading.reply
        assert TEXTS[surface].startswith(kept.text)
        if end is End.CLOSE:  # a reset may overtake bytes
            assert kept.text == text_of(whole[:place], surface)
            assert (kept.id is not None) == (place >= first_end)
        assert not kept.complete
        assert (kept.usage.output_tokens, kept.usage.credits) == (None, None)
        assert caught.value.may_be_charged
        assert last(client) == ("unknown", None)
    assert len(list(client.ledger)) == len(places)


def text_of(data: bytes, surface: str) -> str:
    """The text in the frames that are whole, found without the decoder under test."""
    frames_ = data.split(b"\n\n")[:-1]
    pieces = {"Grüße".encode(): "Grüße", " 🎈!".encode(): " 🎈!"}
    return "".join(text for frame in frames_ for piece, text in pieces.items() if piece in frame)


@surfaces
def test_whole(service: FakeService, client: Client, surface: str) -> None:
    service.play(frames(RECORDINGS[surface]))
    for _ in range(3):
        with client.stream("hi", surface=surface) as reading:
            events = list(reading)
        assert isinstance(events[0], Started)
        assert isinstance(events[-1], Finished)
        assert reading.reply.text == reading.text == TEXTS[surface]
        assert reading.reply.complete
        assert reading.reply.timing.first_event_ms is not None
        assert last(client) == ("ok", 2 if surface == "messages" else None)
    assert service.connections == 1  # used again


@surfaces
def test_every_split_of_the_bytes_on_the_wire(service: FakeService, client: Client, surface: str) -> None:
    whole = RECORDINGS[surface]
    service.play(frames(*(whole[place : place + 1] for place in range(len(whole)))))
    with client.stream("hi", surface=surface) as reading:
        assert "".join(event.text for event in reading if isinstance(event, Text)) == TEXTS[surface]


@pytest.mark.parametrize("held", [False, True])
def test_a_service_that_does_not_end_its_body_keeps_nobody_waiting(
    service: FakeService, client: Client, held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caicaini_nb.transport, "LINGER", 0.1)
    end: list[bytes | float | End] = [End.HOLD] if held else [b": still here\n\n", 0.02] * 200
    service.play((*stream(MESSAGES_TEXT)[:-1], *end))
    began = time.monotonic()
    with client.stream("hi") as reading:
        list(reading)
    assert time.monotonic() - began < 2
    assert reading.reply.complete
    assert last(client) == ("ok", 2)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        *((kind, error) for kind, (error, _) in refused.BY_TYPE.items()),
        ("never_heard_of", errors.ApiError),
        (None, errors.ApiError),
    ],
)
@surfaces
def test_error_events(
    service: FakeService, client: Client, surface: str, kind: str | None, expected: type[CaicainiError]
) -> None:
    payload = {"type": "error", "error": {"type": kind, "message": "so it goes"}}
    event = messages_stream([payload]) if surface == "messages" else chat_stream([payload], done=False)
    start = RECORDINGS[surface][: RECORDINGS[surface].index(b"!") + 20]
    start = start[: start.rindex(b"\n\n") + 2]
    service.play(stream(start, event, end=End.HOLD, headers={"request-id": "req_1"}))
    with client.stream("hi", surface=surface) as reading, pytest.raises(expected, match="so it goes") as caught:
        list(reading)
    assert type(caught.value) is expected
    assert caught.value.type == kind
    assert caught.value.request_id == "req_1"
    assert TEXTS[surface].startswith(caught.value.reply.text)
    assert caught.value.reply.text
    assert caught.value.may_be_charged
    assert last(client) == ("error", None)
    assert len(service.received) == 1


@pytest.mark.parametrize(
    "frame",
    [b"{", b"not json", b"[" * 200_000, b'{"type": "content_block_delta", "index": 0, "delta": ' + b'{"a":' * 100_000],
)
def test_frames_that_cannot_be_read(service: FakeService, client: Client, frame: bytes) -> None:
    start = MESSAGES_TEXT[: MESSAGES_TEXT.index(b"event: content_block_stop")]
    service.play(stream(start, b"data: " + frame + b"\n\n"))
    with client.stream("hi") as reading, pytest.raises(UnreadableReplyError) as caught:
        list(reading)
    assert caught.value.reply.text == TEXTS["messages"]
    assert last(client) == ("error", None)


@pytest.mark.parametrize("body", [b"<html>\n\n<p>data: x</p>\n\n</html>", b"", b"just words"])
def test_something_else_than_a_stream(service: FakeService, client: Client, body: bytes) -> None:
    service.play(answer(body, 200, {"Content-Type": "text/html"}))
    with client.stream("hi") as reading, pytest.raises(UnreadableReplyError, match="text/html"):
        list(reading)
    with pytest.raises(UnreadableReplyError):
        client.send("hi")
    assert last(client) == ("unknown", None)


def leave_by_break(client: Client) -> None:
    for _ in client.stream("hi"):
        break


def leave_by_break_with_a_name(client: Client) -> None:
    reading = client.stream("hi")
    for event in reading:
        if isinstance(event, Text):
            break
    assert not reading.reply.complete
    assert list(reading) == []


def leave_by_with(client: Client) -> None:
    with client.stream("hi") as reading:
        next(reading)


def leave_by_close(client: Client) -> None:
    reading = client.stream("hi")
    next(reading)
    reading.close()
    reading.close()


def leave_unread(client: Client) -> None:
    client.stream("hi")


def leave_by_error(client: Client) -> None:
    with pytest.raises(ZeroDivisionError), client.stream("hi") as reading:
        divmod(len([next(reading)]), 0)


@pytest.mark.parametrize(
    "leave",
    [leave_by_break, leave_by_break_with_a_name, leave_by_with, leave_by_close, leave_unread, leave_by_error],
)
def test_left_early(service: FakeService, client: Client, leave: Callable[[Client], None]) -> None:
    service.play(stream(MESSAGES_TEXT[: MESSAGES_TEXT.rindex(b"event: ")], end=End.HOLD))
    leave(client)
    gc.disable()  # reference counts alone must do it: the collector may come much later
    try:
        before = descriptors()
        for _ in range(200):
            leave(client)
            assert last(client) == ("interrupted", None)
        assert descriptors() <= before + 3  # the service closes its ends a moment later
    finally:
        gc.enable()
    assert {row.outcome for row in client.ledger} == {"interrupted"}


def test_next_and_then_the_rest(service: FakeService, client: Client) -> None:
    service.play(frames(MESSAGES_TEXT))
    reading = client.stream("hi")
    first = next(reading)
    rest = list(reading)
    assert isinstance(first, Started)
    assert isinstance(rest[-1], Finished)
    assert reading.reply.complete
    assert reading.reply.text == TEXTS["messages"]
    assert last(client) == ("ok", 2)


def test_loop_over_a_stream_nobody_holds(service: FakeService, client: Client) -> None:
    service.play(frames(MESSAGES_TEXT))
    assert "".join(event.text for event in client.stream("hi") if isinstance(event, Text)) == TEXTS["messages"]
    assert last(client) == ("ok", 2)


def test_silence_between_events(service: FakeService) -> None:
    start = MESSAGES_TEXT[: MESSAGES_TEXT.index(b"event: content_block_stop")]
    service.play(stream(start, end=End.HOLD))
    with dial(service, timeout=0.1) as client:
        with client.stream("hi") as reading, pytest.raises(TruncatedStreamError, match="in time") as caught:
            list(reading)
    assert caught.value.reply.text == TEXTS["messages"]


def test_a_plain_answer_may_not_trickle(service: FakeService) -> None:
    drops: list[bytes | float] = [b" ", 0.02] * 1000
    service.play((b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", *drops))
    began = time.monotonic()
    with dial(service, timeout=0.2) as client, pytest.raises(DeadlineError, match="still answering") as caught:
        client.send("hi")
    assert time.monotonic() - began < 2
    assert caught.value.may_be_charged
    assert last(client) == ("unknown", None)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "GZIP", "identity"])
def test_a_proxy_that_compresses_unasked(service: FakeService, client: Client, encoding: str) -> None:
    packers: dict[str, Callable[[bytes], bytes]] = {"identity": bytes, "deflate": zlib.compress}
    body = packers.get(encoding, gzip.compress)(MESSAGES_TEXT)
    service.play(stream(*(body[place : place + 5] for place in range(0, len(body), 5)),
                        headers={"Content-Encoding": encoding}))  # fmt: skip
    with client.stream("hi") as reading:
        list(reading)
    assert reading.text == TEXTS["messages"]
    assert service.received[-1].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "zstd"])
def test_other_encodings_are_refused(service: FakeService, client: Client, encoding: str) -> None:
    service.play(answer(b"x", 200, {"Content-Encoding": encoding}))
    with pytest.raises(UnreadableReplyError, match="nobody asked for"):
        client.send("hi")


def test_a_bomb_unfolds_no_further_than_the_cap(service: FakeService, client: Client) -> None:
    packer = zlib.compressobj(9, wbits=31)
    packed = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(80)) + packer.flush()
    service.play(answer(packed, 200, {"Content-Encoding": "gzip"}))
    sizes = [len(piece) for piece in inflated([packed[:100_000]], "gzip")]
    assert max(sizes) <= 64 * 1024
    with pytest.raises(UnreadableReplyError, match="larger than 67,108,864 bytes"):
        client.send("hi")
    with client.stream("hi") as reading, pytest.raises(errors.EventTooLongError):
        list(reading)


def test_broken_compression(service: FakeService, client: Client) -> None:
    service.play(answer(b"\x1f\x8b" + b"x" * 50, 200, {"Content-Encoding": "gzip"}))
    with pytest.raises(UnreadableReplyError, match="compression is broken"):
        client.send("hi")


@pytest.mark.parametrize(
    ("surface", "recording", "plain"), [("messages", MESSAGES, MESSAGES_PLAIN), ("chat", CHAT, CHAT_PLAIN)]
)
def test_streamed_or_not_the_reply_is_the_same(
    service: FakeService, client: Client, surface: str, recording: bytes, plain: object
) -> None:
    service.play(frames(recording), answer(plain))
    with client.stream("hi", surface=surface) as reading:
        list(reading)
    streamed, whole = reading.reply, client.send("hi", surface=surface)
    for name in ("choices", "usage", "id", "model", "stop_reason", "text", "thinking", "tool_uses", "complete"):
        assert getattr(streamed, name) == getattr(whole, name), name
    assert [use.input for use in streamed.tool_uses] == [use.input for use in whole.tool_uses]
    rows = [(row.usage, row.model_answered, row.message_id, row.outcome) for row in client.ledger]
    assert rows[0] == rows[1]


def test_the_recordings_are_event_streams() -> None:
    for recording in (MESSAGES, CHAT, *RECORDINGS.values()):
        assert len(Decoder().feed(recording)) == recording.count(b"\n\n")
