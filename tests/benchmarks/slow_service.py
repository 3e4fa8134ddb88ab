"""A service that answers every call after 50 ms, as many at once as are asked; a process of its own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # this file is run as a script

from tests.benchmarks.service import LENGTH, plain, whole

__all__ = ["SECONDS", "started"]

SECONDS = 0.05
TIER = {"tier": "enterprise", "api_credits": 10**9, "credits_consumed_this_month": 0}


class Slow(asyncio.Protocol):
    """One connection, kept alive."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        found = LENGTH.search(head)
        if not end or len(body) < (int(found[1]) if found else 0):
            return
        self._received = b""
        method, path, _ = head.split(b" ", 2)
        if method == b"GET":
            self._transport.write(whole(TIER))
        elif path.endswith(b"count_tokens"):
            self._transport.write(whole({"input_tokens": 9}))
        else:
            asyncio.get_running_loop().call_later(SECONDS, self._answer, plain(path))

    def _answer(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


async def serve() -> None:
    """Serve until standard input ends; the first line of standard output is the base."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Slow, "127.0.0.1", 0, backlog=1000)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


@contextmanager
def started() -> Iterator[str]:
    """Run the service; gives its base."""
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
