"""The ceiling: refused before it is passed, counted by what calls really cost, also with twenty threads at once."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from caicaini_nb import ApiError, Client, Ledger, OverloadedError, TruncatedStreamError, connect
from caicaini_nb.budget_verb import budget_verb
from caicaini_nb.display.receipt import Receipt
from caicaini_nb.errors import BudgetExceededError, CaicainiError, ConfigurationError
from caicaini_nb.models import price
from caicaini_nb.spending.bound import Bound
from caicaini_nb.spending.budget import Budget, Reservation
from caicaini_nb.usage import Usage
from tests.conftest import suite
from tests.fake_service import Answer, FakeService, answer, dial, error, stream
from tests.wire.replies import CHAT_PLAIN, MESSAGES, MESSAGES_PLAIN

SURFACES = ["messages", "chat"]


class Rated:
    """Stands in for a ledger: every model costs this many credits a token."""

    def __init__(self, rate: int | None = 1) -> None:
        self.rate = rate

    def highest_rate(self, provider: str, origin: str, model: str) -> int | None:
        return self.rate


class Caller:
    """Stands in for a client: what a budget asks of one."""

    origin = "hosted"

    def __init__(self, rate: int | None = 1, provider: str = "caicaini") -> None:
        self.provider, self.ledger = provider, Rated(rate)


def body(model: str = "m", max_tokens: int = 1, text: str = "") -> bytes:
    return msgspec.json.encode({"model": model, "max_tokens": max_tokens, "messages": [text]})


def reserve(budget: Budget, caller: Caller, **fields: Any) -> Reservation:
    ask = budget.reservation(cast(Client, caller), body(**fields))
    assert ask is not None
    return ask()


def charged(credits: int | None, tokens_in: int = 12, tokens_out: int = 9) -> Answer:
    usage = {"input_tokens": tokens_in, "output_tokens": tokens_out, "credits_consumed": credits}
    return answer({**MESSAGES_PLAIN, "usage": usage})


@pytest.fixture
def hosted(service: FakeService) -> Iterator[Client]:
    with dial(service, max_attempts=1) as client:
        yield client


def test_a_budget_has_one_unit() -> None:
    for arguments in ({}, {"credits": 5, "cny": 5}):
        with pytest.raises(ConfigurationError, match="in credits or in CNY"):
            Budget(**arguments)
    assert (Budget.read("500 credits").limit, Budget.read("500 credits").provider) == (500, "caicaini")
    assert (Budget.read("2.50 CNY").limit, Budget(cny=2.5).provider) == (Decimal("2.50"), "cailag")


# --- before the call


def test_a_call_that_could_pass_it_is_not_sent(service: FakeService, hosted: Client) -> None:
    service.play(charged(21))
    hosted.send("hi")  # one credit a token is measured
    hosted.budget = Budget(credits=1_100)
    with pytest.raises(BudgetExceededError, match=r"could cost 1,\d\d\d credits, and 1,100 credits of 1,100 credits"):
        hosted.send("hi", max_tokens=1_100)
    assert len(service.received) == 1
    assert [row.outcome for row in hosted.ledger] == ["ok"]
    assert hosted.send("hi", max_tokens=900).usage.credits == 21
    assert (hosted.budget.spent, hosted.budget.reserved, hosted.budget.left) == (21, 0, 1_079)


def test_the_reserve_is_the_highest_rate_times_the_bound() -> None:
    budget = Budget(credits=10_000)
    tokens = Bound.of(body(max_tokens=50, text="x" * 30)).tokens
    assert reserve(budget, Caller(rate=3), max_tokens=50, text="x" * 30).amount == 3 * (tokens or 0) == budget.reserved


@pytest.mark.parametrize("surface", SURFACES)
def test_extra_fields_are_bounded_too(client: Client, surface: str) -> None:
    client.send("What is 1 + 1?", model="caicaini/haiku", surface=surface)
    client.budget = Budget(credits=2_000)
    with pytest.raises(BudgetExceededError, match="could cost"):
        client.send("hi", model="caicaini/haiku", surface=surface, extra={"max_tokens": 1_000_000})
    with pytest.raises(BudgetExceededError, match="no max_tokens"):
        client.send("hi", model="caicaini/haiku", surface=surface, extra={"max_tokens": None})


# --- the pilot


def test_the_first_call_runs_alone_and_says_so(service: FakeService, hosted: Client) -> None:
    service.play(charged(21))
    hosted.budget = Budget(credits=2_000)
    first, second = hosted.send("hi"), hosted.send("hi")
    assert (first.unbounded, second.unbounded) == (True, False)
    assert "not bounded by the budget" in Receipt(first).text()
    assert "not bounded by the budget" not in Receipt(second).text()
    assert hosted.budget.spent == 42


@pytest.mark.parametrize("surface", SURFACES)
def test_a_streamed_pilot_says_so_too(client: Client, surface: str) -> None:
    client.budget = Budget(credits=2_000)
    replies = []
    for _ in range(2):
        with client.stream("What is 1 + 1?", model="caicaini/kimi", surface=surface, max_tokens=50) as answering:
            for _ in answering:
                pass
            replies.append(answering.reply)
    assert [reply.unbounded for reply in replies] == [True, False]
    assert client.budget.spent == sum(reply.usage.credits or 0 for reply in replies) > 0


def test_nothing_goes_out_beside_a_pilot() -> None:
    budget, caller = Budget(credits=100), Caller(rate=None)
    pilot = reserve(budget, caller, model="new")
    assert pilot.unbounded
    assert budget.left == 0
    for other in (caller, Caller(rate=0), Caller(rate=1)):
        with pytest.raises(BudgetExceededError, match="first call to new is under way"):
            reserve(budget, other)
    pilot.settle("ok", Usage(1, 1, credits=30))
    assert (budget.spent, budget.left) == (30, 70)


def test_a_pilot_waits_for_nobody() -> None:
    budget = Budget(credits=1_000)
    other = reserve(budget, Caller())
    with pytest.raises(BudgetExceededError, match="the first one runs alone, and others are under way"):
        reserve(budget, Caller(rate=None))
    other.settle("ok", Usage(credits=1_000))
    with pytest.raises(BudgetExceededError, match="Nothing of 1,000 credits is left"):
        reserve(budget, Caller(rate=None))


def test_hosted_history_bounds_no_sandbox_call(tmp_path: Path, client: Client) -> None:
    ledger = client.ledger
    start = {"provider": "caicaini", "surface": "messages", "operation": "o", "attempt": 1, "model": "caicaini/haiku"}
    ledger.finish(ledger.begin(**start, origin="hosted"), "ok", input_tokens=1, output_tokens=1, credits=9)
    client.budget = Budget(credits=100_000)
    assert client.origin == "sandbox"
    assert client.send("What is 1 + 1?", model="caicaini/haiku").unbounded


# --- settling


def test_what_the_service_charges_beyond_the_reserve_is_counted(service: FakeService, hosted: Client) -> None:
    service.play(charged(1), charged(5_000))
    hosted.budget = Budget(credits=500)
    hosted.send("hi")
    hosted.send("hi", max_tokens=10)
    assert (hosted.budget.spent, hosted.budget.left) == (5_001, 0)
    assert "over" in repr(hosted.budget.panel())
    assert "4,501 credits" in repr(hosted.budget.panel())
    with pytest.raises(BudgetExceededError):
        hosted.send("hi", max_tokens=1)


@pytest.mark.parametrize(
    ("played", "raised", "kept"),
    [
        (error(529, "overloaded_error"), OverloadedError, False),
        (error(400, "invalid_request_error"), CaicainiError, False),
        (error(500), ApiError, True),  # it may have run
        (answer(b"not json"), CaicainiError, True),
        (charged(None), None, True),
        (charged(-5), None, True),
    ],
    ids=["turned away", "refused", "broken half-way", "unreadable", "says nothing", "gives money"],
)
def test_a_call_whose_cost_nobody_knows_keeps_its_reserve(
    service: FakeService, hosted: Client, played: Answer, raised: type[Exception] | None, kept: bool
) -> None:
    service.play(charged(21), played)
    hosted.send("hi")
    budget = hosted.budget = Budget(credits=2_000)
    if raised is None:
        hosted.send("hi", max_tokens=10)
    else:
        with pytest.raises(raised):
            hosted.send("hi", max_tokens=10)
    assert budget.spent == 0
    assert (budget.reserved > 100) is kept
    assert budget.reserved + budget.left == 2_000
    assert ("whose cost nobody knows" in repr(budget.panel())) is kept


@pytest.mark.parametrize("ending", ["cut short", "error event", "left early"])
def test_a_stream_that_ends_early_keeps_its_reserve(service: FakeService, hosted: Client, ending: str) -> None:
    half = MESSAGES[: len(MESSAGES) // 2].rpartition(b"\n\n")[0] + b"\n\n"
    failed = b'event: error\ndata: {"type": "error", "error": {"type": "api_error", "message": "no"}}\n\n'
    service.play(charged(21), stream(half + (failed if ending == "error event" else b"")))
    hosted.send("hi")
    budget = hosted.budget = Budget(credits=2_000)
    if ending == "left early":
        with hosted.stream("hi", max_tokens=10) as answering:
            next(answering)
    else:
        with pytest.raises((TruncatedStreamError, ApiError)):
            list(hosted.stream("hi", max_tokens=10))
    assert (budget.spent, budget.reserved > 100) == (0, True)


def test_a_pilot_nobody_can_account_for_uses_the_budget_up(service: FakeService, hosted: Client) -> None:
    service.play(charged(None))
    hosted.budget = Budget(credits=500)
    hosted.send("hi")
    assert (hosted.budget.reserved, hosted.budget.left) == (500, 0)
    with pytest.raises(BudgetExceededError, match="Set a new budget"):
        hosted.send("hi")


def test_each_attempt_is_reserved_anew(service: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caicaini_nb.retry.FIRST_BACKOFF", 0.0)
    service.play(charged(21), error(529, "overloaded_error"), charged(21))
    with dial(service) as client:
        client.send("hi")
        client.budget = Budget(credits=200)
        client.send("hi", max_tokens=5)
        assert (client.budget.spent, client.budget.reserved) == (21, 0)


def test_settling_twice_counts_once() -> None:
    budget = Budget(credits=1_000)
    reservation = reserve(budget, Caller())
    for _ in range(3):
        reservation.settle("ok", Usage(credits=7))
    assert (budget.spent, budget.reserved) == (7, 0)


def test_it_shows_itself() -> None:
    budget = Budget(credits=1_000)
    reserve(budget, Caller()).settle("ok", Usage(credits=7))
    held = reserve(budget, Caller()).amount
    text = repr(budget.panel())
    assert "7 credits in 1 call" in text
    assert f"{held} credits for 1 call under way" in text
    assert repr(budget) == f"Budget(7 credits spent, {held} credits reserved, {993 - held} credits left)"
    assert "| left |" in budget._repr_markdown_()


# --- CNY


def test_cny_is_exact_and_by_the_price_table(service: FakeService) -> None:
    service.play(answer({**CHAT_PLAIN, "usage": {"prompt_tokens": 1000, "completion_tokens": 500}}))
    with dial(service, "cailag") as client:
        client.budget = Budget(cny="0.01")
        for _ in range(3):
            assert not client.send("hi", model="deepseek-chat").unbounded
        assert client.budget.spent == 3 * Decimal("0.00162")
        assert str(client.budget.spent).rstrip("0") == "0.00486"
        with pytest.raises(BudgetExceededError, match=r"¥0\.\d+, and ¥0.00514 of ¥0.01 remain"):
            client.send("hi", model="deepseek-chat", max_tokens=5_000)
        assert len(service.received) == 3


def test_an_unpublished_price_is_refused_not_taken_for_free(service: FakeService) -> None:
    service.play(answer(CHAT_PLAIN))
    unpriced = next(name for name in ("glm-4-flash", *_cailag()) if price(name, 1, 1) is None)
    with dial(service, "cailag") as client:
        client.budget = Budget(cny=100)
        for model in (unpriced, "a-model-nobody-lists"):
            with pytest.raises(BudgetExceededError, match="No price is published"):
                client.send("hi", model=model)
    assert service.received == []


def _cailag() -> list[str]:
    from caicaini_nb.models import catalogue

    return [name for name, model in catalogue().items() if model.provider == "cailag"]


@pytest.mark.parametrize(("provider", "budget"), [("caicaini", Budget(cny="0.01")), ("cailag", Budget(credits=1))])
def test_calls_to_the_other_provider_pass_uncounted(sandbox: Any, provider: str, budget: Budget) -> None:
    base = sandbox.base_url if provider == "caicaini" else sandbox.cailag_base_url
    with connect(provider, base=base, key=sandbox.mint_key()) as client:
        client.budget = budget
        assert not client.send("What is 1 + 1?").unbounded
    assert budget.spent == 0


def test_a_cailag_call_in_the_sandbox_is_counted(sandbox: Any) -> None:
    with connect("cailag", base=sandbox.cailag_base_url, key=sandbox.mint_key()) as client:
        client.budget = Budget(cny="1")
        replies = [client.send("What is 1 + 1?"), client.send("What is 2 + 2?")]
        costs = [price("deepseek-chat", reply.usage.input_tokens, reply.usage.output_tokens) for reply in replies]
        assert client.budget.spent == sum(cost for cost in costs if cost is not None) > 0


# --- many at once


def test_twenty_workers_never_pass_it(tmp_path: Path) -> None:
    """Each asks for more than there is, waits amid its calls for the others, and costs what it may at most."""
    budget, caller = Budget(credits=100), Caller(rate=None)
    seen: list[int] = []
    refused = threading.Event()
    start = threading.Barrier(20)
    reserve(budget, caller).settle("ok", Usage(credits=3))
    least = Bound.of(body()).tokens or 0
    caller.ledger.rate = 1
    budget._limit = Decimal(least * 5 + 3)

    def work(number: int) -> None:
        choose = random.Random(number)
        start.wait()
        for _ in range(suite(300)):
            try:
                reservation = reserve(budget, caller)
            except BudgetExceededError:
                refused.set()
                continue
            seen.append(int(budget.spent + budget.reserved))
            cost = choose.randrange(int(reservation.amount) + 1)
            outcome = choose.choice(["ok", "ok", "error", "interrupted"])
            reservation.settle(outcome, Usage(credits=cost) if outcome == "ok" else Usage())
            seen.append(int(budget.spent + budget.reserved))

    workers = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(seen) > 5
    assert max(seen) <= budget.limit
    assert refused.is_set()
    assert budget.spent + budget.reserved + budget.left == budget.limit


def test_twenty_workers_on_the_sandbox(sandbox: Any, tmp_path: Path) -> None:
    """A hundred credits, twenty threads, real calls: what the ledger says was spent stays below."""
    key = sandbox.mint_key()
    ledger = Ledger(tmp_path / "ledger.db")
    budget, seen, outcomes = Budget(credits=100), list[int](), list[str]()
    ask: dict[str, Any] = {"prompt": "What is 17 * 23?", "model": "caicaini/haiku", "max_tokens": 40}
    with connect(base=sandbox.base_url, key=key, ledger=ledger, max_attempts=1) as client:
        client.budget = budget
        client.send(**ask)

        def work() -> None:
            for _ in range(3):
                try:
                    client.send(**ask)
                    outcomes.append("ok")
                except CaicainiError as failure:
                    outcomes.append(type(failure).__name__)
                seen.append(int(budget.spent + budget.reserved))

        workers = [threading.Thread(target=work) for _ in range(20)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert max(seen) <= 100
    assert "ok" in outcomes
    assert "BudgetExceededError" in outcomes
    assert budget.spent == ledger.totals().credits
    assert budget.reserved == 0


STEPS = some.lists(some.tuples(some.integers(0, 60), some.integers(0, 60), some.sampled_from(
    ["ok", "silent", "error", "unknown", "interrupted", "open"])), max_size=30)  # fmt: skip


@given(limit=some.integers(1, 2_000), rate=some.integers(0, 5), steps=STEPS)
def test_whatever_happens_the_sums_are_right(limit: int, rate: int, steps: list[tuple[int, int, str]]) -> None:
    """Within the reserve the ceiling holds; beyond it what was charged is counted all the same."""
    budget, caller = Budget(credits=limit), Caller(rate)
    spent, held, passed = 0, 0, False
    for max_tokens, beyond, outcome in steps:
        before = budget.left
        try:
            reservation = reserve(budget, caller, max_tokens=max_tokens + 1)
        except BudgetExceededError:
            assert budget.left == before
            continue
        amount = int(reservation.amount)
        assert amount <= before
        if outcome == "ok":
            passed = passed or beyond > 0
            spent += amount + beyond
            reservation.settle("ok", Usage(credits=amount + beyond))
        else:
            held += 0 if outcome == "error" else amount
            if outcome != "open":
                reservation.settle("ok" if outcome == "silent" else outcome, Usage())
        assert (budget.spent, budget.reserved) == (spent, held)
        assert passed or spent + held <= limit
        assert budget.left == max(0, limit - spent - held)


# --- the verb


def test_the_verb_sets_shows_and_takes_off() -> None:
    budgets: dict[str, Budget] = {}
    assert "none" in repr(budget_verb(budgets, []))
    assert "500 credits" in repr(budget_verb(budgets, ["500", "credits"]))
    both = repr(budget_verb(budgets, ["2.50", "CNY"]))
    assert "500 credits" in both
    assert "¥2.50" in both
    assert {name: budget.limit for name, budget in budgets.items()} == {"caicaini": 500, "cailag": Decimal("2.50")}
    with pytest.raises(ConfigurationError, match="is not a budget"):
        budget_verb(budgets, ["lots"])
    assert len(budgets) == 2
    assert "none" in repr(budget_verb(budgets, ["off"]))
    assert budgets == {}
