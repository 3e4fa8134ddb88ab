"""Conversations shown and exported: nothing acts, no other file is written over, none is left half done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from caicaini_nb.content import Image, ImageLink
from caicaini_nb.conversation import Conversation
from caicaini_nb.display.transcript import Transcript
from caicaini_nb.errors import ConfigurationError
from caicaini_nb.reply import TextBlock
from caicaini_nb.request import Message, as_messages
from caicaini_nb.surfaces.messages_content import messages_message


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file()]


def tour(name: str = "tour") -> Conversation:
    chat = Conversation(name)
    pictures = (Image("image/png", b"png"), ImageLink("https://example.org/a.png"))
    chat.record(Message("user", (*pictures, TextBlock("What is *this*?"))), "A **cat**.")
    chat.record("And `that`?", "A dog\u2028 🎈.")
    return chat


@pytest.mark.parametrize("suffix", [".md", ".markdown", ".MD", ".json"])
def test_an_export_is_written_and_written_again(tmp_path: Path, suffix: str) -> None:
    chat, path = tour(), tmp_path / f"said{suffix}"
    assert Transcript(chat).write(path) == path
    assert "A dog" in path.read_text(encoding="utf-8")
    chat.record("More?", "No more.")
    Transcript(chat).write(str(path))
    assert "No more." in path.read_text(encoding="utf-8")
    assert files(tmp_path) == [path.name]


def test_the_json_can_be_sent_again(tmp_path: Path) -> None:
    path = Transcript(tour()).write(tmp_path / "said.json")
    held = json.loads(path.read_text(encoding="utf-8"))
    assert held["name"] == "tour"
    messages = as_messages(held["messages"])
    assert [messages_message(message) for message in messages] == held["messages"]
    assert [item["type"] for item in held["messages"][0]["content"]] == ["image", "image", "text"]


@pytest.mark.parametrize("suffix", [".md", ".json"])
@pytest.mark.parametrize("content", ["", "# my notes\n", "{}"])
def test_other_files_are_kept(tmp_path: Path, suffix: str, content: str) -> None:
    path = tmp_path / f"notes{suffix}"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=r"is no export of the conversation 'tour'.*overwrite"):
        Transcript(tour()).write(path)
    assert path.read_text() == content
    Transcript(tour()).write(path, overwrite=True)
    assert "A dog" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("suffix", [".md", ".json"])
def test_another_conversations_export_is_kept(tmp_path: Path, suffix: str) -> None:
    path = Transcript(tour("tour")).write(tmp_path / f"said{suffix}")
    for name in ("tou", "tour2", "tour --> x"):
        with pytest.raises(ConfigurationError, match="is no export of the conversation"):
            Transcript(tour(name)).write(path)


@pytest.mark.parametrize("name", ["said", "said.txt", "said.html"])
def test_only_known_suffixes(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"Write to said\.md"):
        Transcript(tour()).write(tmp_path / name)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written: No such file"):
        Transcript(tour()).write(tmp_path / "no" / "said.md")
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be written: Is a directory"):
        Transcript(tour()).write(tmp_path / "folder.md")


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Transcript(tour()).write(tmp_path / "said.md")
    before = path.read_bytes()

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ConfigurationError, match="No space left"):
        Transcript(Conversation("tour")).write(path)
    assert path.read_bytes() == before
    assert files(tmp_path) == ["said.md"]


def test_what_a_link_leads_to_is_replaced(tmp_path: Path) -> None:
    real = tmp_path / "real.md"
    link = tmp_path / "link.md"
    link.symlink_to(real)
    Transcript(tour()).write(link)
    assert link.is_symlink()
    assert "A dog" in real.read_text(encoding="utf-8")


def inert(text: str) -> bool:
    """Whether a Markdown parser that allows raw HTML finds none of it, no picture and no link that runs."""
    blocks = MarkdownIt("commonmark", {"html": True}).parse(text)
    tokens = [*blocks, *(child for block in blocks for child in block.children or ())]
    links = [str(token.attrs.get("href")) for token in tokens if token.type == "link_open"]
    kinds = {token.type for token in tokens}
    return not kinds & {"html_block", "html_inline", "image"} and not any("script" in link for link in links)


def test_the_check_sees_what_acts() -> None:
    assert not any(map(inert, ["<b>x</b>", "<p>\n", "![x](https://example.org/a.png)"]))


@pytest.mark.parametrize("name", ["--> <script>alert(1)</script>", "a\nb", "é-–-", "-->", '"}]'])
def test_nothing_in_an_export_acts(tmp_path: Path, name: str) -> None:
    bad = "<script>alert(1)</script> ![x](https://example.org/beacon.png) [go](javascript:alert(1))"
    chat = Conversation(name)
    chat.record(bad, bad)
    text = Transcript(chat).write(tmp_path / "said.md").read_text(encoding="utf-8")
    head, _, body = text.partition("\n")
    assert head.startswith("<!-- ")
    assert head.endswith(" -->")
    assert "--" not in head[4:-3]
    assert inert(body)
    assert inert(Transcript(chat)._repr_markdown_())
    assert json.loads(Transcript(chat).write(tmp_path / "said.json").read_text(encoding="utf-8"))["name"] == name


def test_a_terminal_shows_text_without_controls() -> None:
    chat = Conversation("tour")
    chat.record("Hi", "\x1b[2Jgone")
    assert repr(Transcript(chat)) == "tour · 1 turn\n\nYou: Hi\n\nAnswer: [2Jgone"
    assert repr(Transcript(Conversation("x"))) == "x · nothing said yet"
