"""Keys of an account: minted, listed, revoked, never stored in plain; and 402 when credits run short."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from caicaini_nb.sandbox import Sandbox
from tests.sandbox import calls
from tests.sandbox.calls import messages_body


def listed(box: Sandbox) -> list[dict[str, Any]]:
    """Return the account's keys as the handle lists them."""
    return box.keys()


def works(box: Sandbox, key: str) -> bool:
    """Say whether a key is valid on both surfaces (or on neither)."""
    statuses = [
        calls.get(f"{base}/models", headers={"Authorization": f"Bearer {key}"}).status_code
        for base in (box.base_url, box.cailag_base_url)
    ]
    assert statuses in ([200, 200], [401, 401])
    return statuses[0] == 200


def test_keys_are_minted_listed_and_revoked(box: Sandbox) -> None:
    minted = box.mint_key()
    assert re.fullmatch(r"cai_api_sbx_[A-Za-z0-9_-]{28}", minted)
    assert works(box, box.api_key)
    assert works(box, minted)
    assert [key["prefix"] for key in listed(box)] == ["cai_api_sbx_"] * 2
    box.revoke_key(minted)
    assert not works(box, minted)
    assert works(box, box.api_key)
    assert [key["revoked"] is None for key in listed(box)] == [True, False]


def test_a_key_is_revoked_by_id_and_by_an_unambiguous_prefix(box: Sandbox) -> None:
    second = box.mint_key()
    with pytest.raises(ValueError, match="More than one"):
        box.revoke_key("cai_api_sbx_")
    box.revoke_key(box.keys()[0]["id"])
    assert not works(box, box.api_key)
    box.revoke_key("cai_api_sbx_")
    assert not works(box, second)
    with pytest.raises(ValueError, match="No valid key"):
        box.revoke_key("cai_api_sbx_")


def test_keys_are_not_on_disk(box: Sandbox, shared_home: Path) -> None:
    minted = box.mint_key()
    kept = b"".join(path.read_bytes() for path in shared_home.rglob("*") if path.is_file())
    assert box.account_id.encode() in kept
    for key in (minted, box.api_key):
        assert key[12:].encode() not in kept
    assert {path.stat().st_mode & 0o077 for path in shared_home.rglob("*.json")} == {0}
    assert {path.stat().st_mode & 0o077 for path in shared_home.glob("*.sqlite*")} == {0}


def test_accounts_do_not_disturb_each_other(box: Sandbox) -> None:
    other = Sandbox.shared()
    with box.faults("529"):
        headers = {"Authorization": f"Bearer {other.api_key}"}
        assert calls.get(f"{other.base_url}/models", headers=headers).status_code == 200
        assert (
            calls.get(f"{box.base_url}/models", headers={"Authorization": f"Bearer {box.api_key}"}).status_code == 529
        )
    assert other.base_url == box.base_url
    assert other.account_id != box.account_id
    assert len(other.requests()) == 1


def test_a_short_balance_is_refused_before_running(box: Sandbox, api: httpx.Client) -> None:
    box.set_tier("enterprise", requests=10_000, input_tokens=10**9, streams=5)
    long = [{"role": "user", "content": "Count to 40. " + "word " * 20_000}]
    body = messages_body(model="caicaini/opus", messages=long, max_tokens=1)
    while (answer := api.post("/messages", json=body)).status_code == 200:
        assert answer.json()["usage"]["credits_consumed"] > 10_000
    assert answer.status_code == 402
    assert answer.json()["error"]["type"] == "insufficient_quota"
    assert "retry-after" not in answer.headers
    left = box.balance()
    assert 0 <= left < 13_000
    assert api.post("/chat/completions", json=body).status_code == 402
    assert api.post("/messages", json=messages_body()).status_code == 200  # what is left pays a smaller call
    box.top_up(10)
    assert api.post("/messages", json=body).status_code == 200


def test_an_answer_stops_at_what_the_balance_pays(box: Sandbox, api: httpx.Client) -> None:
    box.set_tier("enterprise", requests=10_000, input_tokens=10**9, streams=5)
    for words in (20_000, 1_000, 150):
        filler = [{"role": "user", "content": "word " * words}]
        burn = messages_body(model="caicaini/opus", messages=filler, max_tokens=1)
        while api.post("/messages", json=burn).status_code == 200:
            continue
    answer = api.post("/messages", json=messages_body(model="caicaini/opus"))
    assert answer.json()["stop_reason"] == "max_tokens"
    assert 0 <= box.balance() < 3


@pytest.mark.parametrize(("usd", "credits_"), [(10, 70_000), ("50", 380_000), (200, 1_600_000), (1000, 8_500_000)])
def test_packs_buy_the_documented_credits(box: Sandbox, usd: int | str, credits_: int) -> None:
    assert box.top_up(usd) == credits_
    assert box.balance() == 70_000 + credits_


def test_the_billing_preview_needs_the_dashboard(box: Sandbox, api: httpx.Client) -> None:
    url = f"{box.base_url.removesuffix('/v1')}/api/developers/billing/preview"
    assert calls.post(url, json={"usdCents": 5000}, headers=api.headers).status_code == 401
    assert box._runtime is not None
    token = {"Authorization": f"Bearer {box._runtime.token.reveal()}"}
    answer = calls.post(url, json={"usdCents": 5000}, headers=token)
    assert answer.json() == {"credits": 380_000, "creditsPerDollar": 7_600}
    assert calls.post(url, json={"usdCents": 999}, headers=token).status_code == 400
