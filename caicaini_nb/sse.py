"""Bytes to server-sent events, by the WHATWG rules: linear time, any byte split, a cap on one event.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

It knows nothing of JSON, vendors or networks. Lines end at CR, LF or CRLF and nowhere else: U+2028 and U+0085 inside
data are text. An event that was not ended by a blank line is not an event.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .errors import EventTooLongError

__all__ = ["Decoder", "ServerSentEvent"]

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LINE_END = re.compile(rb"\r\n|\n|\r")
WHOLE = re.compile(rb"(?:event: ?(.*)\n)?data: ?(.*)\n\n")  # of a chunk without CR
CAP = 64 * 1024 * 1024


class ServerSentEvent(NamedTuple):
    """One event off the wire; `id` is the last one the stream named, this event's or an earlier one's."""

    event: str
    data: str
    id: str


class Decoder:
    """Feed it bytes as they come; it gives back the events they complete.

    `retry` is the reconnection time in ms the stream last named, or `None`. `cap` bounds the bytes of one event, the
    line under way included: beyond it `feed` raises `EventTooLongError`.
    """

    def __init__(self, cap: int = CAP) -> None:
        self.retry: int | None = None
        self._cap = cap
        self._start: bytes | None = b""  # the first bytes, until they are known to be a byte order mark or not
        self._tail: list[bytes] = []  # the line under way, in pieces: joining at each chunk would be quadratic
        self._size = 0  # bytes held: tail and data, a line end for each line of data
        self._data_size = 0
        self._counted = 0  # lines of data that _data_size counts
        self._skip_line_feed = False
        self._is_between = False  # nothing is under way: no line, no event, no half of a CRLF
        self._event = ""
        self._data: list[bytes] = []
        self._id = ""

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The events that end in this chunk."""
        # Nearly every chunk is one whole event: one match instead of a walk over its lines, in half the time.
        if self._is_between and b"\r" not in chunk and (whole := WHOLE.fullmatch(chunk)):
            event, data = whole.groups(b"")
            name = event.decode("utf-8", "replace") or "message"
            return [ServerSentEvent(name, data.decode("utf-8", "replace"), self._id)]
        if self._start is not None:
            chunk = self._strip_mark(chunk)
        if self._skip_line_feed and chunk:
            self._skip_line_feed = False
            if chunk[0] == 10:
                chunk = chunk[1:]
        has_return = b"\r" in chunk
        if not has_return and b"\n" not in chunk:
            self._is_between = False
            self._hold(chunk)
            return []
        if self._tail:
            self._tail.append(chunk)
            chunk = b"".join(self._tail)
            self._tail.clear()
        if has_return:
            self._skip_line_feed = chunk[-1] == 13
            lines = LINE_END.split(chunk)
        else:
            lines = chunk.split(b"\n")
        rest = lines.pop()
        events = self._read(lines)
        if events:
            self._data_size = self._counted = 0
        # Only the new lines: counting all of a long event's lines at each chunk would be quadratic.
        fresh = self._data[self._counted :]
        self._data_size += sum(map(len, fresh)) + len(fresh)
        self._counted = len(self._data)
        self._size = self._data_size
        self._is_between = not (rest or self._data or self._event or self._skip_line_feed)
        self._hold(rest)
        return events

    def _read(self, lines: list[bytes]) -> list[ServerSentEvent]:
        events: list[ServerSentEvent] = []
        data = self._data
        for line in lines:
            if not line:
                if data:
                    text = data[0] if len(data) == 1 else b"\n".join(data)
                    events.append(ServerSentEvent(self._event or "message", text.decode("utf-8", "replace"), self._id))
                    data.clear()
                self._event = ""
            elif line.startswith(b"data: "):
                data.append(line[6:])
            else:
                self._field(line)
        return events

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit() and len(value) < 16:
            self.retry = int(value)

    def _hold(self, piece: bytes) -> None:
        if piece:
            self._tail.append(piece)
            self._size += len(piece)
        if self._size > self._cap:
            raise EventTooLongError(f"One event of the stream is longer than {self._cap:,} bytes")

    def _strip_mark(self, chunk: bytes) -> bytes:
        held = (self._start or b"") + chunk
        if len(held) < len(BYTE_ORDER_MARK) and BYTE_ORDER_MARK.startswith(held):
            self._start = held
            return b""
        self._start = None
        return held.removeprefix(BYTE_ORDER_MARK)
