"""Tab: what completes on the first line, in a prompt and after `%caicaini`; in a terminal and in a kernel."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from IPython.terminal.interactiveshell import TerminalInteractiveShell
from IPython.terminal.ptutils import IPythonPTCompleter
from jupyter_client.manager import start_new_kernel
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from caicaini_nb.first_line.completion import WORDS, Known, matches
from caicaini_nb.first_line.options import OPTIONS
from caicaini_nb.models import CAICAINI
from caicaini_nb.tools.tool import Tool
from caicaini_nb.verbs import VERBS

KERNEL_SECONDS = 30


class Invoice:
    """A class that an answer may have to fit."""


class Figure:
    """Named as matplotlib's is, and from a module of that name."""

    __module__ = "matplotlib.figure"


def weather(place: str) -> str:
    return place


NAMES = {
    "Invoice": Invoice,
    "answer": SimpleNamespace(text="yes", tokens=3),
    "chart": Figure(),
    "counts": [1, 2],
    "path": Path("receipt.PNG"),
    "photo": b"\x89PNG\r\n",
    "pytest": pytest,
    "table": {"type": "object"},
    "tool": Tool("tool", "A tool.", {"type": "object"}),
    "weather": weather,
    "word": "two words",
}
KNOWN = Known(NAMES, ["thesis", "trip"])


def tab(text: str, known: Known = KNOWN) -> list[str]:
    """What is offered at the end of this cell."""
    found = matches(text, text.count("\n"), text.rpartition("\n")[2], known)
    assert found is None or text.endswith(found.fragment)
    return [] if found is None else list(found.texts)


def test_every_option_is_offered() -> None:
    assert tab("%%caicaini ") == tab("%%caicaini --") == [option.flag for option in OPTIONS]


def test_every_option_has_values_or_an_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for option in OPTIONS:
        offered = tab(f"%%caicaini {option.flag} ")
        if option.type is not bool:
            assert offered, option.flag
            assert not any(text.startswith("--") for text in offered)


def test_every_verb_is_offered() -> None:
    assert tab("%caicaini ") == list(VERBS)
    assert set(WORDS) <= set(VERBS), "words are offered for a verb that is not there"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%%caicaini --mod", ["--model"]),
        ("%%caicaini mod", ["--model"]),
        ("\n\n%%caicaini --provi", ["--provider"]),
        ("%%caicaini --model x --mode", ["--mode"]),
        ("%%caicaini --surface ", ["messages", "chat"]),
        ("%%caicaini --surface=ch", ["chat"]),
        ("%%caicaini --provider c", ["caicaini", "cailag"]),
        ("%%caicaini --model caicaini/", list(CAICAINI)),
        ("%%caicaini --model sonn", ["caicaini/sonnet"]),
        ("%%caicaini --model CAICAINI/S", ["caicaini/sonnet"]),
        ("%%caicaini --provider cailag --model caic", ["caic"]),
        ("%%caicaini --compare caicaini/auto,caicaini/h", ["caicaini/haiku"]),
        ("%%caicaini --compare caicaini/haiku,caicaini/h", ["caicaini/h"]),
        ("%%caicaini --tools ", ["tool", "weather"]),
        ("%%caicaini --tools weather,", ["tool"]),
        ("%%caicaini --tools weather --tool-choice ", ["auto", "any", "none", "weather"]),
        ("%%caicaini --schema ", ["Invoice", "table"]),
        ("%%caicaini --chat t", ["thesis", "trip"]),
        ("%%caicaini --out ", ["answer", "chart", "counts", "path", "photo", "table", "tool", "word"]),
        ("%%caicaini --max-tokens ", ["200"]),
        ("%%caicaini --max-tokens 5", ["5"]),
        ("%%caicaini --system 'be br", ["'be br"]),
        ("%%caicaini --system 'be {{wo", ["word"]),
        ("%%caicaini --out a\nSay {{wea", ["weather"]),
        ("%%caicaini\n{{word}} and\n{{answer.to", ["tokens"]),
        ("%%caicaini\nwea", []),
        ("%%caicaini", []),
        ("weather(", []),
        ("print('%%caicaini --mo", []),
        ("%caicaini mo", ["models"]),
        ("rows = %caicaini led", ["ledger"]),
        ("%caicaini models cail", ["cailag"]),
        ("%caicaini chat ", ["thesis", "trip"]),
        ("%caicaini chat trip re", ["reset"]),
        ("%caicaini cache o", ["on", "off"]),
        ("x = 1\n%caicaini stat", ["status"]),
    ],
)
def test_completes(text: str, expected: list[str]) -> None:
    assert tab(text) == expected


def test_pictures_are_variables_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "work"
    (folder / "more").mkdir(parents=True)
    for name in ("a.png", "b c.JPG", "notes.txt", ".hidden.png", "more/deep.webp"):
        (folder / name).touch()
    monkeypatch.chdir(folder)
    assert tab("%%caicaini --image ") == ["chart", "path", "photo", "a.png", '"b c.JPG"', "more/"]
    assert tab("%%caicaini --image more/") == ["more/deep.webp"]
    assert tab("%%caicaini --image 'b") == ["'b c.JPG'"]
    assert tab(f"%%caicaini --image {folder}/mo") == [f"{folder}/more/"]
    assert tab("%%caicaini --image nowhere/x") == ["nowhere/x"]


