"""Who may ask: the table of Hosts and Origins, and the forms of the Authorization header."""

from __future__ import annotations

import httpx
import pytest

from caicaini_nb.sandbox import Sandbox
from tests.sandbox import calls
from tests.sandbox.calls import messages_body

LOCAL = ["127.0.0.1:{port}", "localhost:{port}", "LocalHost:{port}", "[::1]:{port}", "127.0.0.1", "localhost", "[::1]"]
FOREIGN = [
    "example.org", "example.org:{port}", "127.0.0.1.evil", "127.0.0.1.evil:{port}", "127.0.0.1.:{port}",
    "localhost.:{port}", "localhost.evil:{port}", "evil.localhost:{port}", "127.0.0.1:1", "localhost:80",
    "127.0.0.2:{port}", "0.0.0.0:{port}", "127.1:{port}", "2130706433:{port}", "0x7f000001:{port}", "[::]:{port}",
    "[::ffff:127.0.0.1]:{port}", "user@127.0.0.1:{port}", "127.0.0.1:{port}:{port}", "", "127.0.0.1:{port} ,x",
]  # fmt: skip
OWN_ORIGINS = ["http://127.0.0.1:{port}", "http://localhost:{port}", "http://[::1]:{port}"]
FOREIGN_ORIGINS = [
    "null", "http://example.org", "https://127.0.0.1:{port}", "http://localhost:8888", "http://127.0.0.1.evil:{port}",
    "http://localhost.:{port}", "file://", "http://127.0.0.1:{port}/", "127.0.0.1:{port}", "",
]  # fmt: skip


def port_of(box: Sandbox) -> int:
    """Return the port of a sandbox."""
    return httpx.URL(box.base_url).port or 0


def get(box: Sandbox, path: str = "/models", **headers: str) -> httpx.Response:
    """Ask with a key and other headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return calls.get(box.base_url + path, headers={"Authorization": f"Bearer {box.api_key}"} | named)


@pytest.mark.parametrize("host", LOCAL)
def test_local_hosts_are_served(box: Sandbox, host: str) -> None:
    assert get(box, Host=host.format(port=port_of(box))).status_code == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_foreign_hosts_are_refused(box: Sandbox, host: str) -> None:
    answer = get(box, Host=host.format(port=port_of(box)))
    assert answer.status_code == 403
    assert answer.json()["error"]["type"] == "permission_error"


@pytest.mark.parametrize("origin", OWN_ORIGINS)
def test_own_origins_are_served(box: Sandbox, origin: str) -> None:
    answer = get(box, Origin=origin.format(port=port_of(box)))
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_foreign_origins_are_refused(box: Sandbox, origin: str) -> None:
    assert get(box, Origin=origin.format(port=port_of(box))).status_code == 403


def test_cailag_and_control_calls_refuse_foreign_hosts_too(box: Sandbox) -> None:
    root = box.base_url.removesuffix("/v1")
    foreign = {"Host": "example.org", "Authorization": f"Bearer {box.api_key}"}
    cailag = calls.get(f"{box.cailag_base_url}/models", headers=foreign)
    assert (cailag.status_code, set(cailag.json())) == (403, {"error"})
    assert calls.get(f"{root}/sandbox/hello?nonce=1", headers=foreign).status_code == 403


@pytest.mark.parametrize("path", ["accounts", "stop", "accounts/{account}/requests"])
def test_control_calls_take_no_api_key(box: Sandbox, path: str) -> None:
    root = box.base_url.removesuffix("/v1")
    headers = {"Authorization": f"Bearer {box.api_key}"}
    answer = calls.post(f"{root}/sandbox/{path.format(account=box.account_id)}", headers=headers, json={})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "form", ["bearer {key}", "BEARER {key}", "Bearer  {key}", "Bearer\t{key}", "Bearer{key}", "{key}", "Basic {key}",
             "Bearer", "Bearer {key} x", "Bearer {key}x", "Token {key}"],
)  # fmt: skip
def test_other_forms_of_authorization_are_refused(box: Sandbox, form: str) -> None:
    answer = get(box, Authorization=form.format(key=box.api_key))
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "authentication_error"
    assert box.api_key not in answer.text


def test_the_header_name_is_case_insensitive(box: Sandbox) -> None:
    answer = calls.get(f"{box.base_url}/models", headers={"aUTHORIZATION": f"Bearer {box.api_key}"})
    assert answer.status_code == 200


def test_an_x_api_key_is_told_of_bearer(box: Sandbox) -> None:
    answer = calls.get(f"{box.base_url}/models", headers={"x-api-key": box.api_key})
    assert answer.status_code == 401
    assert "Bearer" in answer.json()["error"]["message"]


def test_a_hosted_key_is_refused_without_repeating_it(box: Sandbox) -> None:
    hosted = "cai_api_" + "x" * 32
    answer = get(box, Authorization=f"Bearer {hosted}")
    assert answer.status_code == 401
    assert hosted[:14] not in answer.text


def test_cailag_names_a_bad_key_by_code(box: Sandbox) -> None:
    answer = calls.post(
        f"{box.cailag_base_url}/chat/completions", headers={"Authorization": "Bearer sk-x"}, json=messages_body()
    )
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"
