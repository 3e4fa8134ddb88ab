"""What happens to one ledger file in a process, for whoever shows it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from caicaini_nb import Client, InvalidRequestError, Ledger, connect
from caicaini_nb.ledger import Entry
from tests.fake_service import FakeService, dial, error

START = {"provider": "caicaini", "origin": "sandbox", "surface": "messages", "operation": "a"}


def test_ledgers_of_one_file_share_it(tmp_path: Path) -> None:
    first, second = Ledger(tmp_path / "a.db"), Ledger(tmp_path / "a.db")
    other = Ledger(tmp_path / "b.db")
    seen: list[Entry] = []
    stop = first.subscribe(seen.append)
    for ledger in (first, second, other):
        ledger.finish(ledger.begin(**START), "ok", credits=3)
    assert [row.credits for row in seen] == [3, 3]
    stop()
    stop()
    first.finish(first.begin(**START), "ok")
    assert len(seen) == 2


def test_a_watcher_that_fails_is_dropped_and_the_call_goes_on(client: Client) -> None:
    seen: list[Entry] = []

    def broken(row: Entry) -> None:
        raise ValueError("no")

    client.ledger.subscribe(broken)
    client.ledger.subscribe(seen.append)
    with pytest.warns(UserWarning, match="ValueError: no"):
        assert client.send("What is 1 + 1?").text
    assert client.send("What is 1 + 1?").text
    assert [row.outcome for row in seen] == ["ok", "ok"]


def test_a_fork_tells_nobody(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "a.db")
    told = tmp_path / "told"
    ledger.subscribe(lambda row: told.touch())
    child = os.fork()
    if not child:
        ledger.finish(ledger.begin(**START), "ok")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert not told.exists()
    assert len(ledger) == 1


def test_the_last_answer_tells_the_limit(client: Client) -> None:
    with connect(base=client.base, key=client._transport.config.key) as other:
        news = other.ledger.news
    assert news.heard("caicaini", "nobody's") is None
    client.send("What is 1 + 1?")
    heard = news.heard("caicaini", client.key_prefix)
    assert heard is not None
    assert (heard.limit.tier, heard.limit.limit) == ("pay_as_you_go", 60)
    assert heard.reset_in is not None
    assert 0 < heard.reset_in <= 60


def test_a_refusal_tells_it_too_and_silence_tells_nothing(service: FakeService) -> None:
    service.play(error(400, headers={"X-RateLimit-Remaining-Requests": "3"}), error(400))
    with dial(service) as client:
        for expected in (3, None):
            with pytest.raises(InvalidRequestError):
                client.account()
            heard = client.ledger.news.heard("caicaini", client.key_prefix)
            assert (heard and heard.limit.remaining) == expected
