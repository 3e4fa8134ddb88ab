"""Tools in a real kernel: the person is asked through the front end, and what a tool prints lands under its cell."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from caicaini_nb.sandbox import Sandbox

SECONDS = 60.0
SET_UP = """
from caicaini_nb import connect
from caicaini_nb.tools.function import tool
client = connect()
ran = []

@tool(asks=True)
def remove_page(title: str) -> str:
    "Remove a page of the archive."
    ran.append(title)
    print("removing", title)
    return "removed"
"""
ASK = """
reply = client.run_tools('Remove the page "Tea".', tools=[remove_page], tool_choice="any")
print(ran, [(run.is_error, run.result) for one in reply.earlier for run in one.runs])
"""


@pytest.fixture
def kernel(sandbox: Sandbox, tmp_path: Path) -> Iterator[BlockingKernelClient]:
    settings = {"CAICAINI_BASE": sandbox.base_url, "CAICAINI_API_KEY": sandbox.mint_key()}
    manager = KernelManager()
    manager.start_kernel(cwd=str(tmp_path), env={**os.environ, **settings})
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=SECONDS)
        assert run(client, SET_UP) == ("", [])
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run(kernel: BlockingKernelClient, cell: str, answer: str | None = None) -> tuple[str, list[str]]:
    """What the cell printed, and what it asked; nobody is there where no answer is given."""
    printed: list[str] = []
    asked: list[str] = []

    def output(message: dict[str, Any]) -> None:
        content = message["content"]
        if message["msg_type"] == "stream":
            printed.append(content["text"])
        elif message["msg_type"] == "error":
            printed.append("\n".join(content["traceback"]))

    def stdin(message: dict[str, Any]) -> None:
        asked.append(message["content"]["prompt"])
        kernel.input(answer or "")

    there = answer is not None
    kernel.execute_interactive(cell, timeout=SECONDS, output_hook=output, stdin_hook=stdin, allow_stdin=there)
    return "".join(printed), asked


def test_a_person_is_asked_through_the_front_end(kernel: BlockingKernelClient) -> None:
    printed, asked = run(kernel, ASK)
    assert printed.startswith("[] [(True, ")
    assert "not there to agree" in printed
    assert asked == []
    printed, asked = run(kernel, ASK, "n")
    assert "did not agree" in printed
    (prompt,) = asked
    assert prompt.startswith('The model wants to run remove_page with {"title": "')
    assert prompt.endswith("}\nRun it? [y/N] ")
    printed, asked = run(kernel, ASK, "y")
    assert printed.startswith("removing ")
    assert "(False, 'removed')" in printed
    assert asked == [prompt]
