"""The `Sandbox` object: what it shows, what it hides, what it refuses."""

from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys
import time
import traceback

import pytest

from caicaini_nb.sandbox import Sandbox
from caicaini_nb.sandbox.keys import HiddenKey
from tests.sandbox import calls
from tests.sandbox.calls import messages_body


def test_urls_and_key_have_the_documented_shape(box: Sandbox) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1", box.base_url)
    assert box.cailag_base_url == box.base_url.replace("/v1", "/cailag/v1")
    assert re.fullmatch(r"cai_api_sbx_[A-Za-z0-9_-]{28}", box.api_key)
    assert box.account_id.startswith("acct_")
    assert box.engine == "rules"


def test_the_key_and_the_token_are_shown_nowhere(box: Sandbox) -> None:
    assert box._runtime is not None
    shown = f"{box!r} {box} {vars(box)} {box.faults('529')!r} {box._runtime}"
    try:
        box.revoke_key(box.api_key + "x")
    except ValueError as error:
        shown += "".join(traceback.format_exception(error))
    assert "cai_api_sbx_…" in shown
    for secret in (box.api_key[12:], box._runtime.token.reveal()):
        assert not [at for at in range(len(secret) - 5) if secret[at : at + 6] in shown]


def test_a_key_is_not_pickled_or_copied(box: Sandbox) -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(box._key)
    with pytest.raises(TypeError, match="not pickled"):
        copy.deepcopy(HiddenKey("cai_api_sbx_secret"))


@pytest.mark.parametrize("key", ["cai_api_sbx_short", "sk-x", "cai_api_" + "x" * 32, ""])
def test_other_keys_are_refused(key: str) -> None:
    with pytest.raises(ValueError, match="sandbox key"):
        Sandbox(key=key)


def test_a_key_and_settings_of_ones_own_are_used() -> None:
    key = "cai_api_sbx_" + "k" * 28
    with Sandbox(fresh=True, key=key, documented_only=True, pace=0.05) as box:
        assert box.api_key == key
        headers = {"Authorization": f"Bearer {key}"}
        undocumented = calls.post(f"{box.base_url}/messages", headers=headers, json=messages_body(seed=1))
        assert undocumented.status_code == 400
        started = time.perf_counter()
        body = messages_body(stream=True, max_tokens=4)
        assert calls.post(f"{box.base_url}/messages", headers=headers, json=body).status_code == 200
        assert time.perf_counter() - started >= 0.2


def test_using_it_before_the_start_says_so() -> None:
    sandbox = Sandbox(fresh=True)
    assert repr(sandbox) == "<Sandbox, not started>"
    with pytest.raises(RuntimeError, match="start"):
        sandbox.balance()
    with pytest.raises(RuntimeError, match="start"):
        _ = sandbox.api_key


def test_starting_twice_is_harmless(box: Sandbox) -> None:
    account = box.account_id
    assert box.start() is box
    assert box.account_id == account


def test_reviving_what_runs_changes_nothing(box: Sandbox) -> None:
    before = (box.base_url, box.account_id)
    assert (box.revive(), box.account_id) == before


@pytest.mark.parametrize("pace", [-1, 61, 1e300])
def test_a_pace_out_of_range_is_refused(box: Sandbox, pace: float) -> None:
    with pytest.raises(ValueError, match="pace"):
        box.set_pace(pace)


def test_importing_it_loads_no_server() -> None:
    script = (
        "import sys; from caicaini_nb.sandbox import Sandbox;"
        "print({'starlette', 'uvicorn', 'sqlite3', 'httpx', 'asyncio', 'tiktoken'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
