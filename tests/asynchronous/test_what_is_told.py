"""What an awaited call tells to those who watch, and what its row says where it ends in no way that was foreseen."""

from __future__ import annotations

import asyncio

import pytest

from caicaini_nb import Client
from caicaini_nb.async_client import AsyncClient
from caicaini_nb.ledger import Entry
from tests.fake_service import SECRET, FakeService, dial


def test_an_awaited_call_tells_the_rate_limit_and_the_watchers(client: Client) -> None:
    async def ask() -> None:
        async with AsyncClient.of(client) as twin:
            await twin.send("What is 1 + 1?")

    seen: list[Entry] = []
    client.ledger.subscribe(seen.append)
    asyncio.run(ask())
    heard = client.ledger.news.heard("caicaini", client.key_prefix)
    assert heard is not None
    assert (heard.limit.tier, heard.limit.limit) == ("pay_as_you_go", 60)
    assert [row.outcome for row in seen] == ["ok"]


def test_a_failure_that_nobody_foresaw_leaves_a_row_of_unknown_cost(
    service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no interrupt: whether the service got the request, nobody knows."""

    async def ask(client: Client) -> None:
        async with AsyncClient.of(client) as twin:

            async def fails(*_: object, **__: object) -> None:
                raise ZeroDivisionError(SECRET)

            monkeypatch.setattr(twin._transport, "open", fails)
            await twin.send("hi")

    with dial(service) as client:
        with pytest.raises(ZeroDivisionError):
            asyncio.run(ask(client))
        (row,) = client.ledger
    assert (row.outcome, row.error, row.credits) == ("unknown", "ZeroDivisionError", None)
    assert SECRET not in repr(row)
