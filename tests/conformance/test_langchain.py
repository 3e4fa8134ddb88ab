"""LangChain's standard suite against the sandbox, with its own two chat models: no failure, a reason for every skip."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from caicaini_nb.sandbox import Sandbox
from tests.conformance.environment import python
from tests.conformance.verdict import judge
from tests.conftest import need
from tests.installation import clean_environment

pytestmark = pytest.mark.slow

SUITE = Path(__file__).parent / "judges" / "langchain_suite.py"
# LangChain shares its HTTP clients between models, so all tests must share one event loop.
LOOP = ("-o", "asyncio_mode=auto", "-o", "asyncio_default_test_loop_scope=session")
NEITHER = {
    "test_pdf_inputs": "a message holds text and pictures: PDF is no media type of either API",
    "test_pdf_tool_message": "a message holds text and pictures: PDF is no media type of either API",
    "test_audio_inputs": "a message holds text and pictures: neither API takes sound",
    "test_stream_time": "a benchmark on recorded answers, not a check",
}
# class → (how many pass, the reason of each skip)
SUITES: dict[str, tuple[int, dict[str, str]]] = {
    "TestChatOpenAI": (
        45,
        NEITHER | {"test_image_tool_message": "a tool message of the chat convention is text"},
    ),
    "TestChatAnthropic": (
        44,
        NEITHER
        | {
            "test_json_mode": "the messages convention has no JSON mode: ChatAnthropic offers none",
            "test_double_messages_conversation": "messages alternate by the contract, two answers in a row are a 400",
        },
    ),
}


@pytest.mark.parametrize("suite", SUITES)
def test_the_standard_suite_passes(box: Sandbox, suite: str, tmp_path: Path) -> None:
    passed, explained = SUITES[suite]
    variables = clean_environment(tmp_path)
    variables |= {"CAICAINI_BASE": box.base_url, "CAICAINI_API_KEY": box.api_key, "LANGSMITH_TRACING": "false"}
    options = ["--noconftest", "-c", os.devnull, f"--rootdir={tmp_path}", "-q", "--tb=short", *LOOP]
    need("uv")
    verdict = judge(python(), [*options, f"{SUITE}::{suite}"], tmp_path, variables, tmp_path / "report.xml")
    assert verdict.failed == (), verdict.printed
    assert verdict.unexplained(explained) == {}
    assert verdict.passed == passed
