"""One question to several models: both providers at once, one that fails alone, stopping all, the ledger right."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

from caicaini_nb import Client, Ledger, connect
from caicaini_nb.comparison.compare import ClientFor, compare
from caicaini_nb.comparison.comparison import Comparison
from caicaini_nb.errors import ConfigurationError, Interrupted, InvalidRequestError, NotOfferedError, RateLimitError
from caicaini_nb.sandbox import Sandbox
from caicaini_nb.spending.budget import Budget
from tests.fake_service import KEY, FakeService, error

MODELS = ["caicaini/auto", "caicaini/haiku", "deepseek-chat"]
SOON = 0.3  # seconds


@pytest.fixture
def account() -> Iterator[Sandbox]:
    """A sandbox of the test's own, which it may slow down and break."""
    with Sandbox(fresh=True) as started:
        yield started


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "compared.db")
    yield opened
    opened.close()


@pytest.fixture
def client_for(account: Sandbox, ledger: Ledger) -> Iterator[ClientFor]:
    clients: dict[str, Client] = {}
    bases = {"caicaini": account.base_url, "cailag": account.cailag_base_url}

    def client(provider: str) -> Client:
        if provider not in clients:
            clients[provider] = connect(provider, base=bases[provider], key=account.api_key, ledger=ledger)
        return clients[provider]

    yield client
    for made in clients.values():
        made.close()


