"""Binder's own steps in a fresh environment: hashed requirements, `postBuild`, `start`, a keyless call."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.installation import ROOT, clean_environment, copy_source, run

BINDER = ROOT / "binder"

CALL = """
from caicaini_nb.sandbox.process import known_bases
assert known_bases(), "start did not ready the sandbox"
import caicaini_nb
with caicaini_nb.connect() as client:
    reply = client.send("What is 2+2?")
    assert client.sandbox is not None, "a keyless call left the sandbox"
    print(reply.text)
    prose = client.send("Write one sentence about the sea.", max_tokens=30)
    assert prose.engine != "rules", "no language model is at hand"
"""


def test_binder_gets_a_python_that_the_package_allows() -> None:
    named = (BINDER / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    assert tuple(map(int, named.split("."))) >= (3, 11)


@pytest.mark.slow
def test_binder_steps_end_in_a_keyless_answer(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    copy_source(checkout)
    environment = tmp_path / "environment"
    run([sys.executable, "-m", "venv", environment], tmp_path, clean_environment(tmp_path))
    variables = clean_environment(tmp_path, environment / "bin")
    variables["PIP_NO_COMPILE"] = "1"  # half of pip's time, and nothing else changes
    run(["pip", "install", "--require-hashes", "-r", "binder/requirements.txt"], checkout, variables)
    run(["binder/postBuild"], checkout, variables)
    try:
        answer = run(["binder/start", "python", "-c", CALL], checkout, variables)
    finally:
        run(["caicaini", "sandbox", "stop"], tmp_path, variables)
    assert "4" in answer
