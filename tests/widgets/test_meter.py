"""The usage meter: what it shows, what moves it, and what it never does to a call."""

from __future__ import annotations

from typing import Any

import pytest

from caicaini_nb import Budget, BudgetExceededError, Client, RateLimitError, connect
from caicaini_nb.sandbox import Sandbox
from caicaini_nb.widgets import UsageMeter
from tests.fake_service import FakeService, answer, dial, error
from tests.widgets.front import Front, Timers, plain_text, tags


@pytest.fixture(autouse=True)
def timers(monkeypatch: pytest.MonkeyPatch) -> Timers:
    return Timers.of_repainting(monkeypatch)


def shown(meter: UsageMeter) -> str:
    return plain_text(meter._page.value)


def test_a_call_moves_it(client: Client) -> None:
    meter = UsageMeter(client, notebook="note.ipynb")
    before = meter.figures()
    assert before["this kernel"] == "0 credits in 0 calls"
    assert before["last call"] == "none since the meter was made"
    assert meter.widget is not None
    reply = client.send("What is 17 * 23?")
    spent = reply.usage.credits
    after = meter.figures()
    assert after["this kernel"] == f"{spent} credits in 1 call"
    assert (
        int(before["balance"].split()[0].replace(",", "")) - int(after["balance"].split()[0].replace(",", "")) == spent
    )
    assert after["last call"].startswith(f"{spent} credits · {reply.model} · ")
    assert after["requests left"].endswith(" of 60")
    assert f"{spent} credits" in shown(meter)


def test_the_balance_is_the_services_own_once_it_is_asked(client: Client) -> None:
    meter = UsageMeter(client)
    for _ in range(3):
        client.send("What is 17 * 23?")
    counted = meter.figures()["balance"]
    meter.refresh()
    assert meter.figures()["balance"] == counted == f"{client.account().credits:,} credits"


def test_every_client_of_the_kernel_moves_it(client: Client) -> None:
    meter = UsageMeter(client)
    with connect(base=client.base, key=client._transport.config.key) as other:
        assert other.ledger is not client.ledger
        other.send("What is 1 + 1?")
    assert meter.figures()["this kernel"].endswith("in 1 call")


def test_it_begins_with_what_this_kernel_and_notebook_have_spent(client: Client) -> None:
    client.send("What is 1 + 1?")
    row = client.ledger.entries(limit=1)[0]
    old = client.ledger.begin(
        provider="caicaini", origin="sandbox", surface="chat", operation="b", notebook="a.ipynb", model="caicaini/kimi"
    )
    client.ledger.finish(old, "ok", credits=5)
    figures = UsageMeter(client, notebook="a.ipynb").figures()
    assert figures["this kernel"] == f"{(row.credits or 0) + 5} credits in 2 calls"
    assert figures["this notebook"] == "5 credits in 1 call"


def test_a_call_of_unknown_cost_says_so(client: Client) -> None:
    meter = UsageMeter(client)
    stream = client.stream("Count from 1 to 50.")
    next(stream)
    stream.close()
    figures = meter.figures()
    assert figures["balance"].startswith("at most ")
    assert figures["this kernel"] == "at least 0 credits in 1 call, 1 of unknown cost"
    assert "cost unknown" in figures["last call"]
    assert "interrupted" in figures["last call"]


def test_amber_and_red_against_the_budget() -> None:
    with Sandbox(fresh=True, engine="rules") as sandbox, connect(sandbox=sandbox) as client:
        spent = client.send("What is 17 * 23?", model="caicaini/haiku", max_tokens=8).usage.credits or 0
        client.budget = Budget(credits=spent * 5)
        meter = UsageMeter(client)
        stages = []
        assert meter.widget is not None
        for _ in range(5):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(client.budget, "_worst", lambda *bound: 0)
                client.send("What is 17 * 23?", model="caicaini/haiku", max_tokens=8)
            meter._changed.now()
            coloured = [attributes.get("class") for tag, attributes in tags(meter._page.value) if tag == "div"]
            stages.append(next((name for name in ("amber", "red") if f"tile {name}" in coloured), "green"))
        assert stages == ["green", "green", "green", "amber", "red"]
        assert "Red: nothing of the budget is left" in shown(meter)
        assert "100%" in meter.figures()["budget"]


