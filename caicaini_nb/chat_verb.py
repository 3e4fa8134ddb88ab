"""`%caicaini chat`: the conversations of this kernel, listed, shown, forgotten, exported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from .conversation import Conversation
from .display.panel import Panel
from .display.transcript import Transcript
from .errors import ConfigurationError

__all__ = ["ACTIONS", "chat_verb"]

USAGE = "Write %caicaini chat NAME, then show, reset, or export FILE."
Shown: TypeAlias = Panel | Transcript


def chat_verb(conversations: Mapping[str, Conversation], words: Sequence[str]) -> Shown:
    """What `%caicaini chat [NAME [show | reset | export FILE]]` shows. Raises `ConfigurationError`."""
    if not words:
        return _list(conversations)
    name, action, *rest = [*words, "show"] if len(words) == 1 else words
    if name not in conversations:
        raise _unknown(name, conversations)
    if action not in ACTIONS:
        raise ConfigurationError(f"A conversation cannot {action!r}", action=USAGE)
    return ACTIONS[action](conversations[name], rest)


def _list(conversations: Mapping[str, Conversation]) -> Panel:
    if not conversations:
        return Panel.of("", ("", ""), [("conversations", "none yet: begin one with %%caicaini --chat NAME")])
    rows = [
        (name, f"{len(chat.turns):,}", chat.turns[-1].prompt[:60].replace("\n", " ") if chat.turns else "")
        for name, chat in conversations.items()
    ]
    return Panel.of("%caicaini chat NAME shows one", ("conversation", "turns", "last asked"), rows)


def _show(conversation: Conversation, rest: Sequence[str]) -> Transcript:
    _refuse(rest)
    return Transcript(conversation)


def _reset(conversation: Conversation, rest: Sequence[str]) -> Panel:
    _refuse(rest)
    count = len(conversation.turns)
    conversation.reset()
    return Panel.of("", ("", ""), [("conversation", conversation.name), ("turns forgotten", f"{count:,}")])


def _export(conversation: Conversation, rest: Sequence[str]) -> Panel:
    files = [word for word in rest if word != "--overwrite"]
    if len(files) != 1:
        raise ConfigurationError("An export needs one file", action=f"Write export {conversation.name}.md, or .json.")
    Transcript(conversation).write(files[0], overwrite="--overwrite" in rest)
    return Panel.of("", ("", ""), [("written", files[0]), ("turns", f"{len(conversation.turns):,}")])


ACTIONS: Mapping[str, Callable[[Conversation, Sequence[str]], Shown]] = {
    "show": _show,
    "reset": _reset,
    "export": _export,
}


def _refuse(rest: Sequence[str]) -> None:
    if rest:
        raise ConfigurationError(f"{' '.join(rest)!r} is one word too many", action=USAGE)


def _unknown(name: str, known: Mapping[str, Conversation]) -> ConfigurationError:
    from difflib import get_close_matches  # only a mistake needs it

    near = get_close_matches(name, known, n=2)
    hint = f"Did you mean {' or '.join(near)}?" if near else "Begin it with %%caicaini --chat " + name + "."
    return ConfigurationError(f"There is no conversation {name!r} in this kernel", action=hint)
