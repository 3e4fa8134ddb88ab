"""Ledger and service on one sandbox account: they agree, and what does not is named and explained."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from caicaini_nb import Client, Ledger, TruncatedStreamError, connect
from caicaini_nb.analytics import reconcile
from caicaini_nb.analytics.matching import CLOCK, ELSEWHERE, UNEXPLAINED, UNKNOWN
from caicaini_nb.errors import NotOfferedError
from caicaini_nb.sandbox import Sandbox
from tests.fake_service import FakeService, answer, dial
from tests.wire.replies import MESSAGES_PLAIN


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAICAINI_SANDBOX_HOME", str(tmp_path_factory.mktemp("sandbox")))
        with Sandbox(fresh=True, engine="rules") as started:
            yield started


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Client]:
    """A client of an account and a ledger of its own."""
    with Sandbox(fresh=True, engine="rules") as sandbox:
        with connect(sandbox=sandbox, ledger=Ledger(tmp_path / "one.sqlite"), max_attempts=1) as client:
            yield client


def test_nothing_agrees_with_nothing(one: Client) -> None:
    found = reconcile(one)
    assert found.agrees
    assert str(found) == "Ledger and service agree: 0 credits in 0 calls"
    assert found.frame().empty


def test_whole_answers_agree_to_the_token(one: Client) -> None:
    for surface in ("messages", "chat"):
        one.send("What is 17 * 23?", surface=surface)
        list(one.stream("What is 17 * 23?", surface=surface))
    found = reconcile(one)
    assert found.service == found.ledger
    assert found.ledger.requests == 4
    assert found.differences == ()


def test_an_answer_that_broke_off_explains_the_difference(one: Client) -> None:
    assert one.sandbox is not None
    one.send("What is 17 * 23?")
    with one.sandbox.faults("early_end", after=2), pytest.raises(TruncatedStreamError):
        list(one.stream("Count from 1 to 30.", model="caicaini/opus"))
    found = reconcile(one)
    assert [difference.kind for difference in found.differences] == [UNKNOWN]
    assert found.agrees
    assert found.credits(UNKNOWN) == found.service.credits - found.ledger.credits > 0
    assert "credits unknown outcome" in str(found)


def test_calls_made_elsewhere_are_found_beside_broken_ones(one: Client, tmp_path: Path) -> None:
    assert one.sandbox is not None
    with one.sandbox.faults("early_end", after=2), pytest.raises(TruncatedStreamError):
        list(one.stream("Count from 1 to 30.", model="caicaini/opus"))
    with connect(sandbox=one.sandbox, ledger=Ledger(tmp_path / "other.sqlite")) as other:
        for _ in range(2):
            other.send("What is 17 * 23?", model="caicaini/kimi")
        other.send("What is 17 * 23?", model="caicaini/opus")
    table = reconcile(one).frame()
    assert table["kind"].tolist() == [ELSEWHERE, ELSEWHERE, UNKNOWN]
    assert table["calls"].tolist() == [2, 1, 1]
    assert table["credits"].isna().tolist() == [False, False, True]  # of one day and model they cannot be told apart


def test_a_row_that_was_never_charged_is_named_first(one: Client, tmp_path: Path) -> None:
    assert one.sandbox is not None
    one.send("What is 17 * 23?", model="caicaini/sonnet")
    with connect(sandbox=one.sandbox, ledger=Ledger(tmp_path / "other.sqlite")) as other:
        other.send("What is 17 * 23?", model="caicaini/kimi")
    typed = {"provider": "caicaini", "origin": "sandbox", "surface": "messages", "operation": "typed"}
    row = one.ledger.begin(**typed, model="caicaini/opus", key_prefix=one.key_prefix)
    one.ledger.finish(row, "ok", input_tokens=1, output_tokens=1, credits=500)
    found = reconcile(one)
    assert not found.agrees
    assert [difference.kind for difference in found.differences] == [UNEXPLAINED, ELSEWHERE]
    assert str(found).startswith("1 difference is unexplained (caicaini/opus on ")
    assert "-500 credits" in str(found)
    assert repr(found).index(UNEXPLAINED) < repr(found).index(ELSEWHERE)


def test_a_clock_set_forward_is_no_difference_in_credits(one: Client) -> None:
    assert one.sandbox is not None
    one.sandbox.advance(minutes=60 * 24 * 40)
    one.send("What is 17 * 23?")
    found = reconcile(one)
    assert [(difference.kind, difference.calls) for difference in found.differences] == [(CLOCK, 1)]
    assert found.service == found.ledger
    assert "1 call on another day" in str(found)


def test_a_period_bounds_both_counts(one: Client) -> None:
    one.send("What is 17 * 23?")
    assert reconcile(one, since="2020-01-01").ledger.requests == 1
    assert reconcile(one, since="2020-01-01", until="2020-02-01").service.requests == 0
    assert reconcile(one, since="1d").service.requests == 1


def test_rows_of_other_accounts_are_left_out(one: Client) -> None:
    one.send("What is 17 * 23?")
    for fields in ({"key_prefix": "cai_api_else"}, {"origin": "hosted"}, {"provider": "cailag"}):
        row = {"provider": "caicaini", "origin": "sandbox", "key_prefix": one.key_prefix} | fields
        number = one.ledger.begin(**row, surface="messages", operation="x", model="caicaini/opus")
        one.ledger.finish(number, "ok", credits=99)
    assert reconcile(one).agrees
    assert reconcile(one).ledger.requests == 1


def test_days_of_another_time_zone_are_an_edge(service: FakeService, tmp_path: Path) -> None:
    noon = 1_795_262_400_000  # 2026-11-21 12:00 UTC
    ledger = Ledger(tmp_path / "ledger.sqlite", clock=lambda: noon * 1_000_000)
    usage = {"input_tokens": 12, "output_tokens": 9, "credits_consumed": 3}
    day = {"date": "2026-11-20", "model": "caicaini/sonnet", "requests": 1, **usage}
    service.play(answer({**MESSAGES_PLAIN, "usage": usage}), answer({"data": [day]}))
    with dial(service, ledger=ledger) as client:
        client.send("Hi", model="caicaini/sonnet")
        found = reconcile(client)
    assert [difference.kind for difference in found.differences] == ["time-zone edge"]
    assert found.service == found.ledger


@pytest.mark.parametrize(
    "data", [[], [{}], [{"date": None, "model": "m"}], [{"date": "2026-11-21", "model": "m"}], {}, None]
)
def test_a_usage_report_with_holes_is_read(service: FakeService, tmp_path: Path, data: object) -> None:
    service.play(answer({"data": data}))
    with dial(service, ledger=Ledger(tmp_path / "ledger.sqlite")) as client:
        assert reconcile(client).agrees


def test_cailag_publishes_no_usage(process: Sandbox) -> None:
    with connect("cailag", sandbox=process) as cailag, pytest.raises(NotOfferedError, match="publishes no usage"):
        reconcile(cailag)