def test_no_credits_left_is_red_without_a_budget(service: FakeService) -> None:
    service.play(answer({"tier": "free", "api_credits": 0, "credits_consumed_this_month": 9}))
    with dial(service) as client:
        meter = UsageMeter(client)
        assert meter.figures() | {"balance": "0 credits", "tier": "free"} == meter.figures()
        assert "Red: no credits are left" in repr(meter)


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_a_service_that_does_not_tell_leaves_the_balance_unknown(service: FakeService, status: int) -> None:
    service.play(error(status, message="not now"))
    with dial(service) as client:
        meter = UsageMeter(client)
        assert len(service.received) == 1, "a meter does not wait and ask again"
        assert meter.figures()["balance"] == "unknown"
        assert "Refresh asks again" in repr(meter)
        with pytest.raises(Exception, match="not now"):
            client.send("What is 1 + 1?", on_wait=None) if status == 401 else _once(client)


def _once(client: Client) -> Any:
    client.max_attempts = 1
    return client.send("What is 1 + 1?")


def test_cailag_has_neither_balance_nor_tier(sandbox: Sandbox) -> None:
    with connect("cailag", base=sandbox.cailag_base_url, key=sandbox.mint_key()) as client:
        meter = UsageMeter(client)
        client.send("What is 1 + 1?")
        figures = meter.figures()
    assert "balance" not in figures
    assert figures["this kernel"].startswith("¥0.0000")


def test_the_other_providers_calls_are_not_counted(client: Client, sandbox: Sandbox) -> None:
    meter = UsageMeter(client)
    with connect("cailag", base=sandbox.cailag_base_url, key=sandbox.mint_key()) as other:
        other.send("What is 1 + 1?")
    assert meter.figures()["this kernel"] == "0 credits in 0 calls"


def test_a_closed_meter_is_told_nothing(client: Client) -> None:
    meter = UsageMeter(client)
    meter.close()
    client.send("What is 1 + 1?")
    assert meter.figures()["this kernel"] == "0 credits in 0 calls"


def test_a_view_that_fails_does_not_fail_the_call(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    meter = UsageMeter(client)
    monkeypatch.setattr(meter, "_tiles", lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        _ = meter.widget
    with pytest.warns(UserWarning, match="cannot be shown any more"):
        assert client.send("What is 1 + 1?").text


def test_its_table_has_what_the_live_view_has(client: Client, monkeypatch: pytest.MonkeyPatch, timers: Timers) -> None:
    front = Front.opened(monkeypatch)
    meter = UsageMeter(client)
    meter._ipython_display_()
    client.send("What is 17 * 23?")
    timers.run_all()
    saved = front.outputs[0]["data"]
    for value in meter.figures().values():
        assert value in saved["text/plain"]
        assert value in plain_text(saved["text/html"])


def test_plain_mode_leaves_out_what_differs_from_run_to_run(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAICAINI_PLAIN", "1")
    meter = UsageMeter(client)
    client.send("What is 17 * 23?")
    text = repr(meter)
    assert " ms" not in text
    assert "requests left" not in text
    assert "UTC" not in text


def test_a_limit_that_is_used_up_is_told(service: FakeService) -> None:
    headers = {f"X-RateLimit-{name}-Requests": value for name, value in (("Limit", "5"), ("Remaining", "0"))}
    service.play(error(429, "rate_limit_error", headers={**headers, "X-RateLimit-Reset-Requests": "42"}))
    with dial(service, max_attempts=1) as client:
        meter = UsageMeter(client)
        with pytest.raises(RateLimitError):
            client.send("What is 1 + 1?")
        assert meter.figures()["requests left"] == "0 of 5"
        assert meter.widget is not None
        clocks = [attributes for tag, attributes in tags(meter._page.value) if "data-left" in attributes]
        assert 40 < float(clocks[0]["data-left"] or 0) <= 42


def test_a_refused_call_moves_nothing(client: Client) -> None:
    client.send("What is 1 + 1?")
    meter = UsageMeter(client, budget=Budget(credits=1))
    client.budget = Budget(credits=1)
    with pytest.raises(BudgetExceededError):
        client.send("What is 1 + 1?", max_tokens=1000)
    assert meter.figures()["this kernel"].endswith("in 1 call")
