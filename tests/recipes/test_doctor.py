"""The doctor against the sandbox, against what is not there, and against what is no API: one sentence and its trap."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from caicaini_nb import Ledger
from caicaini_nb.errors import ConfigurationError
from caicaini_nb.recipes import doctor, reach
from caicaini_nb.recipes.doctor import STEPS, Finding, examine
from caicaini_nb.sandbox import Sandbox
from tests.recipes.conftest import KEY


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "doctor.db")
    yield opened
    opened.close()


@pytest.fixture
def keyed(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """The session's sandbox with a key of the test's own in the environment."""
    sandbox.set_tier("enterprise", requests=100_000, input_tokens=10**9, streams=20)
    for variable in ("CAICAINI_API_KEY", "CAILAG_API_KEY"):
        monkeypatch.setenv(variable, sandbox.api_key)
    yield sandbox
    sandbox.set_tier("pay_as_you_go")


def last(findings: Iterator[Finding]) -> Finding:
    """The one that is wrong; all before it are fine."""
    *before, wrong = findings
    assert all(finding.ok for finding in before)
    assert not wrong.ok
    assert "\n" not in wrong.text
    return wrong


@pytest.mark.parametrize("provider", ["caicaini", "cailag"])
def test_all_is_well(keyed: Sandbox, ledger: Ledger, provider: str) -> None:
    base = keyed.base_url if provider == "caicaini" else keyed.cailag_base_url
    findings = list(examine(provider, base, ledger=ledger))
    assert [finding.step for finding in findings if finding.ok] == list(STEPS)
    shown = " ".join(finding.text for finding in findings)
    assert keyed.api_key not in shown
    assert "get_weather" in shown


def test_a_base_with_or_without_v1(keyed: Sandbox, ledger: Ledger) -> None:
    host = keyed.base_url.removesuffix("/v1")
    without = last(examine("caicaini", host, ledger=ledger))
    assert (without.step, without.trap) == ("auth", "base with or without /v1")
    assert without.text == f"The base has no /v1. Use {keyed.base_url}."
    twice = last(examine("caicaini", f"{keyed.base_url}/v1", ledger=ledger))
    assert twice.text == f"The base has a /v1 too much. Use {keyed.base_url}."


def test_an_unknown_model(keyed: Sandbox, ledger: Ledger) -> None:
    wrong = last(examine("caicaini", keyed.base_url, "caicaini/sonet", ledger=ledger))
    assert (wrong.step, wrong.text) == (
        "models", "caicaini/sonet is not among its 5 models. Try caicaini/sonnet.",
    )  # fmt: skip
    other = last(examine("caicaini", keyed.base_url, "deepseek-chat", ledger=ledger))
    assert (other.step, other.trap) == ("model", "unknown model")
    assert "Say --provider cailag" in other.text


STATUSES = {
    "401": ("auth", "key, or x-api-key instead of Bearer"),
    "402": ("plain", "no credits left"),
    "429": ("auth", "more requests than the tier allows"),
}


@pytest.mark.parametrize("status", ["401", "429"])
def test_what_the_service_refuses(keyed: Sandbox, ledger: Ledger, status: str) -> None:
    step, trap = STATUSES[status]
    found = []
    for finding in examine("caicaini", keyed.base_url, ledger=ledger):
        found.append(finding)
        if finding.step == "API":
            fault = keyed.faults(status, times=None)
    fault.clear()
    assert (found[-1].step, found[-1].ok, found[-1].trap) == (step, False, trap)


def test_a_wrong_key(keyed: Sandbox, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAICAINI_API_KEY", KEY)
    wrong = last(examine("caicaini", keyed.base_url, ledger=ledger))
    assert (wrong.step, wrong.trap) == ("auth", "key, or x-api-key instead of Bearer")
    assert KEY not in wrong.text


@pytest.mark.parametrize(
    ("provider", "variable", "key", "base"),
    [
        ("cailag", "CAILAG_API_KEY", "cai_api_" + "x" * 32, None),
        ("caicaini", "CAICAINI_API_KEY", "sk-" + "x" * 32, None),
        ("caicaini", "CAICAINI_API_KEY", "cai_api_" + "x" * 32, "https://cailag.xin/v1"),
    ],
)
def test_the_wrong_provider_s_key(
    monkeypatch: pytest.MonkeyPatch, ledger: Ledger, provider: str, variable: str, key: str, base: str | None
) -> None:
    monkeypatch.setenv(variable, key)
    wrong = last(examine(provider, base, ledger=ledger))
    assert (wrong.step, wrong.trap) == ("key", "wrong provider's key for a base")
    assert key not in wrong.text
    assert provider in wrong.text


def test_nobody_listens(keyed: Sandbox, ledger: Ledger) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        wrong = last(examine("caicaini", f"http://127.0.0.1:{held.getsockname()[1]}/v1", ledger=ledger))
    assert wrong.step == "connection"
    assert "Nobody answers at 127.0.0.1" in wrong.text


def test_a_name_nobody_knows(monkeypatch: pytest.MonkeyPatch, ledger: Ledger) -> None:
    def unknown(*arguments: object, **options: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr("caicaini_nb.recipes.reach.socket.getaddrinfo", unknown)
    monkeypatch.setenv("CAICAINI_API_KEY", "cai_api_" + "x" * 32)
    wrong = last(examine("caicaini", "https://caicaini.example/v1", ledger=ledger))
    assert (wrong.step, wrong.text) == (
        "DNS",
        "The name caicaini.example is not known to your network. Check the base for a typing mistake, and your DNS.",
    )


class Page(http.server.BaseHTTPRequestHandler):
    """A web server that is no API."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<html>Welcome</html>")

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Tests print nothing."""


@pytest.fixture
def web_page() -> Iterator[str]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_base_that_is_a_web_page(keyed: Sandbox, web_page: str, ledger: Ledger) -> None:
    wrong = last(examine("caicaini", web_page, ledger=ledger))
    assert (wrong.step, wrong.trap) == ("API", "base with or without /v1")
    assert "answers with a web page, not as an API" in wrong.text


def test_a_port_that_does_not_speak_http(keyed: Sandbox, ledger: Ledger) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=greet, args=(server,))
        thread.start()
        wrong = last(examine("caicaini", f"http://127.0.0.1:{server.getsockname()[1]}/v1", ledger=ledger))
        thread.join()
    assert "does not speak HTTP" in wrong.text


def greet(server: socket.socket) -> None:
    """Two callers: the one that looks whether anybody listens, and the one that asks."""
    for _ in range(2):
        with server.accept()[0] as caller:
            caller.sendall(b"220 smtp\r\n")


def test_a_certificate_that_is_not_trusted_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Untrusting:
        def wrap_socket(self, plain: socket.socket, server_hostname: str) -> None:
            error = reach.ssl.SSLCertVerificationError()  # type: ignore[attr-defined]
            error.verify_message = "self-signed certificate"
            raise error

    monkeypatch.setattr("caicaini_nb.recipes.reach.ssl.create_default_context", Untrusting)
    with socket.create_server(("127.0.0.1", 0)) as server:
        with pytest.raises(Exception, match="is not trusted here: self-signed certificate"):
            reach.check_tls(f"https://127.0.0.1:{server.getsockname()[1]}/v1")


def test_a_stream_that_is_held_back_is_told(keyed: Sandbox, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "SLOW_MS", 0)
    monkeypatch.setattr(doctor, "LATE", 0.0)
    wrong = last(examine("caicaini", keyed.base_url, ledger=ledger))
    assert (wrong.step, wrong.trap) == ("stream", "a proxy buffers the stream")
    assert "came all at once" in wrong.text


def test_an_unknown_provider() -> None:
    with pytest.raises(ConfigurationError, match="no provider 'openai'"):
        list(examine("openai"))
