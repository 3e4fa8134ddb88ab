"""Proxies: taken from the usual variables, never for this machine, and really asked."""

from __future__ import annotations

import pytest

from caicaini_nb import Client
from caicaini_nb.config import PROVIDERS, Config, proxy_for
from caicaini_nb.errors import ConnectionFailedError
from caicaini_nb.key import Key
from tests.fake_service import KEY, FakeService, answer

HOSTED = "https://caicaini.com/v1"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_none_is_named() -> None:
    assert proxy_for(HOSTED) is None


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("HTTPS_PROXY", "http://proxy.example:3128", "http://proxy.example:3128"),
        ("https_proxy", "proxy.example:3128", "http://proxy.example:3128"),
        ("ALL_PROXY", "http://proxy.example:3128", "http://proxy.example:3128"),
        ("HTTP_PROXY", "http://proxy.example:3128", None),
    ],
)
def test_the_usual_variables(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: str | None) -> None:
    monkeypatch.setenv(variable, value)
    assert proxy_for(HOSTED) == expected


def test_hosts_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "caicaini.com")
    assert proxy_for(HOSTED) is None
    assert proxy_for("http://127.0.0.1:8000/v1") is None


def test_the_proxy_is_asked_and_never_sees_the_key(service: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", service.origin)
    service.play(answer(b"no", 403))
    config = Config(PROVIDERS["caicaini"], HOSTED, Key(KEY), "hosted")
    with Client(config, max_attempts=1) as client, pytest.raises(ConnectionFailedError):
        client.account()
    (seen,) = service.received
    assert seen.line.startswith("CONNECT caicaini.com:443 ")
    assert "authorization" not in seen.headers
