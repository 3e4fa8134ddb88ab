"""The ledger's file: older ones brought up to date, newer ones left alone, broken ones said once and survived."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import warnings
from contextlib import closing
from pathlib import Path

import pytest

from caicaini_nb import Ledger
from caicaini_nb.bookkeeping.file import LEDGER
from caicaini_nb.errors import ConfigurationError

START = {"provider": "caicaini", "origin": "hosted", "surface": "messages", "operation": "o", "model": "m"}

VERSION_1 = """
CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    started_ms INTEGER NOT NULL, provider TEXT NOT NULL, origin TEXT NOT NULL, surface TEXT NOT NULL,
    operation TEXT NOT NULL, attempt INTEGER NOT NULL, model TEXT, model_answered TEXT, status INTEGER,
    outcome TEXT CHECK (outcome IN ('ok', 'error', 'interrupted', 'unknown')), error TEXT,
    input_tokens INTEGER, output_tokens INTEGER, cache_creation_input_tokens INTEGER,
    cache_read_input_tokens INTEGER, credits INTEGER, first_event_ms REAL, total_ms REAL,
    request_id TEXT, message_id TEXT, notebook TEXT, cell TEXT, key_prefix TEXT, process TEXT NOT NULL
);
CREATE TABLE processes (name TEXT PRIMARY KEY, first_row INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE rollup (hour INTEGER NOT NULL, calls INTEGER NOT NULL, PRIMARY KEY (hour)) WITHOUT ROWID;
CREATE TRIGGER entries_rollup AFTER UPDATE OF outcome ON entries
    WHEN NEW.outcome IS NOT NULL AND OLD.outcome IS NULL BEGIN
    INSERT INTO rollup VALUES (NEW.started_ms / 3600000, 1) ON CONFLICT DO UPDATE SET calls = calls + 1;
END;
PRAGMA application_id = 1667328355;
PRAGMA user_version = 1;
"""
INSERT = (
    "INSERT INTO entries (started_ms, provider, origin, surface, operation, attempt, model, process)"
    " VALUES (?, 'caicaini', 'hosted', 'messages', 'o', 1, 'm', ?)"
)
FINISH = "UPDATE entries SET outcome = 'ok', input_tokens = 2, output_tokens = 3, credits = ? WHERE id = ?"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file of version 1: four rows of one day, the third unknown in credits, the last under way in a dead process."""
    path = tmp_path / "ledger.db"
    with sqlite3.connect(path, isolation_level=None) as raw:
        raw.executescript(VERSION_1)
        for row, credits in enumerate([5, 0, None], 1):
            raw.execute(INSERT, (86_400_000 + row, "999999:1"))
            raw.execute(FINISH, (credits, row))
        raw.execute("INSERT INTO processes VALUES ('999999:1', 0)")
        raw.execute(INSERT, (86_400_004, "999999:1"))
    raw.close()
    return path


def test_an_older_file_is_brought_up_to_date(old: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ledger = Ledger(old)
    assert ledger.problem is None
    assert [(row.started_ms, row.outcome, row.credits) for row in ledger] == [
        (86_400_001, "ok", 5), (86_400_002, "ok", 0), (86_400_003, "ok", None), (86_400_004, "unknown", None),
    ]  # fmt: skip
    assert ledger.daily(("calls", "credits", "unknown_credits"), by=("day", "outcome")) == {
        "day": [1, 1], "outcome": ["ok", "unknown"], "calls": [3, 1], "credits": [5, None], "unknown_credits": [1, 1],
    }  # fmt: skip
    ledger.finish(ledger.begin(**START), "ok", credits=7)
    assert ledger.daily(("credits",), by=()) == {"credits": [12]}
    ledger.close()
    fresh = Ledger(old.with_name("fresh.db"))
    assert schema(old) == schema(fresh.path)
    assert len(Ledger(old)) == 5


def schema(path: Path) -> set[tuple[str, ...]]:
    with sqlite3.connect(path) as raw:
        found = set(raw.execute("SELECT type, name, sql FROM sqlite_master").fetchall())
        version = raw.execute("PRAGMA user_version").fetchone()
    raw.close()
    assert version == (LEDGER.version,)
    # The old file has its tables in the layout they were typed in.
    return {(kind, name, " ".join((sql or "").split())) for kind, name, sql in found}


def test_an_older_kernel_that_has_the_file_open_goes_on(old: Path) -> None:
    before = sqlite3.connect(old, isolation_level=None)
    before.execute(INSERT, (86_400_009, f"{os.getpid()}:"))
    ledger = Ledger(old)
    before.execute(FINISH, (4, 5))
    before.close()
    assert ledger.daily(("credits", "calls"), by=()) == {"credits": [9], "calls": [5]}


def test_an_upgrade_that_fails_leaves_the_file_as_it_was(old: Path) -> None:
    with sqlite3.connect(old) as raw:
        raw.execute("DROP TRIGGER entries_rollup")  # what the upgrade wants to drop first
        raw.execute("CREATE TABLE daily (x)")
    raw.close()
    with pytest.warns(UserWarning, match="no such trigger"):
        ledger = Ledger(old)
    ledger.finish(ledger.begin(**START), "ok", credits=1)
    assert ledger.totals().credits == 1
    with sqlite3.connect(old) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (1,)
        assert raw.execute("SELECT count(*), sum(credits) FROM entries").fetchone() == (4, 5)
        assert raw.execute("SELECT calls FROM rollup").fetchall() == [(3,)]
    raw.close()


def test_a_newer_file_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = Ledger(path)
    ledger.finish(ledger.begin(**START), "ok", credits=3)
    ledger.close()
    with sqlite3.connect(path) as raw:
        raw.execute(f"PRAGMA user_version={LEDGER.version + 1}")
    raw.close()
    before = path.read_bytes()
    with pytest.warns(UserWarning, match=r"newer caicaini-nb \(ledger version 3, this one reads 2\)"):
        later = Ledger(path)
    later.finish(later.begin(**START), "ok", credits=4)
    assert later.totals().credits == 4
    assert path.read_bytes() == before


def test_a_file_that_is_broken_in_its_middle(tmp_path: Path) -> None:
    """Reading it is an error that says where it is; calls do not notice; nothing is moved or overwritten."""
    path = tmp_path / "ledger.db"
    ledger = Ledger(path)
    for _ in range(600):
        ledger.finish(ledger.begin(**START), "ok", credits=1)
    ledger.close()
    whole = path.read_bytes()
    middle = len(whole) // 2 // 4096 * 4096
    path.write_bytes(whole[:middle] + b"\x55" * 4096 + whole[middle + 4096 :])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ledger = Ledger(path)
        ledger.finish(ledger.begin(**START), "ok", credits=1)
    for read in (list, Ledger.totals, Ledger.columns):
        with pytest.raises(ConfigurationError, match=r"ledger\.db cannot be read: .*malformed.* Mend the file"):
            read(ledger)
    ledger.close()
    assert path.read_bytes()[middle : middle + 4096] == b"\x55" * 4096


def test_a_file_that_breaks_amid_the_calls(tmp_path: Path) -> None:
    """Said once, with the place of the file; the rows of calls under way go along."""
    path = tmp_path / "ledger.db"
    ledger = Ledger(path)
    open_row = ledger.begin(**START)
    with sqlite3.connect(path) as raw:
        raw.execute("DROP TABLE daily")
    raw.close()
    with pytest.warns(UserWarning, match=r"ledger\.db cannot be written: no such table") as caught:
        ledger.finish(open_row, "ok", credits=1)
    ledger.finish(ledger.begin(**START), "ok", credits=1)
    assert len(caught) == 1
    assert ledger.totals().credits == 2
    assert ledger.daily(("calls",), by=("model",)) == {"model": ["m"], "calls": [2]}


def test_a_disk_that_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What sqlite says where the file opens and the disk takes nothing."""
    real = sqlite3.connect
    path = tmp_path / "ledger.db"
    Ledger(path).close()

    def read_only(place: object, **options: object) -> sqlite3.Connection:
        target = place if place == ":memory:" else f"file:{place}?mode=ro"
        return real(target, uri=True, **options)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr("caicaini_nb.database.sqlite3.connect", read_only)
    with pytest.warns(UserWarning, match="readonly database") as caught:
        ledger = Ledger(path)
    ledger.finish(ledger.begin(**START), "ok", credits=1)  # a second warning would be an error
    assert len(caught) == 1
    assert ledger.totals().credits == 1


def test_a_network_mount_has_the_other_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def mode(path: Path) -> str:
        ledger = Ledger(path)
        ledger.finish(ledger.begin(**START), "ok", credits=1)
        (found,) = ledger._connection.execute("PRAGMA journal_mode").fetchone()
        assert (ledger.problem, ledger.totals().credits) == (None, 1)
        ledger.close()
        return str(found)

    mounts = tmp_path / "mounts"
    mounts.write_text(f"disk / ext4 rw 0 0\nserver:/home {tmp_path}/home nfs4 rw 0 0\n")
    monkeypatch.setattr("caicaini_nb.database.Path", lambda name: mounts if name == "/proc/self/mounts" else Path(name))
    assert mode(tmp_path / "home" / "deep" / "ledger.db") == "delete"
    assert mode(tmp_path / "local" / "ledger.db") == "wal"


def test_a_clock_that_goes_back_is_said_once(tmp_path: Path) -> None:
    times = iter([1_000_000, 990_000, 400_000, 100_000, 2_000_000, 100_000])
    ledger = Ledger(tmp_path / "ledger.db", clock=lambda: next(times) * 1_000_000)
    rows = [ledger.begin(**START) for _ in range(2)]  # ten seconds are a time server's work
    with pytest.warns(UserWarning, match="The clock went back by 10 min") as caught:
        rows += [ledger.begin(**START) for _ in range(4)]
    assert len(caught) == 1
    for row in rows:
        ledger.finish(row, "ok", credits=1)
    assert [entry.started_ms for entry in ledger] == [1_000_000, 990_000, 400_000, 100_000, 2_000_000, 100_000]
    assert ledger.daily(("credits",), by=("day",)) == {"day": [0], "credits": [6]}


KILLED = """
import sys
from caicaini_nb import Ledger
ledger = Ledger(sys.argv[1])
number = 0
while True:
    number += 1
    row = ledger.begin(provider="c", origin="hosted", surface="chat", operation=str(number))
    ledger.finish(row, "ok", credits=1)
    print(number, flush=True)
"""


def test_a_kill_loses_no_acknowledged_row(tmp_path: Path) -> None:
    """Wherever it strikes, the sums are those of the rows."""
    path = tmp_path / "ledger.db"
    acknowledged = 0
    for turn in range(6):
        with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            said = [writer.stdout.readline() for _ in range(20 + 7 * turn)]
            writer.send_signal(signal.SIGKILL)
            said += writer.stdout.readlines()
            writer.wait()
        acknowledged += int([line for line in said if line.endswith("\n")][-1])
    ledger = Ledger(path)
    rows = list(ledger)
    done = sum(row.outcome == "ok" for row in rows)
    assert acknowledged <= done <= acknowledged + 6
    assert {row.outcome for row in rows} <= {"ok", "unknown"}
    assert ledger.daily(("calls", "credits"), by=("outcome",))["credits"][0] == done
    assert sum(ledger.daily(("calls",), by=("outcome",))["calls"]) == len(rows)


def test_a_watcher_or_a_row_that_is_wrong(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    row = ledger.begin(**START)
    with pytest.raises(sqlite3.IntegrityError):
        ledger.finish(row, "fine")  # no such outcome: the caller's mistake, and the file is not to blame
    assert ledger.problem is None
    ledger.finish(row, "ok")
    assert len(ledger) == 1


def test_a_second_ledger_here_leaves_the_first_ones_locks(tmp_path: Path) -> None:
    """Else a process that comes and goes takes itself for the last one, and rows written after it are lost."""
    path = tmp_path / "ledger.sqlite"
    count = f"from pathlib import Path; from caicaini_nb import Ledger; print(len(Ledger(Path({str(path)!r}))))"
    seen = []
    with closing(Ledger(path)) as first, closing(Ledger(path)) as second:
        for number in range(3):
            for ledger in (first, second):
                ledger.begin(started_ms=number, **START)
            done = subprocess.run([sys.executable, "-c", count], capture_output=True, text=True, check=True)
            seen.append(int(done.stdout))
    assert seen == [2, 4, 6]
