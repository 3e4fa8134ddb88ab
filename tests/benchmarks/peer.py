"""The peer: httpx used by hand, as a reader would who has no client. It keeps no ledger and makes no types."""

from __future__ import annotations

import json
from typing import Any

import httpx

__all__ = ["Peer"]


class Peer:
    """Posts to the messages surface and reads what comes as dicts."""

    def __init__(self, base: str, key: str) -> None:
        self._http = httpx.Client(headers={"Authorization": f"Bearer {key}"}, timeout=120)
        self._url = f"{base}/messages"

    def send(self, prompt: str) -> Any:
        """A plain call's answer."""
        return self._http.post(self._url, json=self._body(prompt)).json()

    def stream(self, prompt: str) -> int:
        """Read a stream to its end with `iter_lines` and `json`; how many events it had."""
        events = 0
        with self._http.stream("POST", self._url, json=self._body(prompt) | {"stream": True}) as response:
            for line in response.iter_lines():
                if line.startswith("data: "):
                    json.loads(line[6:])
                    events += 1
        return events

    def first_event(self, prompt: str, clock: Any) -> float:
        """When the first event of a stream was there, by `clock`; the rest is read too."""
        first = 0.0
        with self._http.stream("POST", self._url, json=self._body(prompt) | {"stream": True}) as response:
            for line in response.iter_lines():
                if line.startswith("data: "):
                    json.loads(line[6:])
                    first = first or clock()
        return first

    def close(self) -> None:
        self._http.close()

    def _body(self, prompt: str) -> dict[str, Any]:
        return {"model": "caicaini/auto", "max_tokens": 1024, "messages": [{"role": "user", "content": prompt}]}
