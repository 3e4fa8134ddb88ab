"""The ground the other tests stand on: a missing tool, the suite's scale, the clean environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import conftest


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the browser unfindable."""
    monkeypatch.setitem(conftest.TOOLS, "browser", (lambda: None, "no Chromium is installed"))


@pytest.mark.usefixtures("no_browser")
def test_a_missing_tool_skips_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAICAINI_REQUIRE", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no Chromium is installed"):
        conftest.need("browser")


@pytest.mark.usefixtures("no_browser")
@pytest.mark.parametrize("required", ["browser", "git, browser"])
def test_a_missing_tool_fails_when_it_is_required(monkeypatch: pytest.MonkeyPatch, required: str) -> None:
    monkeypatch.setenv("CAICAINI_REQUIRE", required)
    with pytest.raises(pytest.fail.Exception, match="CAICAINI_REQUIRE names browser"):
        conftest.need("browser")


def test_a_tool_that_is_there_is_returned() -> None:
    assert Path(conftest.need("git")).exists()


@pytest.mark.parametrize(("scale", "cases"), [("full", 500), ("", 50)])
def test_suite_scale(monkeypatch: pytest.MonkeyPatch, scale: str, cases: int) -> None:
    monkeypatch.setenv("CAICAINI_SUITE", scale)
    assert conftest.suite(500) == cases
    assert conftest.suite(3) >= 1


def test_no_setting_of_the_user_reaches_a_test(tmp_path: Path) -> None:
    ours = {name for name in os.environ if name.startswith(conftest.OURS)}
    assert ours - conftest.KEPT == {"CAICAINI_LEDGER", "CAICAINI_SANDBOX_ENGINE", "CAICAINI_SANDBOX_HOME"}
    assert tmp_path in Path(os.environ["CAICAINI_LEDGER"]).parents
    assert tmp_path in Path(os.environ["CAICAINI_SANDBOX_HOME"]).parents
