"""The dashboard's controls, its reconcile tab, what it follows and what it leaves behind."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from caicaini_nb import Client, ConfigurationError, NotOfferedError, compare, connect
from caicaini_nb.sandbox import Sandbox
from caicaini_nb.widgets import UsageDashboard
from tests.fake_service import FakeService, dial, error
from tests.widgets.front import Front, Timers, plain_text, tags


@pytest.fixture(autouse=True)
def timers(monkeypatch: pytest.MonkeyPatch) -> Timers:
    return Timers.of_repainting(monkeypatch)


@pytest.fixture
def spent(client: Client) -> Client:
    compare("What is 17 * 23?", ["caicaini/haiku", "caicaini/sonnet"], client_for=lambda provider: client)
    return client


def control(dashboard: UsageDashboard, name: str) -> Any:
    """The ipywidget with this description."""
    import ipywidgets

    waiting = [dashboard.widget]
    while waiting:
        widget = waiting.pop()
        if getattr(widget, "description", None) == name:
            return widget
        waiting += getattr(widget, "children", ()) if isinstance(widget, ipywidgets.Box | ipywidgets.Tab) else ()
    raise LookupError(name)


def test_a_control_changes_table_and_chart(spent: Client) -> None:
    dashboard = UsageDashboard(spent)
    control(dashboard, "By").value = "day"
    days = dashboard._figures.value
    assert "Credits by day" in plain_text(days)
    control(dashboard, "By").value = "model"
    models = dashboard._figures.value
    assert "caicaini/sonnet" in plain_text(models)
    assert "caicaini/sonnet" not in plain_text(days)
    control(dashboard, "In").value = "tokens"
    assert "Tokens by model" in plain_text(dashboard._figures.value)
    control(dashboard, "Range").value = "today"
    assert dashboard.choice.period == "today"


def test_another_provider_brings_its_units(spent: Client, sandbox: Sandbox) -> None:
    with connect("cailag", base=sandbox.cailag_base_url, key=sandbox.mint_key()) as other:
        other.send("What is 1 + 1?")
    dashboard = UsageDashboard(spent)
    control(dashboard, "Provider").value = "cailag"
    assert control(dashboard, "In").options == ("money", "tokens")
    assert "Cost in CNY by model" in plain_text(dashboard._figures.value)
    control(dashboard, "Provider").value = "caicaini"
    assert control(dashboard, "In").value == dashboard.choice.unit == "credits"


def test_it_follows_the_ledger(spent: Client, timers: Timers) -> None:
    dashboard = UsageDashboard(spent)
    assert dashboard.widget is not None
    before = dashboard.usage().total.calls
    spent.send("What is 1 + 1?")
    spent.send("What is 1 + 1?")
    assert len(timers.pending) == 1, "what takes long is done beside the call, and once"
    timers.run()
    assert f"all{before + 2}" in plain_text(dashboard._figures.value)
    dashboard.close()
    spent.send("What is 1 + 1?")
    assert timers.pending == []


@pytest.mark.parametrize("wrong", [{"by": "colour"}, {"period": "yesterday"}, {"unit": "yen"}])
def test_a_filter_that_is_none_is_refused(client: Client, wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="Use one of"):
        UsageDashboard(client, **wrong)


def test_reconcile_shows_both_counts() -> None:
    with Sandbox(fresh=True, engine="rules") as sandbox, connect(sandbox=sandbox) as client:
        client.send("What is 17 * 23?")
        dashboard = UsageDashboard(client)
        control(dashboard, "Ask the service").click()
        text = plain_text(dashboard._report.value)
        assert "agree" in text
        assert "service1" in text
        assert "ledger1" in text
        assert "The two counts" in repr(dashboard)


def test_a_service_that_fails_is_told_in_the_tab(service: FakeService) -> None:
    service.play(error(401, "authentication_error", "no such key"))
    with dial(service) as client:
        dashboard = UsageDashboard(client)
        control(dashboard, "Ask the service").click()
        assert "AuthenticationError" in plain_text(dashboard._report.value)


def test_cailag_has_nothing_to_reconcile_with(sandbox: Sandbox) -> None:
    with connect("cailag", base=sandbox.cailag_base_url, key=sandbox.mint_key()) as client:
        dashboard = UsageDashboard(client)
        with pytest.raises(NotOfferedError):
            dashboard.reconcile()
        control(dashboard, "Ask the service").click()
        assert "NotOfferedError" in repr(dashboard)


def test_the_export_is_the_table(spent: Client) -> None:
    dashboard = UsageDashboard(spent)
    assert dashboard.widget is not None
    (link,) = [attributes for tag, attributes in tags(dashboard._figures.value) if tag == "a"]
    assert link["download"] == "usage-by-model-caicaini.csv"
    kind, _, data = (link["href"] or "").partition(",")
    assert kind == "data:text/csv;base64"
    assert b64decode(data).decode() == dashboard.usage().csv()


def test_its_table_stays_with_the_filters_that_were_set(
    spent: Client, monkeypatch: pytest.MonkeyPatch, timers: Timers
) -> None:
    front = Front.opened(monkeypatch)
    dashboard = UsageDashboard(spent)
    dashboard._ipython_display_()
    dashboard.choose(by="outcome", unit="tokens")
    timers.run_all()
    saved = front.outputs[0]["data"]
    assert "Tokens by outcome" in saved["text/plain"]
    assert "Tokens by outcome" in plain_text(saved["text/html"])
    assert "svg" in {tag for tag, _ in tags(saved["text/html"])}
