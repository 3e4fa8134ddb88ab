"""`%caicaini chat`: conversations listed, shown, forgotten, exported, and what it says to a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from caicaini_nb.chat_verb import chat_verb
from caicaini_nb.conversation import Conversation
from caicaini_nb.errors import ConfigurationError


@pytest.fixture
def conversations() -> dict[str, Conversation]:
    trip = Conversation("trip")
    trip.record("Where | to?\nSoon.", "Rome.")
    return {"trip": trip, "empty": Conversation("empty")}


def test_list(conversations: dict[str, Conversation]) -> None:
    assert "none yet" in repr(chat_verb({}, []))
    shown = chat_verb(conversations, [])
    assert "trip" in repr(shown)
    assert "Where | to? Soon." in repr(shown)
    assert "Where \\| to? Soon." in shown._repr_markdown_()


def test_show_is_what_it_does_by_default(conversations: dict[str, Conversation]) -> None:
    assert repr(chat_verb(conversations, ["trip"])) == repr(chat_verb(conversations, ["trip", "show"]))
    assert "Rome." in repr(chat_verb(conversations, ["trip"]))


def test_reset(conversations: dict[str, Conversation]) -> None:
    assert "1" in repr(chat_verb(conversations, ["trip", "reset"]))
    assert conversations["trip"].turns == []


def test_export(conversations: dict[str, Conversation], tmp_path: Path) -> None:
    path = tmp_path / "trip.md"
    path.write_text("mine")
    with pytest.raises(ConfigurationError, match="--overwrite"):
        chat_verb(conversations, ["trip", "export", str(path)])
    assert str(path) in repr(chat_verb(conversations, ["trip", "export", str(path), "--overwrite"]))
    assert "Rome." in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["tripp"], "Did you mean trip"),
        (["zzz", "reset"], "Begin it with %%caicaini --chat zzz"),
        (["trip", "delete"], "show, reset, or export FILE"),
        (["trip", "reset", "now"], "one word too many"),
        (["trip", "export"], r"needs one file\. Write export trip\.md"),
        (["trip", "export", "a.md", "b.md"], "needs one file"),
    ],
)
def test_mistakes(conversations: dict[str, Conversation], words: list[str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        chat_verb(conversations, words)
    assert len(conversations["trip"].turns) == 1
