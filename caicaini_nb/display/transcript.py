"""A conversation to look at or to keep: Markdown, text, and a file of either Markdown or JSON.

What was said is data: nothing of it acts where it is shown, also not in the file. A file that is no export of this
conversation is never written over, unless you say so.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..content import Image, ImageLink
from ..conversation import Conversation, Turn
from ..errors import ConfigurationError
from ..surfaces.messages_content import messages_message
from .safe_markdown import disarm, escape, without_controls

__all__ = ["Transcript"]


class Transcript:
    """Shows a conversation as it stands; `write` exports it."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def write(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Export to a file, Markdown or JSON by its suffix, whole or not at all; returns its path.

        The JSON's `messages` are those of the messages surface, pictures included. Raises `ConfigurationError`.
        """
        place = Path(path).expanduser()
        form = FORMS.get(place.suffix.lower())
        if form is None:
            raise ConfigurationError(
                f"A conversation is exported as {', '.join(FORMS)}, not {place.suffix or 'without a suffix'}",
                action=f"Write to {place.stem or self._conversation.name}.md.",
            )
        head, body = form(self._conversation)
        try:
            place = place.resolve()  # what a link leads to is replaced, not the link
            if not overwrite and place.exists() and not _begins_with(place, head):
                raise ConfigurationError(
                    f"{path} exists and is no export of the conversation {self._conversation.name!r}",
                    action="Choose another name, or let it be replaced: overwrite=True, in a cell --overwrite.",
                )
            _replace(place, head + body)
        except (OSError, ValueError) as error:
            why = f"{path} cannot be written: {getattr(error, 'strerror', None) or error}"
            raise ConfigurationError(why, action="Choose a folder that exists and is yours.") from None
        return place

    def __repr__(self) -> str:
        turns = self._conversation.turns
        said = [f"You: {_shown(turn)}\n\n{turn.model or 'Answer'}: {turn.answer}" for turn in turns]
        return without_controls("\n\n".join([self._title(), *said]))

    def _repr_markdown_(self) -> str:
        return "\n\n".join([f"**{escape(self._title())}**", *map(_markdown, self._conversation.turns)])

    def _title(self) -> str:
        count = len(self._conversation.turns)
        turns = "nothing said yet" if not count else "1 turn" if count == 1 else f"{count:,} turns"
        return f"{self._conversation.name} · {turns}"


def _markdown(turn: Turn) -> str:
    pictures = "".join(f"*{escape(_picture(picture))}*\n\n" for picture in turn.pictures)
    tools = f"*{len(turn.rounds) // 2} rounds of tool calls*\n\n" if turn.rounds else ""
    answer = disarm(turn.answer) or "*no text*"
    return f"**You**\n\n{pictures}{disarm(turn.prompt)}\n\n**{escape(turn.model or 'Answer')}**\n\n{tools}{answer}"


def _shown(turn: Turn) -> str:
    return " ".join([*(f"[{_picture(picture)}]" for picture in turn.pictures), turn.prompt])


def _picture(picture: Image | ImageLink) -> str:
    if isinstance(picture, ImageLink):
        return f"picture at {picture.url}"
    return f"picture: {picture.media_type}, {len(picture.data):,} bytes"


def _as_markdown(conversation: Conversation) -> tuple[str, str]:
    mark = quote(conversation.name, safe=" ").replace("-", "%2D")  # nothing that ends a comment
    body = "\n\n".join([f"# {escape(conversation.name)}", *map(_markdown, conversation.turns)])
    return f"<!-- caicaini-nb conversation: {mark} -->\n", f"\n{body}\n"


def _as_json(conversation: Conversation) -> tuple[str, str]:
    head = json.dumps({"caicaini-nb": "conversation", "name": conversation.name}, ensure_ascii=False)[:-1] + ","
    messages: list[dict[str, Any]] = [messages_message(message) for message in conversation.history()]
    return f"{head}\n", f'"messages": {json.dumps(messages, ensure_ascii=False, indent=1)}}}\n'


FORMS: Mapping[str, Callable[[Conversation], tuple[str, str]]] = {
    ".md": _as_markdown,
    ".markdown": _as_markdown,
    ".json": _as_json,
}


def _begins_with(path: Path, head: str) -> bool:
    """Whether a file is an export of the same conversation, in the same form."""
    start = head.encode("utf-8", "replace")
    with path.open("rb") as file:
        return file.read(len(start)) == start


def _replace(path: Path, text: str) -> None:
    """The whole file at once: who reads it meanwhile sees the old one or the new one."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(partial, "xb") as file:
            file.write(text.encode("utf-8", "replace"))
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
