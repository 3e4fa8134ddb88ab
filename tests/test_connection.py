"""Where `connect()` goes and with which key: arguments, environment, sandbox; and where it refuses to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import caicaini_nb.connection
from caicaini_nb import Ledger, connect
from caicaini_nb.config import check_base, is_loopback, shown
from caicaini_nb.errors import ConfigurationError, NotOfferedError, ProviderConflictError
from caicaini_nb.key import Key
from tests.fake_service import KEY, SECRET, FakeService, answer, dial
from tests.wire.replies import CHAT_PLAIN, MESSAGES_PLAIN

SANDBOX_KEY = "cai_api_sbx_" + "0" * 28
HERE = "http://127.0.0.1:9/v1"


class Home:
    """Stands in for a sandbox: what `connect()` asks of one."""

    base_url = "http://127.0.0.1:9/v1"
    cailag_base_url = "http://127.0.0.1:9/cailag/v1"
    api_key = SANDBOX_KEY

    def revive(self) -> None:
        """Nothing to wake."""


@pytest.fixture(autouse=True)
def no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caicaini_nb.connection, "_kernel_sandbox", Home)


def where(**options: Any) -> tuple[str, str, str]:
    with connect(**options) as client:
        return client.base, client.key_prefix, client.origin


def test_order(monkeypatch: pytest.MonkeyPatch) -> None:
    other = "cai_api_other" + "x" * 27
    assert where() == (HERE, "cai_api_sbx_", "sandbox")
    assert where(provider="cailag") == ("http://127.0.0.1:9/cailag/v1", "cai_api_sbx_", "sandbox")
    assert where(key=KEY) == ("https://caicaini.com/v1", KEY[:12], "hosted")
    assert where(key=Key(KEY)) == where(key=f" {KEY}\n") == where(key=KEY)
    assert where(provider="cailag", key="sk-" + "1" * 40) == ("https://cailag.xin/v1", "sk-111", "hosted")
    monkeypatch.setenv("CAICAINI_API_KEY", f"{other}\n")
    assert where() == ("https://caicaini.com/v1", other[:12], "hosted")
    assert where(provider="cailag")[2] == "sandbox"
    monkeypatch.setenv("CAICAINI_BASE", "https://proxy.example/v1/")
    assert where() == ("https://proxy.example/v1", other[:12], "hosted")
    assert where(key=KEY) == ("https://proxy.example/v1", KEY[:12], "hosted")
    assert where(key=KEY, base="https://third.example/v1")[0] == "https://third.example/v1"
    assert where(sandbox=Home()) == (HERE, "cai_api_sbx_", "sandbox")
    monkeypatch.setenv("CAILAG_API_KEY", "sk-" + "2" * 40)
    monkeypatch.setenv("CAILAG_BASE", "https://lag.example/v1")
    assert where(provider="cailag") == ("https://lag.example/v1", "sk-222", "hosted")


@pytest.mark.parametrize("value", ["", "  ", "\n"])
def test_an_empty_environment_is_none(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CAICAINI_API_KEY", value)
    monkeypatch.setenv("CAICAINI_BASE", value)
    assert where()[2] == "sandbox"
    assert where(key=value)[2] == "sandbox"


def test_a_base_without_a_key() -> None:
    with pytest.raises(ConfigurationError, match="no key"):
        connect(base="https://u:hidden@proxy.example/v1?token=hidden")
    with pytest.raises(ConfigurationError) as caught:
        connect(base="https://u:hidden@proxy.example/v1?token=hidden")
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("base", ["https://caicaini.com/v1", "https://127.0.0.1.example/v1", "https://10.0.0.1/v1"])
def test_a_sandbox_key_stays_on_this_machine(base: str) -> None:
    for key in (SANDBOX_KEY, "cai_api_sbx_short"):
        with pytest.raises(ConfigurationError, match="only works on this machine"):
            connect(base=base, key=key)
    with pytest.raises(ConfigurationError, match="only works on this machine"):
        connect(key=SANDBOX_KEY)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.0.0.2", "LOCALHOST"])
def test_a_real_key_does_not_go_to_the_sandbox(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    import caicaini_nb.sandbox.process

    monkeypatch.setattr(caicaini_nb.sandbox.process, "known_bases", lambda: ["http://127.0.0.1:4567/v1"])
    with pytest.raises(ConfigurationError, match="is the sandbox") as caught:
        connect(base=f"http://{host}:4567/v1", key=KEY)
    assert SECRET[4:] not in str(caught.value)
    assert where(base=f"http://{host}:4568/v1", key=KEY)[2] == "hosted"  # a local proxy
    assert where(base=f"http://{host}:4567/v1", key=SANDBOX_KEY)[2] == "sandbox"


@pytest.mark.parametrize(
    "base",
    [
        "http://caicaini.com/v1", "http://10.0.0.1/v1", "http://0.0.0.0/v1", "http://127.0.0.1.example/v1",
        "http://127.1/v1", "http://2130706433/v1", "http://localhost.example/v1", "http://[2001:db8::1]/v1",
    ],
)  # fmt: skip
def test_plain_http_stays_on_this_machine(base: str) -> None:
    with pytest.raises(ConfigurationError, match="plain http"):
        connect(base=base, key=KEY)


@pytest.mark.parametrize(
    "base",
    [
        "caicaini.com/v1", "ftp://caicaini.com/v1", "https://", "https:///v1", "file:///etc", "//x/v1", "x",
        "https://u@caicaini.com/v1", "https://u:p@caicaini.com/v1", "https://caicaini.com/v1?x=1",
        "https://caicaini.com/v1#x", "https://caicaini.com:port/v1", "https://caicaini.com:99999/v1",
        "https://[::1/v1", "https://cai\ncaini.com/v1", "https://caicaini.com/v1\r\nX: y", "https://cai caini.com/v1",
        "https://caicaini.com\\@evil.example/v1", "http://127.0.0.1:0/v1", "https://caicaini.com/\x00v1",
    ],
)  # fmt: skip
def test_no_base(base: str) -> None:
    with pytest.raises(ConfigurationError):
        connect(base=base, key=KEY)


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:8000", "http://localhost/", "http://[::1]:1/v1", "http://127.9.9.9/v1"]
)
def test_loopback_bases(base: str) -> None:
    assert is_loopback(base)
    assert check_base(f" {base}/ ") == base.rstrip("/")
    assert shown(base) == base


@pytest.mark.parametrize("key", ["a b", f"{KEY}\r\nX-Evil: 1", "ключ", f"{KEY}\x00", f"{KEY[:20]} {KEY[20:]}"])
def test_keys_that_cannot_be_sent(key: str) -> None:
    with pytest.raises(ConfigurationError, match="no key has") as caught:
        connect(key=key)
    assert SECRET[4:10] not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "hint"), [("caicani", "'caicaini'"), ("cailg", "'cailag'"), ("openai", "caicaini, cailag")]
)
def test_unknown_provider(name: str, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=hint):
        connect(name)


@pytest.mark.parametrize("most", [0, 7, -1])
def test_max_attempts_has_bounds(most: int) -> None:
    with pytest.raises(ConfigurationError, match="1 to 6"):
        connect(key=KEY, max_attempts=most)


def test_model_and_provider(service: FakeService) -> None:
    service.play(answer(MESSAGES_PLAIN))
    with dial(service) as client, pytest.raises(ProviderConflictError, match="model of cailag"):
        client.send("hi", model="deepseek-chat")
    with dial(service, "cailag") as client, pytest.raises(ProviderConflictError, match="model of caicaini"):
        client.stream("hi", model="caicaini/opus")
    assert service.received == []
    service.play(answer(CHAT_PLAIN))
    with dial(service, "cailag") as client:
        client.send("hi")
        client.send("hi", model="a-model-nobody-documented")
    assert [request.json["model"] for request in service.received] == ["deepseek-chat", "a-model-nobody-documented"]
    assert {request.path for request in service.received} == {"/v1/chat/completions"}


def test_what_cailag_does_not_have(service: FakeService) -> None:
    with dial(service, "cailag") as client:
        for ask in (client.account, client.usage, lambda: client.count_tokens("hi")):
            with pytest.raises(NotOfferedError, match="cailag has no"):
                ask()
        with pytest.raises(NotOfferedError, match="no messages surface"):
            client.send("hi", surface="messages")
    with dial(service) as client, pytest.raises(ConfigurationError, match="no surface 'telegram'"):
        client.send("hi", surface="telegram")
    assert service.received == []


def test_a_ledger_of_your_own_is_used_also_while_empty(service: FakeService, tmp_path: Path) -> None:
    service.play(answer(MESSAGES_PLAIN))
    mine = Ledger(tmp_path / "mine.db")
    with dial(service, ledger=mine) as client:
        assert client.ledger is mine
        client.send("hi")
    assert len(mine) == 1


def test_what_the_service_tells_of_itself(service: FakeService) -> None:
    with dial(service) as client:
        service.play(answer({"data": [{"id": "caicaini/opus", "supports_vision": True, "extra": 1}, 7, {}]}))
        models = client.models()
        assert [model.id for model in models] == ["caicaini/opus", "", ""]
        assert models[0].supports_vision is True
        assert models[0].supports_tools is None
        assert models[0].raw["extra"] == 1
        service.play(answer({"tier": "free", "api_credits": 0}))
        account = client.account()
        assert (account.tier, account.credits, account.credits_consumed_this_month) == ("free", 0, None)
        service.play(answer({"data": [{"date": "2026-11-21", "requests": 3, "credits_consumed": None}]}))
        (day,) = client.usage(start="2026-11-01")
        assert (day.requests, day.credits) == (3, None)
        assert service.received[-1].path == "/v1/usage?start=2026-11-01"
        service.play(answer({"input_tokens": 4}))
        assert client.count_tokens("hi", system="s") == 4
        assert "max_tokens" not in service.received[-1].json
        with pytest.raises(ConfigurationError, match="ISO date"):
            client.usage(end="tomorrow&x=1")
    assert [row.surface for row in client.ledger] == ["models", "account", "usage", "count_tokens"]
    assert client.ledger.totals().calls == 0  # no model was called
