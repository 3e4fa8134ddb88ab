"""A loopback server that nobody may ask: it counts who does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Canary", "canary"]


@dataclass
class Canary:
    """Its `url` ends in a slash; `hits` are the paths that were asked for."""

    url: str = ""
    hits: list[str] = field(default_factory=list)


@contextmanager
def canary() -> Iterator[Canary]:
    counted = Canary()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            counted.hits.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_HEAD = do_GET  # noqa: N815 - the names are the server's

        def log_message(self, *values: Any) -> None:
            """Keep the test's output quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        counted.url = f"http://127.0.0.1:{server.server_address[1]}/"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield counted
        server.shutdown()
        thread.join()
