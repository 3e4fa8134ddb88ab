"""`%caicaini meter` and `%caicaini dashboard`, as a kernel without a front end runs them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from caicaini_nb.errors import ConfigurationError
from caicaini_nb.sandbox import Sandbox
from caicaini_nb.session import Session
from caicaini_nb.verbs import run_verb


@pytest.fixture
def session(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("CAICAINI_BASE", sandbox.base_url)
    monkeypatch.setenv("CAICAINI_API_KEY", sandbox.mint_key())
    monkeypatch.setenv("CAILAG_BASE", sandbox.cailag_base_url)
    monkeypatch.setenv("CAILAG_API_KEY", sandbox.mint_key())
    started = Session()
    yield started
    started.close()


def test_the_meter_follows_the_sessions_cells_and_budget(session: Session) -> None:
    meter = run_verb(session, "meter")
    run_verb(session, "budget 5000 credits")
    session.client().send("What is 17 * 23?", max_tokens=16)
    figures = meter.figures()
    assert figures["this kernel"].endswith("in 1 call")
    assert figures["budget"].endswith("of 5,000 credits gone")


def test_a_provider_may_be_named(session: Session) -> None:
    session.client("cailag").send("What is 17 * 23?")
    assert run_verb(session, "meter cailag").figures()["this kernel"].startswith("¥")
    assert "Cost in CNY by model" in repr(run_verb(session, "dashboard cailag"))


@pytest.mark.parametrize("verb", ["meter", "dashboard"])
@pytest.mark.parametrize("words", ["nobody", "caicaini cailag"])
def test_another_word_is_refused(session: Session, verb: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=f"%caicaini {verb} takes a provider, not '{words}'"):
        run_verb(session, f"{verb} {words}")
