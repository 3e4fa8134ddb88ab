"""The magics in a real IPython shell on the sandbox: options, binding, errors, verbs, conversations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from caicaini_nb.errors import ConfigurationError, InsufficientQuotaError, ProviderConflictError
from caicaini_nb.session import choose_provider


class Capture:
    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = []

    def publish(self, data: dict[str, Any], metadata: dict[str, Any] | None = None, **others: Any) -> None:
        self.published.append({"data": data, "metadata": metadata})


@pytest.fixture
def shell(sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("CAICAINI_BASE", sandbox.base_url)
    monkeypatch.setenv("CAICAINI_API_KEY", sandbox.mint_key())
    monkeypatch.setenv("CAILAG_BASE", sandbox.cailag_base_url)
    monkeypatch.setenv("CAILAG_API_KEY", sandbox.mint_key())
    monkeypatch.setenv("CAICAINI_PLAIN", "1")
    started: Any = InteractiveShell()  # type: ignore[no-untyped-call]
    started.display_pub = Capture()
    started.run_line_magic("load_ext", "caicaini_nb")
    yield started
    started.magics_manager.registry["CaicainiMagics"].session.close()
    started.history_manager.end_session()


def shown(shell: Any) -> Any:
    return shell.display_pub.published[-1]


def test_answers_bind_and_leave_a_receipt(shell: Any) -> None:
    shell.user_ns["x"] = 6
    shell.run_cell_magic("caicaini", "--out answer", "What is {{x * 7}} + 1?")
    assert "43" in shell.user_ns["answer"].text
    data, metadata = shown(shell)["data"], shown(shell)["metadata"]["caicaini"]
    assert "sandbox · rules" in data["text/markdown"]
    assert metadata["usage"]["credits"] == shell.user_ns["answer"].usage.credits > 0


def test_first_line_is_not_expanded_by_ipython(shell: Any) -> None:
    shell.user_ns["x"] = 1
    result = shell.run_cell("%%caicaini --system '{x} $x' --out a\nWhat is 1 + 1?")
    assert result.success


def test_a_model_of_cailag_goes_to_cailag(shell: Any) -> None:
    shell.run_cell_magic("caicaini", "--model deepseek-chat", "What is 12 * 12?")
    assert shown(shell)["metadata"]["caicaini"]["provider"] == "cailag"
    assert "by the price table" in shown(shell)["data"]["text/markdown"]


def test_conversation_remembers(shell: Any) -> None:
    shell.run_cell_magic("caicaini", "--chat tour", "My name is Ada.")
    shell.run_cell_magic("caicaini", "--chat tour --out a", "What is my name?")
    assert "Ada" in shell.user_ns["a"].text


@pytest.mark.parametrize(
    ("line", "prompt", "message"),
    [
        ("--modle x", "hi", "Did you mean --model"),
        ("--model caicaini/sonet", "hi", "Did you mean caicaini/sonnet?"),
        ("--model depseek-chat", "hi", "Did you mean deepseek-chat"),
        ("--provider cailag --model caicaini/auto", "hi", "is a model of caicaini, not of cailag"),
        ("--provider cailag --surface messages", "hi", "has no messages surface"),
        ("", "  \n ", "has no prompt"),
        ("", "{{nobody}}", "no name 'nobody'"),
        ("--max-tokens 0", "hi", "positive whole number"),
    ],
)
def test_errors_are_exceptions_of_one_line(shell: Any, line: str, prompt: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        shell.run_cell_magic("caicaini", line, prompt)
    assert message in str(caught.value)
    (only,) = caught.value._render_traceback_()
    assert "\n" not in only
    assert shell.display_pub.published == []


def test_an_error_of_the_service_fails_the_cell(shell: Any, sandbox: Any) -> None:
    with sandbox.faults("402"), pytest.raises(InsufficientQuotaError, match="top_up"):
        shell.run_cell_magic("caicaini", "", "What is 1 + 1?")


@pytest.mark.parametrize(
    ("verb", "text"),
    [
        ("status", "the sandbox"),
        ("models", "caicaini/haiku"),
        ("models cailag", "¥0.81"),
        ("account", "pay_as_you_go"),
        ("help", "--max-tokens N"),
        ("", "%caicaini status"),
    ],
)
def test_verbs_return_what_shows_itself(shell: Any, verb: str, text: str) -> None:
    panel = shell.run_line_magic("caicaini", verb)
    assert text in repr(panel)
    assert panel._repr_markdown_()


def test_ledger_verb_lists_calls(shell: Any) -> None:
    shell.run_cell_magic("caicaini", "", "What is 1 + 1?")
    assert "| ok |" in shell.run_line_magic("caicaini", "ledger")._repr_markdown_()


@pytest.mark.parametrize(("verb", "hint"), [("stauts", "Did you mean status"), ("status claude", "caicaini or cailag")])
def test_unknown_verbs_have_near_ones(shell: Any, verb: str, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=hint):
        shell.run_line_magic("caicaini", verb)


def test_key_is_asked_checked_and_kept_out_of_sight(shell: Any, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = sandbox.mint_key()
    monkeypatch.setattr("getpass.getpass", lambda prompt: typed)
    panel = shell.run_line_magic("caicaini", "key")
    assert "cai_api_sbx_…" in repr(panel)
    assert typed[12:20] not in repr(panel) + repr(shell.user_ns)


def test_key_that_nobody_can_type_is_an_error(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("getpass.getpass", refuse)
    with pytest.raises(ConfigurationError, match="Set CAICAINI_API_KEY before"):
        shell.run_line_magic("caicaini", "key")


def test_loading_twice_keeps_the_session(shell: Any) -> None:
    shell.run_cell_magic("caicaini", "--chat tour", "My name is Ada.")
    shell.run_line_magic("reload_ext", "caicaini_nb")
    shell.run_cell_magic("caicaini", "--chat tour --out a", "What is my name?")
    assert "Ada" in shell.user_ns["a"].text


def test_a_picture_of_a_variable_stays_in_its_conversation(shell: Any) -> None:
    shell.user_ns["grid"] = np.zeros((200, 300), dtype="uint8")
    shell.run_cell_magic("caicaini", "--chat eye --image grid --out a", "How large is this picture?")
    shell.run_cell_magic("caicaini", "--chat eye --out b", "Are you sure?")
    assert "300" in shell.user_ns["a"].text
    assert min(shell.user_ns[name].usage.input_tokens for name in "ab") > 300 * 200 // 750
    assert "picture: image/png" in repr(shell.run_line_magic("caicaini", "chat eye"))


def test_conversations_are_listed_exported_and_reset(shell: Any, sandbox: Any, tmp_path: Path) -> None:
    assert "none yet" in repr(shell.run_line_magic("caicaini", "chat"))
    shell.run_cell_magic("caicaini", "--chat tour", "My name is Ada.")
    with sandbox.faults("402"), pytest.raises(InsufficientQuotaError):
        shell.run_cell_magic("caicaini", "--chat tour", "What fails is not kept.")
    assert "My name is Ada." in repr(shell.run_line_magic("caicaini", "chat"))
    shell.run_line_magic("caicaini", f"chat tour export '{tmp_path / 'a tour.md'}'")
    assert "My name is Ada." in (tmp_path / "a tour.md").read_text(encoding="utf-8")
    shell.run_line_magic("caicaini", "chat tour reset")
    shell.run_cell_magic("caicaini", "--chat tour --out a", "What is my name?")
    assert "Ada" not in shell.user_ns["a"].text


@pytest.mark.parametrize(
    ("model", "provider", "expected"),
    [
        (None, None, "caicaini"),
        (None, "cailag", "cailag"),
        ("caicaini/opus", None, "caicaini"),
        ("qwen-plus", None, "cailag"),
        ("brand-new-model", "cailag", "cailag"),
    ],
)
def test_a_model_picks_its_provider(model: str | None, provider: str | None, expected: str) -> None:
    assert choose_provider(model, provider) == expected


def test_a_model_of_the_other_provider_is_a_conflict() -> None:
    with pytest.raises(ProviderConflictError):
        choose_provider("qwen-plus", "caicaini")
