"""The service the clients are measured against: pre-rendered bytes for both surfaces, in a process of its own.

It does as little as it can, so that what is measured is the client: it checks no key and understands no question. A
prompt that holds `events=N` asks for that many text events, `rate=R` for R of them a second (0: all at once). Each
event is one HTTP chunk. `GET /emitted` tells when the events of the last paced stream went out.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

__all__ = ["prompt", "started"]

ASKED = re.compile(rb"events=(\d+) rate=(\d+)")
LENGTH = re.compile(rb"(?i)content-length: *(\d+)")
WORDS_A_PARAGRAPH = 80
END_OF_CHUNKS = b"0\r\n\r\n"
STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def prompt(events: int, rate: int = 0) -> str:
    """The prompt that asks for this many text events, at this many a second."""
    return f"events={events} rate={rate}"


def word(number: int) -> str:
    """The text of one event: its number, so that what is shown tells which event it is; paragraphs of 80."""
    return f"{number:04d}" + ("\n\n" if number % WORDS_A_PARAGRAPH == WORDS_A_PARAGRAPH - 1 else " ")


def messages_frames(events: int) -> list[bytes]:
    usage = {"input_tokens": 9, "output_tokens": 1}
    opening = {"id": "msg_bench", "type": "message", "role": "assistant", "content": [], "model": "caicaini/auto"}
    frames: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**opening, "usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word(number)}}
            for number in range(events)
        ),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": events, "credits_consumed": 7},
        },
        {"type": "message_stop"},
    ]
    return [f"event: {frame['type']}\ndata: {json.dumps(frame)}\n\n".encode() for frame in frames]


def chat_frames(events: int) -> list[bytes]:
    head = {"id": "chatcmpl_bench", "object": "chat.completion.chunk", "created": 1, "model": "caicaini/auto"}
    deltas: list[tuple[dict[str, str], str | None]] = [
        ({"role": "assistant", "content": ""}, None),
        *(({"content": word(number)}, None) for number in range(events)),
        ({}, "stop"),
    ]
    frames: list[dict[str, Any]] = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]} for delta, reason in deltas
    ]
    usage = {"prompt_tokens": 9, "completion_tokens": events, "total_tokens": 9 + events, "credits_consumed": 7}
    frames.append({**head, "choices": [], "usage": usage})
    return [*(f"data: {json.dumps(frame)}\n\n".encode() for frame in frames), b"data: [DONE]\n\n"]


def messages_answer() -> dict[str, Any]:
    return {
        "id": "msg_bench",
        "type": "message",
        "role": "assistant",
        "model": "caicaini/auto",
        "content": [{"type": "text", "text": "Four, as far as anybody knows. " * 8}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 9, "output_tokens": 64, "credits_consumed": 7},
    }


def chat_answer() -> dict[str, Any]:
    message = {"role": "assistant", "content": "Four, as far as anybody knows. " * 8}
    return {
        "id": "chatcmpl_bench",
        "object": "chat.completion",
        "created": 1,
        "model": "caicaini/auto",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 64, "total_tokens": 73, "credits_consumed": 7},
    }


SURFACES = {
    b"/v1/messages": (messages_frames, messages_answer),
    b"/v1/chat/completions": (chat_frames, chat_answer),
}


@cache
def chunks(path: bytes, events: int) -> Sequence[bytes]:
    """The stream's events, each framed as one HTTP chunk."""
    return [b"%x\r\n%s\r\n" % (len(frame), frame) for frame in SURFACES[path][0](events)]


@cache
def burst(path: bytes, events: int) -> bytes:
    """The whole streamed answer, head and end included."""
    return STREAM_HEAD + b"".join(chunks(path, events)) + END_OF_CHUNKS


@cache
def plain(path: bytes) -> bytes:
    """The whole plain answer."""
    return whole(SURFACES[path][1]())


def whole(value: object) -> bytes:
    body = json.dumps(value).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body


class Service(asyncio.Protocol):
    """One connection, kept alive; requests that overlap on it are not understood."""

    emitted: Sequence[float] = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""
        self._task: asyncio.Task[None] | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        found = LENGTH.search(head)
        if not end or len(body) < (int(found[1]) if found else 0):
            return
        self._received = b""
        method, path, _ = head.split(b" ", 2)
        if method == b"GET":
            self._transport.write(whole(list(Service.emitted)))
        elif b'"stream":true' in body.replace(b" ", b""):
            asked = ASKED.search(body)
            self._stream(path, *(int(number) for number in (asked.groups() if asked else (b"8", b"0"))))
        else:
            self._transport.write(plain(path))

    def _stream(self, path: bytes, events: int, rate: int) -> None:
        if rate == 0:
            self._transport.write(burst(path, events))
        else:
            self._task = asyncio.create_task(self._paced(chunks(path, events), rate))

    async def _paced(self, frames: Sequence[bytes], rate: int) -> None:
        """Each event at its own time: one that is late does not move the next."""
        Service.emitted = emitted = list[float]()
        self._transport.write(STREAM_HEAD)
        begin = time.monotonic()
        for number, frame in enumerate(frames):
            late = begin + number / rate - time.monotonic()
            if late > 0:
                await asyncio.sleep(late)
            self._transport.write(frame)
            emitted.append(time.monotonic())
        self._transport.write(END_OF_CHUNKS)


async def serve() -> None:
    """Serve until standard input ends; the first line of standard output is the base."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Service, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


@contextmanager
def started() -> Iterator[str]:
    """Run the service in a process of its own; gives its base."""
    with subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.communicate()  # the end of its standard input ends it


if __name__ == "__main__":
    asyncio.run(serve())
