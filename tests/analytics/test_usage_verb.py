"""`%caicaini usage` and `%caicaini reconcile`: options, tables, the chart, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from caicaini_nb import Client, Ledger, connect
from caicaini_nb.analytics.chart import Picture
from caicaini_nb.errors import ConfigurationError, NotOfferedError
from caicaini_nb.sandbox import Sandbox
from caicaini_nb.usage_verb import reconcile_verb, usage_verb
from caicaini_nb.verbs import VERBS
from tests.analytics.made import DAY, NOON, add, ledger_at


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = ledger_at(tmp_path)
    add(made, model="caicaini/opus", credits=1_234, input_tokens=5, output_tokens=6)
    add(made, NOON + DAY, "error", model="caicaini/opus")
    add(made, provider="cailag", surface="chat", model="qwen-max", input_tokens=1_000, output_tokens=1_000)
    return made


def test_both_are_verbs() -> None:
    assert {"usage", "reconcile"} <= set(VERBS)


def test_a_table_by_model(ledger: Ledger) -> None:
    shown = repr(usage_verb(ledger, [])).splitlines()
    assert shown[0].split() == [
        "provider",
        "model",
        "calls",
        "failed",
        "tokens",
        "in",
        "out",
        "credits",
        "CNY",
        "unknown",
        "cost",
    ]
    assert shown[1].split() == ["caicaini", "caicaini/opus", "2", "1", "5", "6", "1,234", "–", "0"]
    assert shown[2].split() == ["cailag", "qwen-max", "1", "0", "1,000", "1,000", "–", "0.0198", "0"]
    assert shown[3].startswith("(ledger, UTC, since the beginning")


@pytest.mark.parametrize("words", [["--by", "model,day"], ["--by=model,day"], ["--by", "model, day", "caicaini"]])
def test_by_what_and_whose(ledger: Ledger, words: list[str]) -> None:
    shown = repr(usage_verb(ledger, words))
    assert "caicaini/opus  2026-11-21" in shown
    assert ("qwen-max" in shown) == ("caicaini" not in words)


def test_since_when(ledger: Ledger) -> None:
    shown = repr(usage_verb(ledger, ["--by", "day", "--since", "2026-11-22"]))
    assert "2026-11-22" in shown
    assert "2026-11-21" not in shown


def test_the_chart(ledger: Ledger) -> None:
    shown = usage_verb(ledger, ["--plot", "--since", "2026-11-01"])
    assert isinstance(shown, Picture)
    assert "1,234" in shown.alt


def test_an_empty_ledger_is_an_empty_table(tmp_path: Path) -> None:
    assert "ledger, UTC" in repr(usage_verb(ledger_at(tmp_path), []))


def test_a_long_table_is_cut_and_says_so(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    for number in range(70):
        add(ledger, model=f"caicaini/{number:03}")
    shown = repr(usage_verb(ledger, []))
    assert "10 rows more" in shown
    assert len(shown.splitlines()) == 62


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (["--by"], "--by needs a value"),
        (["--since", ""], "--since needs a value"),
        (["--bye", "model"], "does not take '--bye'"),
        (["openai"], "does not take 'openai'"),
        (["caicaini", "cailag"], "does not take 'cailag'"),
        (["--by", "colour"], "not kept by colour"),
        (["--since", "soon"], "'soon' is no time"),
    ],
)
def test_what_it_does_not_know_is_refused(ledger: Ledger, words: list[str], cause: str) -> None:
    with pytest.raises(ConfigurationError, match=cause):
        usage_verb(ledger, words)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Sandbox(fresh=True, engine="rules") as sandbox:
        with connect(sandbox=sandbox, ledger=Ledger(tmp_path / "own.sqlite")) as made:
            yield made


def test_reconcile(client: Client) -> None:
    client.send("What is 17 * 23?")
    assert "agree" in repr(reconcile_verb(lambda provider: client, ["--since", "7d"]))
    with pytest.raises(ConfigurationError, match="does not take '--plot'"):
        reconcile_verb(lambda provider: client, ["--plot"])
    cailag = connect("cailag", sandbox=client.sandbox)
    with pytest.raises(NotOfferedError):
        reconcile_verb({"cailag": cailag}.__getitem__, ["cailag"])
    cailag.close()
