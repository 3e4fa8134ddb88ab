"""Kept replies: the same request costs nothing the second time, in another kernel too, and a bad file stops no call."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from caicaini_nb import Client, Reply, TruncatedStreamError, Usage, connect
from caicaini_nb.cache import HIT_COLUMNS, ReplyCache
from caicaini_nb.config import cache_path
from caicaini_nb.display.receipt import Receipt
from caicaini_nb.errors import ConfigurationError
from caicaini_nb.kept_reply import read_usage, write_reply
from caicaini_nb.session import Session
from caicaini_nb.spending.budget import Budget
from caicaini_nb.verbs import run_verb
from tests.fake_service import KEY, SECRET, FakeService, answer, dial, error, frames, stream
from tests.wire.replies import CHAT, CHAT_PLAIN, MESSAGES, MESSAGES_PLAIN

CHARGED_CHAT = {**CHAT_PLAIN, "usage": {**CHAT_PLAIN["usage"], "credits_consumed": 3}}
PLAIN = {"messages": MESSAGES_PLAIN, "chat": CHARGED_CHAT}
STREAMED = {"messages": MESSAGES, "chat": CHAT.replace(b'"credits_consumed": 0', b'"credits_consumed": 3')}
SURFACES = list(PLAIN)


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "folder" / "replies.db"
    monkeypatch.setenv("CAICAINI_CACHE", str(path))
    return path


@pytest.fixture
def hosted(service: FakeService) -> Iterator[Client]:
    with dial(service) as client:
        client.caches = True
        yield client


def streamed(client: Client, prompt: str = "hi", **options: Any) -> Reply:
    answering = client.stream(prompt, **options)
    assert "".join(answering.texts()) == answering.reply.text
    return answering.reply


def send(client: Client, prompt: str = "hi", **options: Any) -> Reply:
    return client.send(prompt, **options)


WAYS: dict[str, Callable[..., Reply]] = {"send": send, "stream": streamed}


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("second", WAYS)
@pytest.mark.parametrize("first", WAYS)
def test_streamed_and_plain_share_a_reply(
    service: FakeService, hosted: Client, surface: str, first: str, second: str
) -> None:
    service.play(answer(PLAIN[surface]) if first == "send" else frames(STREAMED[surface]))
    paid = WAYS[first](hosted, surface=surface)
    free = WAYS[second](hosted, surface=surface)
    assert len(service.received) == 1
    assert len(hosted.ledger) == 1
    assert free.choices == paid.choices
    assert (free.id, free.model, free.raw, free.surface) == (paid.id, paid.model, paid.raw, surface)
    assert (paid.cached, free.cached) == (False, True)
    assert (paid.usage.credits, free.usage.credits) == (3, 0)
    assert free.usage.input_tokens == paid.usage.input_tokens != 0
    assert (free.attempts, free.rate_limit) == (0, None)
    assert free.timing.total_ms is not None
    assert "cached · 0 credits" in Receipt(free).text()


@pytest.mark.parametrize("way", WAYS)
def test_on_cailag(sandbox: Any, way: str) -> None:
    with connect("cailag", base=sandbox.cailag_base_url, key=sandbox.mint_key()) as client:
        paid, free = (WAYS[way](client, "What is 12 * 12?", cache=True) for _ in range(2))
        assert len(client.ledger) == 1
    assert free.text == paid.text
    assert (free.cached, free.usage.credits, free.engine) == (True, None, paid.engine)
    assert "cached · ¥0" in Receipt(free).text()


@pytest.mark.parametrize("surface", SURFACES)
def test_what_a_kept_reply_saves_is_written_down(service: FakeService, hosted: Client, surface: str) -> None:
    service.play(answer(PLAIN[surface]))
    paid = send(hosted, surface=surface)
    assert hosted.cache.hits() == {name: [] for name in HIT_COLUMNS}
    before = time.time_ns() // 1_000_000
    for _ in range(2):
        streamed(hosted, surface=surface)
    assert hosted.cache.clear() == 1
    hits = hosted.cache.hits()
    assert tuple(hits) == HIT_COLUMNS
    assert all(before <= at <= time.time_ns() // 1_000_000 for at in hits["hit_ms"])
    assert (hits["provider"], hits["origin"], hits["surface"]) == (["caicaini"] * 2, ["hosted"] * 2, [surface] * 2)
    assert (hits["model"], hits["credits"]) == ([paid.model] * 2, [3, 3])
    assert hits["input_tokens"] == [paid.usage.input_tokens] * 2 != [None] * 2
    assert ReplyCache().hits() == hits  # another kernel's view


def test_what_all_rounds_cost_is_saved() -> None:
    """A repaired answer cost two calls."""
    usage = Usage(3, 4, None, 0, 5)
    reply = Reply(usage=usage, earlier=(Reply(usage=usage), Reply(usage=Usage(1, 1, None, None, None))))
    assert read_usage(write_reply(reply)) == Usage(7, 9, None, None, None)
    with pytest.raises(ValueError, match="not a kept reply"):
        read_usage(b"{}")


def test_a_file_of_the_version_before_keeps_its_replies(service: FakeService, hosted: Client, path: Path) -> None:
    service.play(answer(MESSAGES_PLAIN))
    hosted.send("hi")
    hosted.cache.close()
    with sqlite3.connect(path) as raw:
        raw.execute("DROP TABLE hits")
        raw.execute("PRAGMA user_version=1")
    raw.close()
    assert hosted.send("hi").cached
    assert hosted.cache.hits()["credits"] == [3]


def test_a_hit_that_cannot_be_written_down_is_said_once(service: FakeService, hosted: Client, path: Path) -> None:
    service.play(answer(MESSAGES_PLAIN))
    hosted.send("hi")
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TRIGGER full BEFORE INSERT ON hits BEGIN SELECT raise(ABORT, 'no room'); END")
    raw.close()
    with pytest.warns(UserWarning, match="no room. Kept replies are used still") as caught:
        assert hosted.send("hi").cached
    assert hosted.send("hi").cached
    assert (len(caught), len(service.received)) == (1, 1)


@pytest.mark.parametrize(
    "options",
    [
        {"max_tokens": 5}, {"temperature": 0.5}, {"system": "x"}, {"surface": "chat"}, {"model": "caicaini/opus"},
        {"extra": {"seed": 1}}, {"user_id": "u"},
    ],
)  # fmt: skip
def test_another_request_is_another_reply(service: FakeService, hosted: Client, options: dict[str, Any]) -> None:
    service.play(answer(MESSAGES_PLAIN), answer(CHAT_PLAIN if "surface" in options else MESSAGES_PLAIN))
    hosted.send("hi")
    assert not hosted.send("hi", **options).cached
    assert hosted.send("hi").cached
    assert hosted.send("hi", **options).cached
    assert len(service.received) == 2


def test_another_base_or_provider_is_another_service(service: FakeService) -> None:
    service.play(answer(CHAT_PLAIN))
    for provider in ("caicaini", "cailag"):
        for base in (service.base, f"{service.origin}/other/v1"):
            with connect(provider, base=base, key=KEY) as client:
                assert not client.send("hi", surface="chat", model=None, cache=True).cached
    assert len(service.received) == 4


def test_it_is_asked_for(service: FakeService) -> None:
    service.play(answer(MESSAGES_PLAIN))
    with dial(service) as client:
        assert [client.send("hi", cache=asked).cached for asked in (None, False, None)] == [False] * 3
        assert not cache_path().exists()
        assert [client.send("hi", cache=asked).cached for asked in (True, None, True, False)] == [
            False, False, True, False,
        ]  # fmt: skip
        client.caches = True
        assert [client.send("hi", cache=asked).cached for asked in (None, False)] == [True, False]


@dataclass
class Sum:
    total: int


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("surface", SURFACES)
def test_a_value_is_read_again(service: FakeService, hosted: Client, surface: str, way: str) -> None:
    """The repaired answer is the one that is kept, and its rounds cost nothing the second time."""
    service.play(*(answer(_data(surface, data)) for data in ({"total": "many"}, {"total": 4})))
    paid = hosted.send("Add 2 and 2", schema=Sum, surface=surface)
    free = WAYS[way](hosted, "Add 2 and 2", schema=Sum, surface=surface)
    assert paid.value == free.value == Sum(4)
    assert (len(service.received), len(paid.earlier), len(free.earlier)) == (2, 1, 1)
    assert paid.total_usage.credits == 6
    assert free.cached
    assert free.total_usage.credits == 0


def _data(surface: str, data: Any) -> dict[str, Any]:
    if surface == "messages":
        block = {"type": "tool_use", "id": "t", "name": "answer", "input": data}
        return {**MESSAGES_PLAIN, "content": [block]}
    message = {"role": "assistant", "content": str(data).replace("'", '"')}
    return {**CHARGED_CHAT, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}


def test_a_kept_answer_that_no_longer_fits_is_asked_for_anew(service: FakeService, hosted: Client) -> None:
    odd_is_fine = True

    @dataclass
    class Even:
        """With a check that its schema does not show, and that can change."""

        total: int

        def __post_init__(self) -> None:
            if self.total % 2 and not odd_is_fine:
                raise ValueError("odd")

    service.play(answer(_data("messages", {"total": 3})), answer(_data("messages", {"total": 4})))
    assert hosted.send("hi", schema=Even).value.total == 3
    odd_is_fine = False
    assert hosted.send("hi", schema=Even).value.total == 4
    assert hosted.send("hi", schema=Even).value.total == 4
    assert len(service.received) == 2


@pytest.mark.parametrize("way", WAYS)
def test_rounds_with_tools(client: Client, way: str) -> None:
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    ask: dict[str, Any] = {"tools": [add], "cache": True}
    if way == "stream":
        ask["on_event"] = lambda event: None
    paid, free = (client.run_tools("Use add to add 17 and 25.", **ask) for _ in range(2))
    rows = len(client.ledger)
    assert len(paid.earlier) > 0
    assert rows == len(paid.earlier) + 1
    assert free.text == paid.text
    assert free.cached
    assert all(reply.cached for reply in free.earlier)
    assert free.total_usage.credits == 0


def test_cut_by_max_tokens_is_the_whole_reply(service: FakeService, hosted: Client) -> None:
    service.play(answer({**MESSAGES_PLAIN, "stop_reason": "max_tokens"}))
    hosted.send("hi")
    assert hosted.send("hi").stop_reason == "max_tokens"
    assert len(service.received) == 1


@pytest.mark.parametrize("raw", [{"content": []}, {"stop_reason": None}])
def test_an_answer_nobody_called_finished_is_not_kept(
    service: FakeService, hosted: Client, raw: dict[str, Any]
) -> None:
    service.play(answer({**MESSAGES_PLAIN, **raw}))
    first, second = hosted.send("hi"), hosted.send("hi")
    assert (first.cached, second.cached) == (False, bool(first.stop_reason))


def test_what_failed_is_not_kept(service: FakeService, hosted: Client) -> None:
    half = MESSAGES[: len(MESSAGES) // 2].rpartition(b"\n\n")[0] + b"\n\n"
    service.play(error(400), stream(half), answer(MESSAGES_PLAIN))
    with pytest.raises(Exception, match="no"):
        hosted.send("hi")
    with pytest.raises(TruncatedStreamError):
        list(hosted.stream("hi"))
    assert not hosted.send("hi").cached
    assert hosted.send("hi").cached


def test_left_early_is_not_kept(service: FakeService, hosted: Client) -> None:
    service.play(frames(MESSAGES))
    with hosted.stream("hi") as answering:
        next(answering)
    assert not streamed(hosted).cached


def test_a_cached_reply_needs_no_budget(service: FakeService, hosted: Client) -> None:
    service.play(answer(MESSAGES_PLAIN))
    hosted.send("hi")
    hosted.budget = Budget(credits=1)
    assert hosted.send("hi").cached
    assert hosted.budget.spent == hosted.budget.reserved == 0


# --- the file

OTHER_KERNEL = """
import sys
from caicaini_nb import connect
with connect(base=sys.argv[1], key=sys.argv[2]) as client:
    reply = client.send("hi", cache=True)
    print(reply.cached, reply.usage.credits, len(client.ledger), reply.text.encode())
