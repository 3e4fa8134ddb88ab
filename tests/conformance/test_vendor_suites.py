"""The suites inside the vendors' own SDKs, for the two endpoints that answer, against the sandbox.

They are the tests of the source distributions that the lock pins, unchanged; `judges/vendor_plugin.py` sets model and
key and skips, with the reason, the endpoints that the contract does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from caicaini_nb.sandbox import Sandbox
from tests.conformance.environment import python, source
from tests.conformance.verdict import judge
from tests.conftest import need
from tests.installation import clean_environment

pytestmark = pytest.mark.slow

JUDGES = Path(__file__).parent / "judges"


@dataclass(frozen=True)
class Suite:
    """One file of an SDK's tests: what it needs to start, how many of its cases pass, which names are skipped."""

    package: str
    file: str
    passed: int
    skipped: tuple[str, ...] = ()
    options: str = ""
    versioned: bool = True  # whether the SDK's base URL ends in /v1


STORED = ("retrieve", "update", "list", "delete")
EARLY = "-p tests._alias_httpx"  # what the SDK's own settings load before its tests
MESSAGES = "tests/api_resources/test_messages.py"
BETA_MESSAGES = "tests/api_resources/beta/test_messages.py"
SUITES = {
    "chat": Suite("openai", "tests/api_resources/chat/test_completions.py", 40, STORED),
    "messages": Suite("anthropic", MESSAGES, 65, options=EARLY, versioned=False),
    "beta messages": Suite("anthropic", BETA_MESSAGES, 60, options=EARLY, versioned=False),
}


@pytest.mark.parametrize("name", SUITES)
def test_the_suite_of_the_sdk_passes(box: Sandbox, name: str, tmp_path: Path) -> None:
    need("uv")
    suite = SUITES[name]
    variables = clean_environment(tmp_path) | {
        "CAICAINI_VENDOR": suite.package,
        "CAICAINI_MODEL": "caicaini/sonnet",
        "CAICAINI_API_KEY": box.api_key,
        "TEST_API_BASE_URL": box.base_url if suite.versioned else box.base_url.removesuffix("/v1"),
        "PYTHONPATH": str(JUDGES),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    options = ["-p", "vendor_plugin", "-o", f"addopts={suite.options}", "-q", "--tb=short", suite.file]
    verdict = judge(python(), options, source(suite.package), variables, tmp_path / "report.xml")
    assert verdict.failed == (), verdict.printed
    assert verdict.passed == suite.passed
    assert [skip for skip in verdict.skipped if not any(f"_{part}" in skip for part in suite.skipped)] == []