def test_nothing_of_yours_runs() -> None:
    ran: list[str] = []

    class Loud:
        @property
        def value(self) -> int:
            ran.append("property")
            return 1

        def __getattr__(self, name: str) -> Any:
            ran.append(name)
            raise AttributeError(name)

    known = Known({"loud": Loud()})
    for text in ("{{loud.va", "{{loud.value.re", "{{loud.other.x"):
        tab(f"%%caicaini\n{text}", known)
    for option in ("image", "tools", "schema", "out"):
        tab(f"%%caicaini --{option} ", known)
    assert ran == []


@pytest.fixture
def shell() -> Iterator[Any]:
    started: Any = InteractiveShell()  # type: ignore[no-untyped-call]
    started.run_line_magic("load_ext", "caicaini_nb")
    started.user_ns |= {"weather": weather, "word": "two"}
    yield started
    started.history_manager.end_session()


def completed(shell: Any, text: str) -> list[str]:
    with provisionalcompleter():
        return [found.text for found in shell.Completer.completions(text, len(text))]


def test_ipythons_own_completion_goes_on(shell: Any) -> None:
    assert completed(shell, "weat") == ["weather"]
    assert "%%caicaini" in completed(shell, "%%caic")
    assert completed(shell, "%%caicaini --surface ") == ["messages", "chat"], "nothing of Python's is mixed in"
    assert "word" not in completed(shell, "%%caicaini --tools w")


def test_ipythons_own_names_are_no_variables(shell: Any) -> None:
    assert completed(shell, "%%caicaini --out ") == ["word"]
    shell.user_ns["Out"] = "mine now"
    assert completed(shell, "%%caicaini --out ") == ["Out", "word"]


def test_the_older_way_of_completing_has_it_too(shell: Any) -> None:
    with pytest.warns(PendingDeprecationWarning):
        assert shell.complete("", "%%caicaini --prov", 17) == ("--prov", ["--provider"])


def test_chats_of_the_session_are_offered(shell: Any) -> None:
    magics = shell.magics_manager.registry["CaicainiMagics"]
    assert completed(shell, "%%caicaini --chat ") == ["trip"], "an example"
    assert magics._session is None, "Tab opened a ledger"
    magics.session.conversation("thesis")
    assert completed(shell, "%%caicaini --chat ") == ["thesis"]
    magics.session.close()


def test_loading_again_registers_once(shell: Any) -> None:
    shell.run_line_magic("reload_ext", "caicaini_nb")
    assert len([one for one in shell.Completer.custom_matchers if one.__module__ == "caicaini_nb.magic"]) == 1
    assert completed(shell, "%%caicaini --mod") == ["--model"]


def test_a_terminal_offers_the_same() -> None:
    shell: Any = TerminalInteractiveShell()
    shell.run_line_magic("load_ext", "caicaini_nb")
    document = Document("%%caicaini --model caicaini/so")
    completer: Any = IPythonPTCompleter(shell=shell)  # type: ignore[no-untyped-call]
    found = list(completer.get_completions(document, CompleteEvent(completion_requested=True)))
    shell.history_manager.end_session()
    assert [(each.text, each.start_position) for each in found] == [("caicaini/sonnet", -len("caicaini/so"))]


def test_a_kernel_answers_a_front_ends_tab(tmp_path: Path) -> None:
    manager, client = start_new_kernel(startup_timeout=KERNEL_SECONDS, kernel_name="python3", cwd=str(tmp_path))
    try:
        code = "%load_ext caicaini_nb\ndef weather(place: str): ...\ntotal = 3"
        assert client.execute_interactive(code, timeout=KERNEL_SECONDS)["content"]["status"] == "ok"

        def asked(text: str, cursor: int) -> dict[str, Any]:
            answer = client.complete(text, cursor, reply=True, timeout=KERNEL_SECONDS)["content"]
            return {name: answer[name] for name in ("matches", "cursor_start", "cursor_end")}

        line = "%%caicaini --tools "
        assert asked(line, len(line)) == {"matches": ["weather"], "cursor_start": 19, "cursor_end": 19}
        cell = "%%caicaini --mod\nAdd 1 to {{tot"
        assert asked(cell, 16) == {"matches": ["--model"], "cursor_start": 11, "cursor_end": 16}
        assert asked(cell, len(cell)) == {"matches": ["total"], "cursor_start": 28, "cursor_end": 31}
        help_text = client.inspect("%%caicaini", 10, reply=True, timeout=KERNEL_SECONDS)["content"]["data"][
            "text/plain"
        ]
        assert "--compare ID,ID" in help_text
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


LOADED = """
import sys
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.completer import provisionalcompleter
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "caicaini_nb")
for text in ("impo", {text!r}):
    with provisionalcompleter():
        list(shell.Completer.completions(text, len(text)))
print("caicaini_nb.first_line.completion" in sys.modules)
"""


@pytest.mark.parametrize(("text", "expected"), [("x = 1", "False"), ("%%caicaini --", "True")])
def test_completion_is_loaded_for_a_line_of_ours_only(text: str, expected: str) -> None:
    command = [sys.executable, "-c", LOADED.format(text=text)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == expected