@contextmanager
def interrupted_when(holds: Callable[[], bool]) -> Iterator[None]:
    """Press stop once this holds."""
    over = threading.Event()

    def press() -> None:
        while not holds() and not over.wait(0.02):
            pass
        if not over.is_set():
            os.kill(os.getpid(), signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    try:
        yield
    finally:
        over.set()
        presser.join()


def outcomes(ledger: Ledger) -> list[str | None]:
    return [entry.outcome for entry in ledger]


def test_answers_of_both_providers_stand_side_by_side(client_for: ClientFor, ledger: Ledger) -> None:
    compared = compare("What is 17 * 23?", MODELS, client_for=client_for)
    assert list(compared.replies) == MODELS
    assert all("391" in reply.text for reply in compared.replies.values())
    frame = compared.frame().set_index("model")
    assert list(frame.provider) == ["caicaini", "caicaini", "cailag"]
    assert frame.credits["caicaini/auto"] == compared.replies["caicaini/auto"].usage.credits
    assert frame.cny["deepseek-chat"] > 0
    assert (frame.first_token_ms <= frame.total_ms).all()
    assert frame.error.isna().all()
    assert outcomes(ledger) == ["ok"] * 3


def test_a_shared_client_works_on_and_has_lost_nothing(client_for: ClientFor) -> None:
    before = client_for("caicaini").send("What is 1 + 1?")
    compare("What is 17 * 23?", MODELS, client_for=client_for)
    assert client_for("caicaini").send("What is 1 + 1?").text == before.text


def test_without_clients_it_connects_by_itself(account: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for provider, base in (("CAICAINI", account.base_url), ("CAILAG", account.cailag_base_url)):
        monkeypatch.setenv(f"{provider}_BASE", base)
        monkeypatch.setenv(f"{provider}_API_KEY", account.api_key)
    assert compare("What is 2 + 2?", ["caicaini/haiku", "deepseek-chat"]).complete


def test_one_that_fails_does_not_spoil_the_others(client_for: ClientFor, account: Sandbox, ledger: Ledger) -> None:
    with account.faults("400"):
        compared = compare("What is 17 * 23?", MODELS, client_for=client_for)
    ((failed, problem),) = compared.errors.items()
    assert isinstance(problem, InvalidRequestError)
    assert set(compared.replies) == set(MODELS) - {failed}
    assert f"{failed}" in repr(compared)
    assert "InvalidRequestError: A fault you planned" in repr(compared)
    assert sorted(map(str, outcomes(ledger))) == ["error", "ok", "ok"]


def test_a_stream_that_breaks_keeps_its_text(client_for: ClientFor, account: Sandbox) -> None:
    with account.faults("early_end", after=5):
        compared = compare("Count to 60.", ["caicaini/auto", "deepseek-chat"], client_for=client_for)
    ((broken, problem),) = compared.errors.items()
    assert type(problem).__name__ == "TruncatedStreamError"
    assert compared.replies[broken].text
    assert not compared.complete


def test_what_one_model_cannot_do_is_its_own_failure(client_for: ClientFor, ledger: Ledger) -> None:
    compared = compare("What is 17 * 23?", ["caicaini/sonnet", "caicaini/haiku"], client_for=client_for, thinking=500)
    assert isinstance(compared.errors["caicaini/haiku"], NotOfferedError)
    assert "391" in compared.replies["caicaini/sonnet"].text
    assert len(ledger) == 1


@pytest.mark.parametrize(
    ("models", "options", "message"),
    [
        (["caicaini/auto", "caicaini/sonet"], {}, "Did you mean caicaini/sonnet"),
        (["deepseek-chat", "depseek-chat"], {}, "Did you mean deepseek-chat"),
        (["deepseek-chat", "caicaini/auto", "deepseek-chat"], {}, "deepseek-chat is named twice"),
        ("caicaini/auto", {}, "is a list of model ids"),
        ([], {}, "is a list of model ids"),
        (MODELS, {"model": "caicaini/opus"}, "models, not model"),
        (MODELS, {"max_tokens": 0}, "max_tokens"),
        (["deepseek-chat"], {"surface": "messages"}, "no messages surface"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_any_call(
    client_for: ClientFor, ledger: Ledger, models: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        compare("Hello", models, client_for=client_for, **options)
    assert len(ledger) == 0


def test_updates_come_in_this_thread_and_grow(client_for: ClientFor, account: Sandbox) -> None:
    account.set_pace(0.01)
    seen: list[Comparison] = []
    threads: set[threading.Thread] = set()

    def note(comparison: Comparison) -> None:
        seen.append(comparison)
        threads.add(threading.current_thread())

    compared = compare("Count to 60.", ["caicaini/auto", "deepseek-chat"], client_for=client_for, on_update=note)
    assert threads == {threading.current_thread()}
    total = max(reply.timing.total_ms or 0 for reply in compared.replies.values())
    assert 2 <= len(seen) <= total / 250 + 2
    lengths = [len(comparison.text) for comparison in seen]
    assert lengths == sorted(lengths)
    assert any(0 < length < len(compared.text) for length in lengths)
    assert "…" in seen[0]._repr_markdown_()


def test_an_error_while_showing_stops_the_calls(client_for: ClientFor, account: Sandbox, ledger: Ledger) -> None:
    account.set_pace(0.02)

    def fail(comparison: Comparison) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        compare("Count to 400.", MODELS, client_for=client_for, on_update=fail, max_tokens=3000)
    assert outcomes(ledger) == ["interrupted"] * 3


def test_stopping_ends_all_and_keeps_what_arrived(client_for: ClientFor, account: Sandbox, ledger: Ledger) -> None:
    account.set_pace(0.02)
    shown: list[Comparison] = []

    def all_speak() -> bool:
        return bool(shown) and all(side.text.startswith("1, 2") for side in shown[-1].sides)

    threads = set(threading.enumerate())
    with interrupted_when(all_speak), pytest.raises(Interrupted) as caught:
        compare("Count to 400.", MODELS, client_for=client_for, on_update=shown.append, max_tokens=3000)
    kept = caught.value.reply
    assert isinstance(kept, Comparison)
    assert all(reply.text.startswith("1, 2") and not reply.complete for reply in kept.replies.values())
    assert set(kept.replies) == set(kept.errors) == set(MODELS)
    assert shown[-1] == kept, "what arrived was not shown"
    assert outcomes(ledger) == ["interrupted"] * 3
    assert set(threading.enumerate()) == threads
    account.set_pace(0)
    assert compare("What is 1 + 1?", MODELS, client_for=client_for).complete


@pytest.mark.parametrize("silent", [(30.0,), error(429, "rate_limit_error", headers={"Retry-After": "60"})])
def test_stopping_does_not_wait_for_a_service(service: FakeService, ledger: Ledger, silent: Any) -> None:
    service.play(silent)
    client = connect(base=service.base, key=KEY, ledger=ledger)
    begun = time.monotonic()
    with interrupted_when(lambda: len(service.received) >= 2), pytest.raises(Interrupted) as caught:
        compare("Hello", MODELS[:2], client_for=lambda provider: client)
    client.close()
    assert time.monotonic() - begun < 5
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("compare ")]
    assert {type(problem) for problem in caught.value.reply.errors.values()} == {Interrupted}
    assert set(outcomes(ledger)) <= {"interrupted", "error"}
    time.sleep(SOON)
    assert len(service.received) == 2, "something went out after the stop"


def test_no_more_go_out_at_once_than_a_tier_allows(
    client_for: ClientFor, account: Sandbox, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.set_tier("enterprise", requests=100, input_tokens=100_000, streams=1)
    account.set_pace(0.005)
    monkeypatch.setattr("caicaini_nb.comparison.compare.AT_ONCE", 1)
    models = ["caicaini/auto", "caicaini/haiku", "caicaini/sonnet"]
    assert compare("Count to 20.", models, client_for=client_for).complete
    assert outcomes(ledger) == ["ok"] * 3, "one was turned away first"


def test_under_a_budget_each_first_call_runs_alone(client_for: ClientFor) -> None:
    client_for("caicaini").budget = Budget.read("5000 credits")
    compared = compare("What is 17 * 23?", MODELS, client_for=client_for)
    assert compared.errors == {}
    assert "not bounded by the budget" in repr(compared)


def test_the_signature_lists_the_options_of_a_call() -> None:
    names = list(signature(compare).parameters)
    assert names[:4] == ["prompt", "models", "client_for", "on_update"]
    assert {"max_tokens", "temperature", "schema"} <= set(names)
    assert "model" not in names


def test_a_wait_is_told(service: FakeService, ledger: Ledger) -> None:
    service.play(error(429, "rate_limit_error", headers={"Retry-After": "1"}), error(400))
    client = connect(base=service.base, key=KEY, ledger=ledger)
    shown: list[str] = []
    compared = compare(
        "Hello", ["caicaini/auto"], client_for=lambda provider: client, on_update=lambda now: shown.append(repr(now))
    )
    client.close()
    assert any("rate_limit_error: attempt 2 of" in text for text in shown)
    assert not isinstance(compared.errors["caicaini/auto"], RateLimitError)
