"""Jobs as an analyst meets them: rows in any order, bad cells, bad templates, a second run, votes, a budget, a stop."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pytest

from caicaini_nb import Budget, BudgetExceededError, Client, ConfigurationError, Ledger, bulk
from caicaini_nb.bulk.folder import LocalFolder
from caicaini_nb.bulk.keeper import Keeper
from caicaini_nb.bulk.outcome import Answered, Sent, read_lines, write_line
from caicaini_nb.errors import InsufficientQuotaError, InvalidRequestError, JobStoppedError
from tests.fake_service import Answer, FakeService, answer, dial, error

SUM = "What is {{a}} + {{b}}?"
HAIKU: dict[str, Any] = {"model": "caicaini/haiku"}


def sums(count: int, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"a": range(count), "b": [number * 7 % 10 for number in range(count)], **columns})


def said(text: str = "yes", credits: int = 3) -> Answer:
    usage = {"input_tokens": 10, "output_tokens": 5, "credits_consumed": credits}
    content = [{"type": "text", "text": text}]
    return answer({"id": "msg_1", "content": content, "stop_reason": "end_turn", "usage": usage})


@pytest.fixture(autouse=True)
def no_forecast(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service whose answers a test plays is asked nothing else."""
    if "service" in request.fixturenames:
        monkeypatch.setattr("caicaini_nb.bulk.forecast._tier", lambda client: (None, bulk_limits()))
        monkeypatch.setattr("caicaini_nb.bulk.forecast._tokens", lambda *_: (10.0, "as said"))


def bulk_limits() -> Any:
    from caicaini_nb.pacing.tiers import Limits

    return Limits()


def test_index_order_and_length_are_the_inputs(client: Client) -> None:
    frame = sums(12).set_index(pd.Index([5, 5, 3, "x", 9, 9, 1, 0, 2, "x", 7, 8], dtype=object))
    made = bulk.run(frame, SUM, client=client, **HAIKU).result()
    assert list(made.index) == list(frame.index)
    assert list(made["a"]) == list(frame["a"])
    for a, b, text in zip(made["a"], made["b"], made["text"], strict=True):
        assert str(a + b) in text
    assert made["credits"].dtype == "Int64"
    assert list(made.columns[2:]) == [
        "value", "text", "outcome", "error", "message", "input_tokens", "output_tokens", "credits", "attempts",
        "message_id", "note",
    ]  # fmt: skip
    rows = [row for row in client.ledger if row.surface == "messages"]
    assert sum(row.credits or 0 for row in rows) == made["credits"].sum()


def test_empty_cells_are_skipped_and_said(client: Client) -> None:
    rows = pd.DataFrame({"text": ["What is 1 + 1?", None, float("nan"), "  ", "What is 2 + 2?", pd.NA]})
    job = bulk.run(rows, "{{text}}", client=client, **HAIKU)
    made = job.result()
    assert list(made["outcome"]) == ["ok", "skipped", "skipped", "skipped", "ok", "skipped"]
    assert job.plan.skipped == 4
    assert "4 skipped: a cell is empty" in repr(job.plan)
    assert job.progress.skipped == 4
    assert "reply_text" in made.columns


def test_cells_that_are_no_text(client: Client) -> None:
    rows = [{"when": pd.Timestamp("2026-11-21"), "amount": 1.5, "tags": ["a", "b"], "sure": False}]
    job = bulk.run(rows, "{{when}} {{amount}} {{tags}} {{sure}} {{amount * 2}}", client=client, **HAIKU)
    job.result()
    assert job._work.prompt(0) == "2026-11-21 00:00:00 1.5 ['a', 'b'] False 3.0"


