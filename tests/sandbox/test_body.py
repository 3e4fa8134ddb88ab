"""Bodies that are too large, too deep, or not JSON at all: refused by name, never with a crash."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from caicaini_nb.sandbox import Sandbox
from tests.sandbox.calls import messages_body

BAD = [
    b"", b"  ", b"{", b"null", b"[]", b'"text"', b"7", b"{'model': 1}", b"\xff\xfe", b'{"model": "\xff"}',
    b'{"temperature": NaN}', b'{"temperature": Infinity}', b'{"temperature": -Infinity}',
    b'{"max_tokens": ' + b"9" * 5_000 + b"}", b'{"model": "\\ud800"}',
    b'{"a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", b'{"a":' * 150 + b"1" + b"}" * 150,
    b'{"model": "x"} trailing',
]  # fmt: skip


@pytest.mark.parametrize("raw", BAD, ids=range(len(BAD)))
@pytest.mark.parametrize("path", ["/messages", "/chat/completions"])
def test_what_is_no_json_object_is_refused(api: httpx.Client, path: str, raw: bytes) -> None:
    answer = api.post(path, content=raw, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("body:")


def test_the_content_type_does_not_matter(api: httpx.Client) -> None:
    raw = httpx.Request("POST", "http://x", json=messages_body()).read()
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert api.post("/messages", content=raw, headers={"Content-Type": kind}).status_code == 200


def test_surrogate_pairs_are_text(api: httpx.Client) -> None:
    raw = b'{"model": "caicaini/haiku", "max_tokens": 9, "messages": [{"role": "user", "content": "\\ud83d\\ude00"}]}'
    assert api.post("/messages", content=raw).status_code == 200


def test_over_16_mb_is_413_and_the_connection_goes_on(box: Sandbox, api: httpx.Client) -> None:
    answer = api.post("/messages", content=b" " * (16 * 2**20 + 1))
    assert answer.status_code == 413
    assert answer.json()["error"]["type"] == "request_too_large"
    assert "x-ratelimit-tier" in answer.headers
    assert api.get("/models").status_code == 200


def test_over_16_mb_in_chunks_is_413_and_not_kept(box: Sandbox, api: httpx.Client) -> None:
    assert box._runtime is not None
    status = Path(f"/proc/{box._runtime.pid}/status")

    def peak() -> int:
        return int(status.read_text().split("VmHWM:")[1].split()[0])

    def chunks() -> Iterator[bytes]:
        for _ in range(96):
            yield b" " * 2**20

    api.get("/models")
    before = peak()
    assert api.post("/messages", content=chunks()).status_code == 413
    assert peak() - before < 40 * 1024


def test_exactly_16_mb_is_read(api: httpx.Client) -> None:
    answer = api.post("/messages", content=b"{}" + b" " * (16 * 2**20 - 2))
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("model")


def test_a_large_body_does_not_hold_up_others(box: Sandbox, api: httpx.Client) -> None:
    """Others are answered while a long prompt is counted and answered in a thread."""
    box.set_tier("enterprise", requests=100_000, input_tokens=10**9, streams=5)
    body = messages_body(model="caicaini/sonnet", messages=[{"role": "user", "content": "word " * 150_000}])
    waits = []
    with ThreadPoolExecutor(1) as pool:
        long = pool.submit(api.post, "/messages", json=body)
        while not long.done():
            started = time.perf_counter()
            assert api.get("/models").status_code == 200
            waits.append(time.perf_counter() - started)
        assert long.result().status_code == 200
    assert max(waits) < 1
