"""One shared sandbox process for the whole run, and an account of its own for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from caicaini_nb.sandbox import Sandbox, process
from tests.sandbox.calls import NO_TLS


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A sandbox home for the run; the process started in it ends with it."""
    home = tmp_path_factory.mktemp("home")
    yield home
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAICAINI_SANDBOX_HOME", str(home))
        running = process.find()
        if running is not None:
            running.control.call("POST", "stop", {})


@pytest.fixture
def box(clean_environment: None, shared_home: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A new account in the run's process."""
    monkeypatch.setenv("CAICAINI_SANDBOX_HOME", str(shared_home))
    return Sandbox.shared()


@pytest.fixture
def api(box: Sandbox) -> Iterator[httpx.Client]:
    """A client of the Caicaini surface."""
    headers = {"Authorization": f"Bearer {box.api_key}"}
    with httpx.Client(base_url=box.base_url, headers=headers, timeout=20, verify=NO_TLS) as client:
        yield client


@pytest.fixture
def cailag(box: Sandbox) -> Iterator[httpx.Client]:
    """A client of the cailag surface."""
    headers = {"Authorization": f"Bearer {box.api_key}"}
    with httpx.Client(base_url=box.cailag_base_url, headers=headers, timeout=20, verify=NO_TLS) as client:
        yield client


@pytest.fixture
def refused(api: httpx.Client) -> Callable[[str, dict[str, Any]], str]:
    """Post a body that must get a 400 `invalid_request_error`; returns its message."""

    def post(path: str, body: dict[str, Any]) -> str:
        answer = api.post(path, json=body)
        assert answer.status_code == 400, answer.text
        error = answer.json()
        assert error["type"] == "error"
        assert error["error"]["type"] == "invalid_request_error"
        return str(error["error"]["message"])

    return post
