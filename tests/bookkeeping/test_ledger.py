"""The ledger: many kernels at once, kernels that are killed, files that cannot be one, and sums that are right."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from caicaini_nb import Ledger
from caicaini_nb.bookkeeping.file import LEDGER
from caicaini_nb.ledger import Entry
from tests.fake_service import KEY, SECRET, FakeService, answer, dial, error
from tests.wire.replies import MESSAGES_PLAIN

START: dict[str, Any] = {
    "provider": "caicaini", "origin": "hosted", "surface": "messages", "operation": "o", "attempt": 1, "model": "m",
}  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "ledger.db"


def test_a_row_from_begin_to_finish(path: Path) -> None:
    ledger = Ledger(path)
    row = ledger.begin(**START, key_prefix="cai_api_1234", notebook="01.ipynb", cell="c")
    (entry,) = ledger
    assert entry.outcome is None
    assert (entry.input_tokens, entry.credits, entry.status) == (None, None, None)
    ledger.finish(row, "ok", status=200, input_tokens=0, output_tokens=3, credits=0, total_ms=1.5)
    (entry,) = ledger
    assert isinstance(entry, Entry)
    assert (entry.outcome, entry.input_tokens, entry.output_tokens, entry.credits) == ("ok", 0, 3, 0)
    assert entry.cache_read_input_tokens is None
    assert entry.started.tzinfo is not None
    assert ledger.entries(notebook="01.ipynb", outcome="ok") == [entry]
    assert ledger.entries(credits=None) == []
    with pytest.raises(TypeError, match="no colour"):
        ledger.entries(colour="red")


def test_unknown_is_not_zero(path: Path) -> None:
    ledger = Ledger(path)
    ledger.finish(ledger.begin(**START), "ok", credits=0)
    ledger.finish(ledger.begin(**START), "unknown")
    assert [entry.credits for entry in ledger] == [0, None]
    totals = ledger.totals()
    assert (totals.calls, totals.credits, totals.unknown_credits, totals.unknown_tokens) == (2, 0, 1, 2)
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT credits IS NULL FROM entries ORDER BY id").fetchall() == [(0,), (1,)]
    raw.close()


def test_for_the_owner_only(path: Path) -> None:
    before = os.umask(0)
    try:
        ledger = Ledger(path)
        ledger.begin(**START)
        files = list(path.parent.iterdir())
    finally:
        os.umask(before)
    assert len(files) == 3  # -wal and -shm too
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_one_row_for_each_attempt(service: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caicaini_nb.retry.FIRST_BACKOFF", 0.0)
    service.play(error(529), error(529), answer(MESSAGES_PLAIN))
    with dial(service) as client:
        client.send("a very private prompt", system="secret system")
        client.send("another")
    rows = list(client.ledger)
    assert [(row.attempt, row.status, row.outcome) for row in rows] == [
        (1, 529, "error"), (2, 529, "error"), (3, 200, "ok"), (1, 200, "ok"),
    ]  # fmt: skip
    assert [row.operation == rows[0].operation for row in rows] == [True, True, True, False]
    assert [row.credits for row in rows] == [None, None, 3, 3]
    assert rows[2].usage.input_tokens == 12
    assert rows[2].message_id == "msg_1"
    for file in client.ledger.path.parent.glob("ledger.db*"):
        data = file.read_bytes()
        assert b"private" not in data
        assert b"secret system" not in data
        assert all(SECRET[place : place + 6].encode() not in data for place in range(4, len(SECRET) - 5))
        assert file.name != "ledger.db-wal" or KEY[:12].encode() in data


WRITER = """
import sys
from caicaini_nb import Ledger
from caicaini_nb.bookkeeping.file import LEDGER
sys.stdin.readline()
ledger = Ledger(sys.argv[1])
for number in range(int(sys.argv[2])):
    row = ledger.begin(provider="caicaini", origin="hosted", surface="chat", operation=str(number), attempt=1)
    ledger.finish(row, "ok", input_tokens=1, output_tokens=2, credits=number % 3)
