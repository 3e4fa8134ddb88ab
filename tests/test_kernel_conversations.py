"""Conversations in a real kernel: cells are known by the ids the front end sends, and run again they replace."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from caicaini_nb.sandbox import Sandbox

SECONDS = 30.0


class Notebook:
    """Runs cells as a front end does that sends their ids."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def run(self, source: str, cell: str | None = None) -> str:
        """What the cell printed and displayed, as text; an error's name instead of what it raised."""
        content = {"code": source, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        metadata = {} if cell is None else {"cellId": cell}
        message = self._client.session.msg("execute_request", content, metadata=metadata)
        self._client.shell_channel.send(message)
        seen = ""
        while True:
            received = self._client.get_iopub_msg(timeout=SECONDS)
            if received["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            kind, held = received["msg_type"], received["content"]
            if kind == "status" and held["execution_state"] == "idle":
                return seen
            seen += str(held.get("text") or held.get("ename") or held.get("data", {}).get("text/plain", ""))


@pytest.fixture(scope="module")
def notebook(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notebook]:
    folder = tmp_path_factory.mktemp("kernel")
    settings = {
        "CAICAINI_BASE": sandbox.base_url,
        "CAICAINI_API_KEY": sandbox.mint_key(),
        "CAICAINI_PLAIN": "1",
        "CAICAINI_LEDGER": str(folder / "ledger.db"),
        "IPYTHONDIR": str(folder),
    }
    manager = KernelManager()
    manager.start_kernel(cwd=str(folder), env={**os.environ, **settings})
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=SECONDS)
        started = Notebook(client)
        started.run("%load_ext caicaini_nb")
        yield started
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def turns(notebook: Notebook, name: str) -> list[str]:
    shown = notebook.run(f"%caicaini chat {name}")
    return [line.removeprefix("You: ") for line in shown.splitlines() if line.startswith("You: ")]


def test_a_cell_run_again_replaces_its_turn(notebook: Notebook) -> None:
    notebook.run("%%caicaini --chat tour\nMy name is Ada.", "a")
    assert "Ada" in notebook.run("%%caicaini --chat tour\nWhat is my name?", "b")
    notebook.run("%%caicaini --chat tour\nMy name is Grace.", "a")
    assert turns(notebook, "tour") == ["My name is Grace.", "What is my name?"]
    assert "Grace" in notebook.run("%%caicaini --chat tour\nWhat is my name?", "b")
    assert turns(notebook, "tour") == ["My name is Grace.", "What is my name?"]


def test_without_ids_turns_are_added(notebook: Notebook) -> None:
    for _ in range(2):
        notebook.run("%%caicaini --chat plain\nMy name is Ada.")
    assert turns(notebook, "plain") == ["My name is Ada."] * 2


def test_a_cell_of_python_replaces_all_it_said(notebook: Notebook) -> None:
    notebook.run("from caicaini_nb import connect\nchat = connect().chat('loop')")
    for words in (["one", "two", "three"], ["four", "five"]):
        notebook.run(f"for word in {words}:\n    chat.send('The word is ' + word + '.')", "c")
    said = notebook.run("print([message.content for message in chat.messages if message.role == 'user'])")
    assert said.strip() == "['The word is four.', 'The word is five.']"


def test_a_picture_that_was_changed_is_noted_in_the_cell(notebook: Notebook, tmp_path: Path) -> None:
    import PIL.Image

    PIL.Image.new("RGB", (30, 20)).save(tmp_path / "scan.bmp")
    shown = notebook.run(f"%%caicaini --image {tmp_path / 'scan.bmp'}\nHow large is this picture?", "d")
    assert "ImageChangedWarning: scan.bmp (BMP, 30 × 20 px, " in shown
    assert "is sent as PNG" in shown