def test_rows_that_ask_the_same_are_asked_once(client: Client) -> None:
    job = bulk.run(["What is 1 + 1?", "What is 2 + 2?", "What is 1 + 1?"], "{{value}}", client=client, **HAIKU)
    made = job.result()
    assert job.plan.ask == 2
    assert list(made["attempts"]) == [1, 1, 0]
    assert made["text"].iloc[0] == made["text"].iloc[2]
    assert made["credits"].iloc[2] == 0
    assert made["note"].iloc[2] == "asked once, with row 0"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "typo": ({"template": "{{aa}}"}, "Did you mean a"),
    "no column": ({"template": "Hello"}, "names no column"),
    "open braces": ({"template": "{{a"}, "does not end"),
    "empty": ({"template": "  "}, "empty"),
    "pictures": ({"images": "photo"}, "no column 'photo'"),
    "on_error": ({"on_error": "ignore"}, "on_error"),
    "limit": ({"limit": 0}, "limit"),
    "votes": ({"n": True}, "n is a positive"),
    "text": ({"rows": "one text"}, "DataFrame or a list"),
    "name": ({"job": "x y"}, "job's name"),
    "option": ({"modell": "x"}, "modell"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_cannot_work_is_refused_before_any_call(service: FakeService, kind: str) -> None:
    wrong, hint = WRONG[kind]
    with dial(service) as dialled, pytest.raises((ConfigurationError, TypeError), match=hint):
        bulk.run(**{"rows": sums(2), "template": SUM, "client": dialled, **wrong})
    assert service.received == []


def test_columns_rename(service: FakeService) -> None:
    service.play(said())
    with dial(service) as dialled:
        bulk.run([(1, 2)], SUM, columns=["a", "b"], client=dialled, job="tuples").result()
        bulk.run(pd.DataFrame({"left": [3], "b": [4]}), SUM, columns={"a": "left"}, client=dialled, job="f").result()
    asked = [request.json["messages"][0]["content"] for request in service.received]
    assert asked == ["What is 1 + 2?", "What is 3 + 4?"]


def test_a_second_run_goes_on_and_a_pilot_is_not_repeated(service: FakeService) -> None:
    service.play(said())
    with dial(service) as dialled:
        pilot = bulk.run(sums(20), SUM, client=dialled, limit=5)
        waiting = pilot.result()
        assert len(service.received) == 5
        assert list(waiting["outcome"]).count("waiting") == 15
        again = bulk.run(sums(20), SUM, client=dialled, limit=5)
        again.result()  # it has the job to itself until it is over
        assert again.plan.ask == 0
        whole = bulk.run(sums(20), SUM, client=dialled)
        assert (whole.plan.done, whole.plan.ask) == (5, 15)
        made = whole.result()
    assert len(service.received) == 20
    assert made["credits"].sum() == 60
    bodies = [request.body for request in service.received]
    assert len(set(bodies)) == 20


def test_another_question_under_the_same_name_is_refused_with_the_difference(service: FakeService) -> None:
    service.play(said())
    with dial(service) as dialled:
        bulk.run(sums(2), SUM, client=dialled).result()
        with pytest.raises(ConfigurationError) as refused:
            bulk.run(sums(2), "What is {{a}} minus {{b}}?", client=dialled, temperature=0)
    shown = str(refused.value)
    assert '-"template": "What is {{a}} + {{b}}?"' in shown
    assert "minus" in shown
    assert "temperature" in shown


def test_a_poisoned_row_is_kept_with_its_error_and_asked_no_more(service: FakeService) -> None:
    service.play(error(500, message="broken"))
    with dial(service) as dialled:
        job = bulk.run(sums(1), SUM, client=dialled, clock=Hurried())
        made = job.result()
        assert len(service.received) == 3
        assert (made["outcome"][0], made["error"][0], made["message"][0]) == ("error", "ApiError", "broken")
        assert made["attempts"][0] == 3
        assert made["note"][0] == "may have been charged"
        idle = bulk.run(sums(1), SUM, client=dialled)
        assert idle.plan.ask == 0
        idle.result()
        service.play(said())
        again = job.retry().result()
    assert again["outcome"][0] == "ok"
    assert again["attempts"][0] == 4


class Hurried:
    """A clock on which nobody waits."""

    longest = 1.0
    leaps = False

    def __init__(self) -> None:
        self.at = 1e9

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


def test_one_row_too_large_is_the_rows_own_fault(service: FakeService) -> None:
    service.play(said(), error(413, "request_too_large"), said())
    with dial(service) as dialled:
        made = bulk.run(sums(3), SUM, client=dialled, at_once=1).result()
    assert sorted(made["outcome"]) == ["error", "ok", "ok"]
    assert set(made["error"].dropna()) == {"RequestTooLargeError"}


def test_out_of_credits_stops_all_and_keeps_what_is_done(service: FakeService) -> None:
    service.play(said(), said(), error(402, "insufficient_quota", "no credits"))
    with dial(service) as dialled:
        job = bulk.run(sums(10), SUM, client=dialled, at_once=1)
        with pytest.raises(InsufficientQuotaError):
            job.result()
        assert len(service.received) == 3
        assert list(job.frame()["outcome"]).count("ok") == 2
        assert list(job.frame()["outcome"]).count("waiting") == 8
        assert "InsufficientQuotaError" in repr(job)
        service.play(said())
        assert set(job.resume().result()["outcome"]) == {"ok"}
    assert not (job.frame()["note"] == "may have been charged twice").any()


def test_the_first_error_stops_a_job_that_asks_for_it(service: FakeService) -> None:
    service.play(said(), error(400, message="bad"))
    with dial(service) as dialled, pytest.raises(InvalidRequestError):
        bulk.run(sums(10), SUM, client=dialled, at_once=1, on_error="raise").result()
    assert len(service.received) == 2


def test_many_alike_stop_the_job(service: FakeService) -> None:
    service.play(error(400, message="no such thing"))
    with dial(service) as dialled, pytest.raises(JobStoppedError, match="no such thing"):
        bulk.run(sums(100), SUM, client=dialled, at_once=1).result()
    assert len(service.received) == 25


def test_a_budget_is_never_passed(service: FakeService, tmp_path: Path) -> None:
    """But for the first call, whose cost nobody knows."""
    service.play((0.02, *said(credits=30)))
    with dial(service, ledger=Ledger(tmp_path / "new.sqlite")) as dialled:
        ceiling = Budget(credits=100)
        most: list[int] = []
        reservation = ceiling.reservation

        def watched(*arguments: Any) -> Any:
            reserve = reservation(*arguments)

            def look() -> Any:
                made = reserve()  # type: ignore[misc]
                most.append(int(ceiling.spent) + int(ceiling.reserved))
                return made

            return look

        ceiling.reservation = watched  # type: ignore[assignment]
        job = bulk.run(sums(40), SUM, client=dialled, budget=ceiling, at_once=20, max_tokens=5)
        with pytest.raises(BudgetExceededError):
            job.result()
        assert max(most) <= 100
        assert ceiling.spent == 30 * len(service.received) <= 100
        assert list(job.frame()["outcome"]).count("ok") == len(service.received)
        dialled.ledger.close()


def test_over_budget_is_refused_by_how_much(service: FakeService) -> None:
    service.play(said(credits=30))
    with dial(service) as dialled:
        bulk.run(sums(20), SUM, client=dialled, limit=2).result()
        with pytest.raises(BudgetExceededError, match=r"540 credits .* 440 credits too few"):
            bulk.run(sums(20), SUM, client=dialled, budget="100 credits")
        planned = bulk.run(sums(20), SUM, client=dialled, budget="100 credits", dry_run=True)
    assert len(service.received) == 2
    assert planned.progress.state == "planned"
    assert "540 credits, by the 2 done, 30 each" in repr(planned.plan)


Label = Literal["billing", "bug", "question"]


@dataclass
class Ticket:
    label: Label
    urgent: bool


def labelled(value: Any) -> Answer:
    block = {"type": "tool_use", "id": "t", "name": "answer", "input": value}
    usage = {"input_tokens": 10, "output_tokens": 5, "credits_consumed": 3}
    return answer({"id": "msg_1", "content": [block], "stop_reason": "tool_use", "usage": usage})


def test_values_are_checked_and_asked_for_once_more(service: FakeService) -> None:
    service.play(labelled({"label": "bill", "urgent": True}), labelled({"label": "billing", "urgent": True}))
    with dial(service) as dialled:
        made = bulk.run(sums(1), SUM, client=dialled, schema=Ticket).result()
    assert made["value"][0] == Ticket("billing", True)
    assert (made["value.label"][0], bool(made["value.urgent"][0])) == ("billing", True)
    assert (made["attempts"][0], made["credits"][0]) == (2, 6)


def test_a_value_that_never_fits_is_an_error_that_was_paid_for(service: FakeService) -> None:
    service.play(labelled({"value": "other"}))
    with dial(service) as dialled:
        made = bulk.run(sums(1), SUM, client=dialled, schema=Label).result()
    assert (made["error"][0], made["credits"][0]) == ("SchemaMismatchError", 6)


def test_votes_and_their_agreement(service: FakeService) -> None:
    service.play(labelled({"value": "bug"}), labelled({"value": "billing"}), labelled({"value": "bug"}))
    with dial(service) as dialled:
        made = bulk.run(sums(1), SUM, client=dialled, schema=Label, n=3, at_once=1).result()
    assert made["value"][0] == "bug"
    assert made["agreement"][0] == pytest.approx(2 / 3)
    assert made["votes"][0] == ["bug", "billing", "bug"]
    assert made["credits"][0] == 9


def test_tools_are_run_for_each_row(service: FakeService) -> None:
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    call = {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {"a": 2, "b": 3}}
    asks = answer({"id": "msg_0", "content": [call], "stop_reason": "tool_use", "usage": {"credits_consumed": 1}})
    service.play(asks, said("five"))
    with dial(service) as dialled:
        made = bulk.run(sums(1), SUM, client=dialled, tools=[add]).result()
    assert (made["text"][0], made["attempts"][0], made["credits"][0]) == ("five", 2, 4)
    assert service.received[1].json["messages"][-1]["content"][0]["content"] == "5"


def test_two_at_one_job_one_wins_and_the_other_says_so(service: FakeService) -> None:
    service.play((0.5, *said()))
    with dial(service) as dialled:
        first = bulk.run(sums(3), SUM, client=dialled)
        with pytest.raises(ConfigurationError, match=f"process {os.getpid()}"):
            bulk.run(sums(3), SUM, client=dialled)
        assert set(first.result()["outcome"]) == {"ok"}
    assert len(service.received) == 3


def test_a_cancelled_job_keeps_what_was_under_way(service: FakeService) -> None:
    service.play((0.2, *said()))
    with dial(service) as dialled:
        job = bulk.run(sums(50), SUM, client=dialled, at_once=2)
        while not service.received:
            continue
        job.cancel()
        asked = len(service.received)
        assert job.progress.state == "paused"
        assert list(job.frame()["outcome"]).count("ok") == asked < 50
        assert set(job.resume().result()["outcome"]) == {"ok"}
    assert len(service.received) == 50


def test_a_job_is_awaited_in_a_loop(service: FakeService) -> None:
    service.play(said())

    async def work(dialled: Client) -> pd.DataFrame:
        return await bulk.run(sums(3), SUM, client=dialled)

    with dial(service) as dialled:
        assert len(asyncio.run(work(dialled))) == 3


class Full:
    """A disk that takes nothing."""

    def write(self, lines: bytes, *, durable: bool) -> None:
        raise OSError(28, "No space left on device")

    def close(self) -> None:
        """There is nothing to close."""


def test_nothing_goes_out_that_cannot_be_written_down_before(
    service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.play(said())
    with dial(service) as dialled:
        with monkeypatch.context() as patch:
            patch.setattr(LocalFolder, "writer", lambda *_: Full())
            job = bulk.run(sums(30), SUM, client=dialled, at_once=2)
            with pytest.raises(JobStoppedError, match="No space left on device"):
                job.result()
        assert service.received == []
        assert len(dialled.ledger) == 0
        made = job.resume().result()
    assert set(made["outcome"]) == {"ok"}
    assert made["note"].isna().all()


def test_a_full_disk_stops_the_job_and_says_so(service: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    service.play(said())
    kept = Keeper._keep

    def full(keeper: Keeper, lines: bytes) -> None:
        raise_full(keeper) if b"answered" in lines else kept(keeper, lines)

    def raise_full(keeper: Keeper) -> None:
        keeper._writer = Full()
        keeper._write(b"x")

    with dial(service) as dialled:
        with monkeypatch.context() as patch:
            patch.setattr(Keeper, "_keep", full)
            job = bulk.run(sums(30), SUM, client=dialled, at_once=2)
            with pytest.raises(JobStoppedError, match="No space left on device"):
                job.result()
            asked = len(service.received)
            assert asked < 30
        made = job.resume().result()
    assert set(made["outcome"]) == {"ok"}
    assert (made["note"] == "may have been charged twice").sum() == asked


def test_a_line_cut_short_by_a_crash_says_nothing(tmp_path: Path) -> None:
    folder = LocalFolder(tmp_path)
    writer = folder.writer()
    writer.write(write_line(Sent("a")) + write_line(Answered("a", text="yes"))[:-9], durable=True)
    writer.close()
    assert list(read_lines(folder.lines())) == [Sent("a")]


def test_a_remote_folder_takes_the_same_lines(service: FakeService) -> None:
    pytest.importorskip("fsspec")
    service.play(said())
    with dial(service) as dialled:
        bulk.run(sums(4), SUM, client=dialled, job="memory://jobs/sums").result()
        again = bulk.run(sums(5), SUM, client=dialled, job="memory://jobs/sums")
        assert again.plan.ask == 1
        assert set(again.result()["outcome"]) == {"ok"}
    assert len(service.received) == 5


def test_score() -> None:
    frame = pd.DataFrame({"value": ["a", "b", "a", None], "truth_known": ["a", "a", "a", "b"]}, index=[3, 1, 2, 0])
    found = bulk.score(frame, "truth_known")
    assert found.accuracy == pytest.approx(2 / 3)
    assert (found.answered, found.total) == (3, 4)
    assert list(found.rows.index) == [1, 0, 3, 2]
    assert list(found.disagreements.index) == [1]
    assert found.confusion.loc["a", "b"] == 1
    assert "66.7%" in repr(found)
    shuffled = frame["truth_known"].sort_index()
    assert bulk.score(frame, shuffled).accuracy == found.accuracy
    with pytest.raises(ConfigurationError, match="labels"):
        bulk.score(frame, pd.Series(["a"] * 4, index=[9, 9, 9, 9]))
    with pytest.raises(ConfigurationError, match="for 4 rows"):
        bulk.score(frame, ["a"])
