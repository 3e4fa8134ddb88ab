"""Control calls to a sandbox process over loopback HTTP, with the standard library only.

They go to `/sandbox/…` on the sandbox's port and carry the token of its runtime file, never an API key in the
header. The token is sent only to a process that has proved to know it.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import secrets
from typing import Any

from caicaini_nb.sandbox.keys import HiddenKey

__all__ = ["Control", "SandboxEndedError", "proof"]

SECONDS = 10.0


class SandboxEndedError(ConnectionError):
    """The sandbox's process is not running any more."""


def proof(token: str, nonce: str) -> str:
    """Prove knowledge of the token without sending it."""
    return hmac.new(token.encode(), nonce.encode(), hashlib.sha256).hexdigest()


class Control:
    """The control calls of the process that listens on `port`."""

    def __init__(self, port: int, token: HiddenKey) -> None:
        self._port = port
        self._token = token

    def is_ours(self) -> bool:
        """Say whether a sandbox that knows our token answers on the port."""
        nonce = secrets.token_hex(16)
        try:
            status, answer = self._exchange("GET", f"/sandbox/hello?nonce={nonce}", None, {}, 2.0)
        except (OSError, http.client.HTTPException, ValueError):
            return False
        given = answer.get("proof") if status == 200 and isinstance(answer, dict) else None
        return isinstance(given, str) and hmac.compare_digest(given, proof(self._token.reveal(), nonce))

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Make one call; ValueError for a refused value, SandboxEndedError when nothing of ours listens."""
        headers = {"Authorization": f"Bearer {self._token.reveal()}", "Content-Type": "application/json"}
        try:
            status, answer = self._exchange(method, f"/sandbox/{path}", body, headers, SECONDS)
        except (OSError, http.client.HTTPException) as error:
            raise SandboxEndedError(
                f"The sandbox on port {self._port} does not answer: call revive() to start it again."
            ) from error
        if status >= 400:
            raise ValueError(str(answer["error"]["message"]))
        return answer

    def _exchange(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str], seconds: float
    ) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=seconds)
        try:
            content = None if body is None else json.dumps(body).encode()
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()
