"""`%%caicaini?` and `%caicaini?`: nothing that the tables hold is missing from what a reader sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from caicaini_nb.first_line.options import OPTIONS, Option, parse
from caicaini_nb.verbs import VERBS


@pytest.fixture
def shell() -> Iterator[Any]:
    started: Any = InteractiveShell()  # type: ignore[no-untyped-call]
    started.run_line_magic("load_ext", "caicaini_nb")
    yield started
    started.history_manager.end_session()


def asked(shell: Any, name: str) -> str:
    """The text that `NAME?` shows."""
    return str(shell.object_inspect_mime(name)["text/plain"])


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
@pytest.mark.parametrize("name", ["%%caicaini", "caicaini"])  # what a reader asks for, and what Shift-Tab does
def test_every_option_is_documented_with_an_example(shell: Any, option: Option, name: str) -> None:
    text = asked(shell, name)
    assert f"\n{option.flag} {option.value}".rstrip() + "\n" in text
    assert option.help in text
    assert f"Example: %%caicaini {option.example}\n" in f"{text}\n"


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_example_can_be_run(option: Option) -> None:
    assert option.example.startswith(option.flag)
    assert getattr(parse(option.example), option.field) != getattr(parse(""), option.field)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_documented(shell: Any, verb: str) -> None:
    text = asked(shell, "%caicaini")
    assert f"\n%caicaini {verb} " in text
    assert VERBS[verb][-1] in text
