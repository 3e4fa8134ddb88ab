"""`caicaini sandbox …`: in the foreground, and what it says to a running sandbox."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from caicaini_nb.sandbox import Sandbox
from caicaini_nb.sandbox.cli import run
from tests.sandbox import calls

COMMAND = [sys.executable, "-m", "caicaini_nb.sandbox"]


@contextmanager
def foreground(*arguments: str) -> Iterator[str]:
    """Run the command until the end of the `with`; gives what it printed."""
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        said = "".join(running.stdout.readline() for _ in range(4))
        yield said
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 0


def test_the_foreground_prints_bases_and_key(capsys: pytest.CaptureFixture[str]) -> None:
    key = "cai_api_sbx_" + "f" * 28
    with foreground("--key", key, "--fresh") as said:
        assert "not the hosted service" in said
        assert key in said
        base = re.search(r"CAICAINI_BASE=(\S+)", said)
        assert base is not None
        answer = calls.get(f"{base[1]}/account", headers={"Authorization": f"Bearer {key}"})
        assert answer.json()["api_credits"] == 70_000
        assert run([]) == 1  # one at a time
        assert "runs at" in capsys.readouterr().err
        assert Sandbox.shared().base_url == base[1]  # notebooks find it
    assert run(["status"]) == 1


def test_a_taken_port_is_an_error(box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    port = httpx.URL(box.base_url).port
    monkeypatch.setenv("CAICAINI_SANDBOX_HOME", str(tmp_path))
    done = subprocess.run([*COMMAND, "--port", str(port)], capture_output=True, text=True)
    assert done.returncode == 1
    assert "taken" in done.stderr
    assert "Traceback" not in done.stderr


def test_keys_and_credits_of_the_account_used_last(box: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    account = ["--account", box.account_id]
    assert run(["keys", "mint", *account]) == 0
    minted = capsys.readouterr().out.strip()
    headers = {"Authorization": f"Bearer {minted}"}
    assert calls.get(f"{box.base_url}/models", headers=headers).status_code == 200
    assert run(["keys", "revoke", minted, *account]) == 0
    assert calls.get(f"{box.base_url}/models", headers=headers).status_code == 401
    capsys.readouterr()
    assert run(["keys", "list", *account]) == 0
    listed = capsys.readouterr().out
    assert ["valid" in line for line in listed.splitlines()] == [True, False]
    assert minted[12:] not in listed
    assert run(["top-up", "--usd", "50"]) == 0
    assert "380000 credits added" in capsys.readouterr().out
    assert box.balance() == 450_000
    assert run(["status"]) == 0
    assert box.base_url in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["top-up", "--usd", "5"], ["keys", "revoke", "nothing"], ["keys", "mint", "--account", "acct_none"]],
)
def test_refused_values_are_one_line(box: Sandbox, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert run(arguments) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["stop"], ["status"], ["keys", "list"], ["top-up", "--usd", "50"]])
def test_without_a_sandbox_nothing_is_started(arguments: list[str]) -> None:
    assert run(arguments) == 1


def test_stop_ends_the_shared_process() -> None:
    shared = Sandbox.shared()
    assert run(["stop"]) == 0
    assert shared._runtime is not None
    shared.revive()
    assert shared.balance() == 70_000
    assert run(["stop"]) == 0
