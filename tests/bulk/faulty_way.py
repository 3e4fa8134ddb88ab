"""A way to a service on which things go wrong at random: answers that never were, and answers that get lost.

It passes HTTP/1.1 requests on one by one, and knows of each what became of it.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import threading
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit

__all__ = ["FaultyWay"]

LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
REFUSALS = {429: "rate_limit_error", 500: "api_error", 502: "api_error", 503: "api_error", 529: "overloaded_error"}


class FaultyWay:
    """Listens on 127.0.0.1; `share` of the requests meet a fault, half of them before the service has seen them."""

    def __init__(self, base: str, share: float, seed: int, delay: float = 0.02) -> None:
        parts = urlsplit(base)
        self._target = ("127.0.0.1", parts.port or 80)
        self._share = share
        self._chance = random.Random(seed)
        self._delay = delay
        self.lost = 0
        self.refused = 0
        self.at_once = 0
        self.most_at_once = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        self._ready.wait(10)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    def __enter__(self) -> FaultyWay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0.05)  # transports close in the loop's next rounds

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        there = await asyncio.open_connection(*self._target)
        try:
            while (request := await _message(reader)) is not None:
                if not await self._pass_on(request, there, writer):
                    break
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # one of the two has left, or it is over
        finally:
            for end in (writer, there[1]):
                end.transport.abort()
            for end in (writer, there[1]):
                with suppress(OSError, asyncio.CancelledError):
                    await end.wait_closed()

    async def _pass_on(
        self, request: bytes, there: tuple[asyncio.StreamReader, asyncio.StreamWriter], writer: asyncio.StreamWriter
    ) -> bool:
        """Whether the connection goes on."""
        is_model_call = b"POST /v1/messages HTTP" in request.split(b"\r\n", 1)[0]
        goes_wrong = is_model_call and self._chance.random() < self._share
        if goes_wrong and self._chance.random() < 0.5:
            self.refused += 1
            writer.write(_refusal(self._chance.choice(list(REFUSALS))))
            await writer.drain()
            return True
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        there[1].write(request.replace(b"Host: 127.0.0.1:%d" % self._port, b"Host: 127.0.0.1:%d" % self._target[1]))
        answer = await _message(there[0])
        await asyncio.sleep(self._delay * self._chance.random())
        self.at_once -= 1
        if answer is None or goes_wrong:
            self.lost += 1
            writer.transport.abort()
            return False
        writer.write(answer)
        await writer.drain()
        return True


async def _message(reader: asyncio.StreamReader) -> bytes | None:
    """A request or an answer with its body, `None` at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    found = LENGTH.search(head)
    return head + (await reader.readexactly(int(found[1])) if found else b"")


def _refusal(status: int) -> bytes:
    body = json.dumps({"type": "error", "error": {"type": REFUSALS[status], "message": "not now"}}).encode()
    wait = b"retry-after: 0\r\n" if status == 429 else b""
    head = b"HTTP/1.1 %d No\r\ncontent-type: application/json\r\n%bcontent-length: %d\r\n\r\n"
    return head % (status, wait, len(body)) + body
