"""Whatever is sent gets an answer of the contract: never a 500, never a hang, never a dead server."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caicaini_nb.sandbox import Sandbox
from tests.sandbox.calls import messages_body

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
WORDS = st.sampled_from(
    [*("type", "text", "role", "content", "user", "assistant", "tool", "tool_use", "tool_result", "image", "source"),
     *("id", "name", "input", "function", "arguments", "tool_calls", "tool_call_id", "image_url", "url", "base64"),
     *("any", "thinking", "budget_tokens", "enabled", "json_schema", "schema", "object", "properties", "tool_use_id")]
)  # fmt: skip
VALUES = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [*("model", "max_tokens", "messages", "system", "temperature", "top_p", "stop_sequences", "stop", "stream"),
     *("tools", "tool_choice", "thinking", "metadata", "user", "response_format", "stream_options"),
     *("n", "max_completion_tokens")]
)  # fmt: skip
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def post(box: Sandbox, api: httpx.Client) -> Callable[[str, dict[str, Any]], int]:
    """Post a body without ever meeting a limit; returns the status."""
    box.set_tier("enterprise", requests=10**9, input_tokens=10**9, streams=5)
    box.top_up(10_000)
    return lambda path, body: api.post(path, json=body).status_code


@RELAXED
@given(st.sampled_from(["/messages", "/chat/completions", "/messages/count_tokens"]),
       st.dictionaries(FIELDS, VALUES, max_size=4))  # fmt: skip
def test_any_fields_are_served_or_refused(
    post: Callable[[str, dict[str, Any]], int], path: str, changes: dict[str, Any]
) -> None:
    assert post(path, messages_body(max_tokens=5) | changes) in (200, 400)


@RELAXED
@given(st.sampled_from(["/messages", "/chat/completions"]), st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "tool", "system"]), "content": VALUES}),
    min_size=1, max_size=3))  # fmt: skip
def test_any_messages_are_served_or_refused(
    post: Callable[[str, dict[str, Any]], int], path: str, messages: list[dict[str, Any]]
) -> None:
    assert post(path, messages_body(max_tokens=5, messages=messages)) in (200, 400)


MALFORMED = [
    b"\r\n\r\n", b"GET\r\n\r\n", b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
    b"GET /v1/models HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"GET /v1/models HTTP/1.0\r\n\r\n",
    b"POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
    b"POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    b"POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
    b"GET /%ff%fe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"GET /v1/../../etc HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /v1/models HTTP/1.1\r\nX: " + b"a" * 200_000 + b"\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
]  # fmt: skip


@pytest.mark.parametrize("raw", MALFORMED, ids=range(len(MALFORMED)))
def test_malformed_http_is_refused_and_the_server_goes_on(box: Sandbox, api: httpx.Client, raw: bytes) -> None:
    port = httpx.URL(box.base_url).port
    with socket.create_connection(("127.0.0.1", port or 0), timeout=5) as connection:
        answer = b""
        with suppress(OSError):  # a server that has heard enough hangs up, at any of these moments
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(65_536)
    assert answer == b"" or answer.split()[1] in (b"400", b"401", b"403", b"404", b"431")
    assert api.get("/models").status_code == 200