"""


def test_another_kernel_finds_it(service: FakeService, hosted: Client, tmp_path: Path) -> None:
    service.play(answer(MESSAGES_PLAIN))
    paid = hosted.send("hi")
    program = [sys.executable, "-c", OTHER_KERNEL, service.base, KEY]
    environment = {**os.environ, "CAICAINI_LEDGER": str(tmp_path / "other.db")}
    done = subprocess.run(program, capture_output=True, text=True, env=environment, check=False)
    assert done.stdout.strip() == f"True 0 0 {paid.text.encode()!r}", done.stderr
    assert len(service.received) == 1


def test_what_is_in_the_file(service: FakeService, hosted: Client, path: Path) -> None:
    service.play(answer(MESSAGES_PLAIN))
    hosted.send("a very private prompt", system="secret system")
    files = list(path.parent.iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    data = b"".join(file.read_bytes() for file in files)
    assert b"It is" in data
    assert b"private prompt" not in data
    assert b"secret system" not in data
    assert all(SECRET[place : place + 6].encode() not in data for place in range(len(SECRET) - 5))
    assert KEY[:12].encode() not in data


def test_the_prompts_reach_no_ledger(service: FakeService, hosted: Client) -> None:
    service.play(answer(MESSAGES_PLAIN))
    hosted.send("a very private prompt")
    hosted.send("a very private prompt")
    data = b"".join(file.read_bytes() for file in hosted.ledger.path.parent.glob("ledger.db*"))
    assert b"private" not in data
    assert b"It is" not in data


def test_threads_and_forks(service: FakeService, hosted: Client) -> None:
    service.play(answer(MESSAGES_PLAIN))
    failures: list[str] = []

    def work(number: int) -> None:
        for turn in range(5):
            prompt = f"{number} {turn}"
            if hosted.send(prompt).cached or not hosted.send(prompt).cached:
                failures.append(prompt)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if hosted.send("1 1").cached and not hosted.send("new").cached else 1
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert hosted.send("new").cached


def garbage(path: Path) -> None:
    path.write_bytes(b"no database at all, but long enough to be looked into" * 50)


def torn(path: Path) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE other (digest)")
        raw.execute(f"PRAGMA application_id={0x63616972}")
        raw.execute("PRAGMA user_version=1")
    raw.close()


def somebody_elses(path: Path) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE theirs (x)")
    raw.close()


def newer(path: Path) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute(f"PRAGMA application_id={0x63616972}")
        raw.execute("PRAGMA user_version=9")
    raw.close()


BAD: dict[Callable[[Path], None], str] = {
    garbage: "not a database",
    torn: "no such table",
    somebody_elses: "something else",
    newer: "newer",
}


@pytest.mark.parametrize("make", BAD, ids=lambda make: str(make.__name__))
def test_a_bad_file_stops_no_call_and_is_said_once(
    service: FakeService, hosted: Client, path: Path, make: Callable[[Path], None]
) -> None:
    path.parent.mkdir()
    make(path)
    service.play(answer(MESSAGES_PLAIN))
    with pytest.warns(UserWarning, match=BAD[make]) as caught:
        assert hosted.send("hi").text
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not hosted.send("hi").cached
        assert not hosted.send("hi").cached
    assert "not used" in repr(hosted.cache)
    assert [row.outcome for row in hosted.ledger] == ["ok"] * 3
    with pytest.raises(ConfigurationError, match="Move the file away"):
        ReplyCache().clear()


def test_a_folder_nobody_may_write_to(service: FakeService, hosted: Client, path: Path) -> None:
    path.parent.write_text("a file where the folder should be")
    service.play(answer(MESSAGES_PLAIN))
    with pytest.warns(UserWarning, match="cannot be used"):
        assert hosted.send("hi").text
    assert not hosted.send("hi").cached


def test_a_full_disk_still_gives_what_is_there(service: FakeService, hosted: Client) -> None:
    service.play(answer(MESSAGES_PLAIN))
    hosted.send("hi")
    connection = hosted.cache._connection
    assert connection is not None
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={pages}")
    service.play(answer({**MESSAGES_PLAIN, "content": [{"type": "text", "text": "long " * 5_000}]}))
    with pytest.warns(UserWarning, match="full"):
        hosted.send("something else")
    assert not hosted.send("something else").cached
    assert hosted.send("hi").cached


def test_a_row_that_cannot_be_read_is_asked_for_anew(service: FakeService, hosted: Client, path: Path) -> None:
    service.play(answer(MESSAGES_PLAIN))
    hosted.send("hi")
    for written in (b"", b"{", b"{}", b"[1]", b'{"choices": 3}'):
        with sqlite3.connect(path) as raw:
            raw.execute("UPDATE replies SET reply = ?", (written,))
        raw.close()
        assert not hosted.send("hi").cached
        assert hosted.send("hi").cached


def test_the_oldest_go_first(service: FakeService, path: Path) -> None:
    text = os.urandom(15_000).hex()
    service.play(answer({**MESSAGES_PLAIN, "content": [{"type": "text", "text": text}]}))
    with dial(service) as client:
        client.caches = True
        client._cache = ReplyCache(largest=1_000_000)
        for number in range(40):
            client.send(str(number))
        assert client.cache.kept().size <= 1_000_000
        assert 5 < client.cache.kept().replies < 40
        assert client.send("39").cached
        assert not client.send("0").cached


def test_a_huge_reply_is_passed_over(service: FakeService, hosted: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caicaini_nb.cache.LARGEST_REPLY", 100)
    service.play(answer(MESSAGES_PLAIN))
    hosted.send("hi")
    assert not hosted.send("hi").cached


def test_clear_leaves_nothing_behind(service: FakeService, hosted: Client, path: Path) -> None:
    service.play(answer({**MESSAGES_PLAIN, "content": [{"type": "text", "text": "tell-tale " * 500}]}))
    for number in range(20):
        hosted.send(str(number))
    assert hosted.cache.kept().replies == 20
    assert ReplyCache().clear() == 20
    assert b"tell-tale" not in b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert hosted.cache.kept().replies == 0
    assert not hosted.send("1").cached


def test_closed_it_opens_again(service: FakeService, hosted: Client) -> None:
    service.play(answer(MESSAGES_PLAIN))
    hosted.send("hi")
    hosted.cache.close()
    assert hosted.send("hi").cached


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache_path().name == "replies.db"
    monkeypatch.delenv("CAICAINI_CACHE")
    assert cache_path() == tmp_path / "state" / "data" / "caicaini-nb" / "replies.sqlite"
    monkeypatch.setenv("CAICAINI_CACHE", "~/x.db")
    assert cache_path() == Path.home() / "x.db"


# --- the verb


@pytest.fixture
def session(service: FakeService, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("CAICAINI_BASE", service.base)
    monkeypatch.setenv("CAICAINI_API_KEY", KEY)
    started = Session()
    yield started
    started.close()


def test_the_verb(service: FakeService, session: Session) -> None:
    service.play(answer(MESSAGES_PLAIN))
    assert "off" in repr(run_verb(session, "cache"))
    assert not session.client().caches
    assert "on" in repr(run_verb(session, "cache on"))
    replies = [session.client().send("hi") for _ in range(2)]
    assert [reply.cached for reply in replies] == [False, True]
    assert "replies  1" in repr(run_verb(session, "cache status"))
    assert "forgotten  1" in repr(run_verb(session, "cache clear"))
    assert not session.client().send("hi").cached
    run_verb(session, "cache off")
    assert not session.client().send("hi").cached
    with pytest.raises(ConfigurationError, match="Use on, off, clear or status"):
        run_verb(session, "cache sideways")


def test_the_verb_with_a_bad_file(session: Session, path: Path) -> None:
    path.parent.mkdir()
    garbage(path)
    assert "not a database" in repr(run_verb(session, "cache off"))
    with pytest.raises(ConfigurationError, match="Move the file away"):
        run_verb(session, "cache clear")
    shutil.rmtree(path.parent)
    assert "replies  0" in repr(run_verb(session, "cache"))


def test_the_budget_reaches_the_session_s_clients(service: FakeService, session: Session) -> None:
    service.play(answer(MESSAGES_PLAIN))
    client = session.client()
    run_verb(session, "budget 5000 credits")
    assert session.client() is client
    client.send("hi")
    assert "3 credits in 1 call" in repr(run_verb(session, "budget"))
    run_verb(session, "budget off")
    assert session.client().budget is None