assert ledger.problem is None, ledger.problem
"""


def test_many_processes_at_once(path: Path) -> None:
    """All open a file that is not there yet, at the same moment."""
    command = [sys.executable, "-W", "error::UserWarning", "-c", WRITER, str(path), "250"]
    writers = [subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(8)]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    assert [(writer.communicate()[1], writer.returncode) for writer in writers] == [("", 0)] * 8
    totals = Ledger(path).totals()
    assert (totals.calls, totals.input_tokens, totals.output_tokens) == (2000, 2000, 4000)
    assert totals.credits == 8 * sum(number % 3 for number in range(250))
    assert rollup(path) == [(2000, 2000, 4000, totals.credits, 0, 0)]


KILLED = """
import sys
from caicaini_nb import Ledger
from caicaini_nb.bookkeeping.file import LEDGER
ledger = Ledger(sys.argv[1])
ledger.finish(ledger.begin(provider="c", origin="hosted", surface="chat", operation="done", attempt=1), "ok", credits=1)
ledger.begin(provider="c", origin="hosted", surface="chat", operation="open", attempt=1)
print("ready", flush=True)
sys.stdin.readline() or sys.exit(1)
"""


def test_killed(path: Path) -> None:
    command = [sys.executable, "-W", "error::UserWarning", "-c", KILLED, str(path)]
    for turn in range(3):
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            mine = Ledger(path)
            assert mine.entries(limit=1)[0].outcome is None  # it lives
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        mine.close()
        after = Ledger(path)
        assert [row.outcome for row in after] == ["ok", "unknown"] * (turn + 1)
        assert [row.credits for row in after] == [1, None] * (turn + 1)
        after.close()
    assert rollup(path, "unknown") == [(3, 0, 0, 0, 3, 3)]


def test_own_open_rows_are_not_orphans(path: Path) -> None:
    first = Ledger(path)
    first.begin(**START)
    assert [row.outcome for row in Ledger(path)] == [None]


def corrupt(path: Path) -> None:
    path.write_bytes(b"this is not a database, and long enough to be read as one" * 100)


def newer(path: Path) -> None:
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE other (x)")
        made.execute(f"PRAGMA application_id={LEDGER.application}")
        made.execute(f"PRAGMA user_version={LEDGER.version + 1}")
    made.close()


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE entries (x)")
    made.close()


def foreign_with_our_version(path: Path) -> None:
    foreign(path)
    with sqlite3.connect(path) as made:
        made.execute(f"PRAGMA user_version={LEDGER.version}")
    made.close()


def folder(path: Path) -> None:
    path.mkdir()


BAD = {
    corrupt: "not a database", newer: "newer caicaini-nb", foreign: "something else",
    foreign_with_our_version: "something else", folder: "irectory",
}  # fmt: skip


@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
def test_a_file_that_cannot_be_a_ledger(service: FakeService, tmp_path: Path, make: Any) -> None:
    path = tmp_path / "bad.db"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    service.play(answer(MESSAGES_PLAIN))
    with pytest.warns(UserWarning, match=BAD[make]) as caught:
        ledger = Ledger(path)
    assert len(caught) == 1
    with warnings.catch_warnings(), dial(service, ledger=ledger) as client:
        warnings.simplefilter("error")
        assert client.send("hi").text
        assert client.send("hi").text
    assert [row.outcome for row in ledger] == ["ok", "ok"]
    assert ledger.totals().credits == 6
    assert "in memory" in repr(ledger)
    assert (path.read_bytes() if path.is_file() else b"") == before
    assert sorted(file.name for file in tmp_path.glob("bad.db*")) == ["bad.db"]


def test_a_folder_nobody_may_write_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*arguments: Any, **options: Any) -> int:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("caicaini_nb.database.os.open", refused)
        with pytest.warns(UserWarning, match="Permission denied"):
            ledger = Ledger(tmp_path / "ledger.db")
    ledger.finish(ledger.begin(**START), "ok", credits=1)
    assert ledger.totals().credits == 1
    assert list(tmp_path.glob("ledger.db*")) == []


def test_a_file_that_breaks_under_way(path: Path) -> None:
    ledger = Ledger(path)
    seen: list[Entry] = []
    ledger.subscribe(seen.append)
    ledger.finish(ledger.begin(**START), "ok")
    row = ledger.begin(**START)
    with sqlite3.connect(path) as other:
        other.execute("DROP TABLE entries")
    other.close()
    with pytest.warns(UserWarning, match="no such table"):
        ledger.finish(row, "ok")
    ledger.finish(ledger.begin(**START), "ok")
    assert [entry.outcome for entry in seen] == ["ok", "ok", "ok"]
    assert [entry.model for entry in ledger] == ["m", "m"]  # the row under way went along


def test_watchers(path: Path) -> None:
    ledger = Ledger(path)
    seen: list[Entry] = []
    stop = ledger.subscribe(seen.append)
    ledger.finish(ledger.begin(**START), "ok", credits=4)
    stop()
    ledger.finish(ledger.begin(**START), "ok", credits=5)
    assert [entry.credits for entry in seen] == [4]


def test_forked(path: Path, service: FakeService) -> None:
    """A child writes with a connection of its own, to the file and to the service."""
    service.play(answer(MESSAGES_PLAIN))
    ledger = Ledger(path)
    with dial(service, ledger=ledger) as client:
        client.send("hi")
        for _ in range(5):
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    status = 0 if client.send("hi").text and ledger.problem is None and ledger.totals().calls else 1
                finally:
                    os._exit(status)
            assert client.send("hi").text
            assert os.waitpid(child, 0)[1] == 0
    assert [row.outcome for row in ledger] == ["ok"] * 11
    assert len({row.process for row in ledger}) == 6
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    raw.close()


def rollup(path: Path, outcome: str = "ok") -> list[tuple[int, ...]]:
    with sqlite3.connect(path) as raw:
        found = raw.execute(
            "SELECT sum(calls), sum(input_tokens), sum(output_tokens), sum(credits), sum(unknown_input_tokens),"
            " sum(unknown_credits) FROM daily WHERE outcome = ? GROUP BY outcome", (outcome,)
        ).fetchall()  # fmt: skip
    raw.close()
    return found
