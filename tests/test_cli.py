"""The command line: version, help, and what is not a command."""

from __future__ import annotations

import pytest

from caicaini_nb import __version__
from caicaini_nb.cli import main


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert main([]) == 0
    out = capsys.readouterr().out
    assert __version__ in out
    assert "sandbox" in out


def test_unknown_command_is_exit_2_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbx"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "sandbox" in captured.err
