"""Rows of calls that are ready together: one commit, before anybody goes on, and each row as if it were alone."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from caicaini_nb import Client, Ledger
from caicaini_nb.async_client import AsyncClient
from caicaini_nb.asynchronous.row_group import RowGroup
from caicaini_nb.errors import JobStoppedError

AT_ONCE = 20


def start(name: str | None) -> dict[str, Any]:
    return {"provider": "caicaini", "origin": "hosted", "surface": "messages", "operation": name, "model": "m"}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.db")


def in_file(ledger: Ledger) -> dict[str, str | None]:
    """Outcome by operation, as another program sees them."""
    with sqlite3.connect(ledger.path) as raw:
        found = dict(raw.execute("SELECT operation, outcome FROM entries").fetchall())
    raw.close()
    return found


def commits(ledger: Ledger, work: Callable[[], Coroutine[Any, Any, Any]]) -> tuple[int, Any]:
    """How many commits it takes, and what comes back."""
    seen: list[str] = []
    ledger._connection.set_trace_callback(seen.append)
    result = asyncio.run(work())
    ledger._connection.set_trace_callback(None)
    made, is_open = 0, False
    for kind in (statement.split()[0] for statement in seen):
        is_open = kind == "BEGIN" or (is_open and kind != "COMMIT")
        made += kind == "COMMIT" or (kind in ("INSERT", "UPDATE") and not is_open)
    return made, result


def test_what_is_ready_in_one_turn_is_one_commit(ledger: Ledger) -> None:
    names = [f"call {number}" for number in range(AT_ONCE)]
    told = []
    ledger.subscribe(lambda row: told.append((row.operation, row.credits)))

    async def work() -> list[int]:
        group = RowGroup(ledger)
        rows = await asyncio.gather(*(group.begin(start(name)) for name in names))
        assert in_file(ledger) == dict.fromkeys(names)
        ends = ({"outcome": "ok", "credits": number} for number in range(AT_ONCE))
        await asyncio.gather(*map(group.finish, rows, ends))
        assert in_file(ledger) == dict.fromkeys(names, "ok")
        return list(rows)

    made, rows = commits(ledger, work)
    assert made == 2
    assert len(set(rows)) == AT_ONCE
    assert [(row.operation, row.credits) for row in ledger] == list(zip(names, range(AT_ONCE), strict=True)) == told


def test_a_row_is_in_the_file_before_its_request_and_complete_before_its_answer(client: Client) -> None:
    """Seen from outside, whatever others do at the same moment."""
    under_way: list[int] = []

    async def work() -> None:
        async with AsyncClient.of(client) as twin:
            real = twin._transport.open

            async def look(*asked: Any, **how: Any) -> Any:
                under_way.append(list(in_file(client.ledger).values()).count(None))
                return await real(*asked, **how)

            twin._transport.open = look  # type: ignore[method-assign]
            sent: set[str] = set()

            async def one(number: int) -> None:
                reply = await twin.send(f"What is 1 + {number}?")
                with sqlite3.connect(client.ledger.path) as raw:
                    (found,) = raw.execute("SELECT outcome FROM entries WHERE message_id = ?", (reply.id,))
                raw.close()
                assert found == ("ok",)
                sent.add(str(reply.id))

            await asyncio.gather(*map(one, range(AT_ONCE)))
            assert len(sent) == AT_ONCE

    made, _ = commits(client.ledger, work)
    assert max(under_way) == AT_ONCE
    assert made < AT_ONCE
    assert client.ledger.totals().calls == AT_ONCE


def test_what_must_be_done_before_requests_go_out_is_done_once_for_all(client: Client) -> None:
    """Where it fails, none of them goes out, and no row says one did."""
    calls: list[int] = []

    async def work() -> list[Any]:
        async with AsyncClient.of(client) as twin:
            twin.before_sending = lambda: calls.append(len(client.ledger))
            await asyncio.gather(*(twin.send(f"What is 1 + {number}?") for number in range(AT_ONCE)))

            def fails() -> None:
                raise JobStoppedError("no room")

            twin.before_sending = fails
            return list(await asyncio.gather(twin.send("2 + 2?"), twin.send("hi"), return_exceptions=True))

    found = asyncio.run(work())
    assert calls == [0]
    assert [type(error) for error in found] == [JobStoppedError] * 2
    assert len(client.ledger) == AT_ONCE


@pytest.mark.parametrize(("turns", "left"), [(0, {}), (1, {"early": "interrupted"})], ids=["before", "after"])
def test_who_is_called_off_leaves_no_open_row(ledger: Ledger, turns: int, left: dict[str, str]) -> None:
    """Before the commit there is no row; after it, the row says so."""

    async def work() -> None:
        group = RowGroup(ledger)
        early = asyncio.ensure_future(group.begin(start("early")))
        late = asyncio.ensure_future(group.begin(start("late")))
        for _ in range(1 + turns):
            await asyncio.sleep(0)
        assert early.cancel()
        with pytest.raises(asyncio.CancelledError):
            await early
        await group.finish(await late, {"outcome": "ok"})

    asyncio.run(work())
    assert in_file(ledger) == {**left, "late": "ok"}


def test_a_row_is_completed_for_a_caller_who_is_called_off(ledger: Ledger) -> None:
    async def work() -> None:
        group = RowGroup(ledger)
        ending = asyncio.ensure_future(group.finish(await group.begin(start("a")), {"outcome": "ok", "credits": 7}))
        await asyncio.sleep(0)
        ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)

    asyncio.run(work())
    assert [(row.outcome, row.credits) for row in ledger] == [("ok", 7)]


def test_a_row_that_no_file_takes_fails_alone(ledger: Ledger) -> None:
    async def work() -> list[Any]:
        group = RowGroup(ledger)
        names = ["a", None, "b"]
        return await asyncio.gather(*(group.begin(start(name)) for name in names), return_exceptions=True)

    found = asyncio.run(work())
    assert isinstance(found[1], sqlite3.IntegrityError)
    assert in_file(ledger) == {"a": None, "b": None}
    assert [ledger.entries(operation=name)[0].outcome for name in "ab"] == [None, None]


def test_a_file_that_breaks_costs_no_row(ledger: Ledger) -> None:
    """What began in the file ends in memory, together with what begins there."""

    async def work() -> None:
        group = RowGroup(ledger)
        before = await asyncio.gather(*(group.begin(start(name)) for name in "ab"))
        ledger._connection.close()
        ends = [group.finish(row, {"outcome": "ok", "credits": 1}) for row in before]
        with pytest.warns(UserWarning, match="cannot be written"):
            found: list[Any] = await asyncio.gather(*ends, group.begin(start("c")))
        await group.finish(found[-1], {"outcome": "ok", "credits": 2})

    asyncio.run(work())
    assert ledger.problem is not None
    assert [(row.operation, row.outcome, row.credits) for row in ledger] == [
        ("a", "ok", 1), ("b", "ok", 1), ("c", "ok", 2),
    ]  # fmt: skip
