"""What goes on the wire, beside httpx's own idea of it, and a base with TLS."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from caicaini_nb import Client
from caicaini_nb.config import PROVIDERS, Config
from caicaini_nb.errors import ConfigurationError, ConnectionFailedError
from caicaini_nb.key import Key
from caicaini_nb.transport import Timeouts, Transport
from tests.fake_service import KEY

ADDRESSES = (
    "http://127.0.0.1:8000/v1/messages",
    "http://[::1]:8000/v1/messages",
    "http://localhost/v1/usage?start_date=2026-01-01&end_date=2026-01-31",
    "https://caicaini.com/v1/messages",
    "https://caicaini.com:443/v1/messages",
    "https://caicaini.com:8443/v1/messages",
    "https://CAICAINI.com/v1/messages",
    "https://bücher.example/v1/messages",
    "https://菜菜你.example/v1/messages",
    "https://caicaini.com/über uns/v1/messages",
    "https://caicaini.com/a%20b/~c/v1/messages",
)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("body", [None, b"{}", "é".encode()])
def test_a_request_is_addressed_as_httpx_does_it(address: str, body: bytes | None) -> None:
    base, _, path = address.rpartition("/")
    made = Transport(Config(PROVIDERS["caicaini"], base, Key(KEY), "hosted"), Timeouts())._request(
        "POST", f"/{path}", body, stream=False
    )
    expected = httpx.Request("POST", address, content=body)
    url, told = expected.url, dict(made.headers)
    assert (made.url.scheme, made.url.host, made.url.port) == (url.raw_scheme, url.raw_host, url.port)
    assert made.url.target == url.raw_path
    assert told[b"Host"] == expected.headers["host"].encode()
    assert told.get(b"Content-Length") == (None if body is None else expected.headers["content-length"].encode())


def test_no_host_of_that_name() -> None:
    config = Config(PROVIDERS["caicaini"], "https://菜\u200d.example/v1", Key(KEY), "hosted")
    with Client(config) as client, pytest.raises(ConfigurationError, match="No host can be called"):
        client.account()


class Account(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b'{"tier": "free", "api_credits": 7}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """It is no news."""


@pytest.fixture
def certified(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The base of a service with TLS, and the certificate that makes it trusted."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    made = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([openssl, "req", "-x509", *made, *names], check=True, capture_output=True)
    server = HTTPServer(("127.0.0.1", 0), Account)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_port}/v1", certificate
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_a_trusted_service_answers_and_another_is_refused(
    certified: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    base, certificate = certified
    config = Config(PROVIDERS["caicaini"], base, Key(KEY), "hosted")
    with Client(config, max_attempts=1) as client, pytest.raises(ConnectionFailedError, match="certificate") as failed:
        client.account()
    assert KEY not in repr(failed.value)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Client(config, max_attempts=1) as client:
        assert client.account().credits == 7
