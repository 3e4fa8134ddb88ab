"""A conversation with a client: `send` and `stream` say one thing more, and keep it once it is answered.

What fails or is interrupted is not kept. Running a cell again replaces what it said before. `system` and every other
option hold for one call, as anywhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from .asked import Asked, spelled_out
from .conversation import Conversation
from .display.transcript import Transcript
from .errors import ConfigurationError
from .place import Place, here
from .reply import Reply
from .request import Message, Prompt, as_messages
from .tools.tool import ROUNDS

if TYPE_CHECKING:
    from .client import Client
    from .events import Event
    from .spending.preview import Preview
    from .stream import Stream
    from .tools.tool import ToolRun

__all__ = ["Chat"]


class Chat:
    """One conversation. `client.chat()` makes it; it shows itself as what was said so far."""

    def __init__(self, client: Client, name: str = "chat", conversation: Conversation | None = None) -> None:
        self._client = client
        self._conversation = Conversation(name) if conversation is None else conversation

    @property
    def name(self) -> str:
        return self._conversation.name

    @property
    def messages(self) -> tuple[Message, ...]:
        """Everything that was said, pictures and tool calls too."""
        return self._conversation.history()

    @spelled_out
    def send(self, prompt: Prompt, **asked: Unpack[Asked]) -> Reply:
        """Say this and wait for the whole answer. `prompt` is one turn: text, or one user message."""
        turn = self._turn(prompt, asked)
        reply = self._client.send(turn.messages, **asked)
        turn.keep(reply)
        return reply

    @spelled_out
    def stream(self, prompt: Prompt, **asked: Unpack[Asked]) -> Stream:
        """Say this and take the answer as it comes; it is kept once the stream has ended by itself."""
        turn = self._turn(prompt, asked)
        return self._client.stream(turn.messages, **asked).then(turn.keep)

    @spelled_out
    def run_tools(
        self,
        prompt: Prompt,
        *,
        rounds: int = ROUNDS,
        seconds: float = 30.0,
        on_event: Callable[[Event | ToolRun], None] | None = None,
        **asked: Unpack[Asked],
    ) -> Reply:
        """Say this and run the tools the model calls, as `Client.run_tools` does; the rounds are kept as well."""
        turn = self._turn(prompt, asked)
        reply = self._client.run_tools(turn.messages, rounds=rounds, seconds=seconds, on_event=on_event, **asked)
        turn.keep(reply)
        return reply

    @spelled_out
    def preview(self, prompt: Prompt, *, stream: bool = False, **asked: Unpack[Asked]) -> Preview:
        """What `send` would post, without posting it; with `stream` what `stream` would post."""
        return self._client.preview(self._turn(prompt, asked).messages, stream=stream, **asked)

    def reset(self) -> None:
        """Forget all that was said."""
        self._conversation.reset()

    def export(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write what was said to a file, Markdown or JSON by its suffix, and return its path.

        A file that is no earlier export of this conversation is kept, unless you say `overwrite`. Raises
        `ConfigurationError`.
        """
        return Transcript(self._conversation).write(path, overwrite=overwrite)

    def __repr__(self) -> str:
        return repr(Transcript(self._conversation))

    def _repr_markdown_(self) -> str:
        return Transcript(self._conversation)._repr_markdown_()

    def _turn(self, prompt: Prompt, asked: Asked) -> _Turn:
        """What is about to be said; its pictures are taken out of `asked`, for the history keeps them."""
        message = _one(prompt)
        images = asked.pop("images", None)
        if images is not None and not (isinstance(images, (list, tuple)) and not images):
            from .pictures.images import attach  # only a turn with pictures needs it

            (message,) = attach((message,), images)
        return _Turn(self._conversation, message, here(), with_tools=bool(asked.get("tools")))


class _Turn:
    """A turn that is being asked."""

    def __init__(self, conversation: Conversation, message: Message, place: Place, *, with_tools: bool) -> None:
        self._conversation, self._message, self._place = conversation, message, place
        self.messages = conversation.messages(message, place, with_tools=with_tools)

    def keep(self, reply: Reply) -> None:
        self._conversation.record(self._message, reply, self._place)


def _one(prompt: Prompt) -> Message:
    messages = as_messages(prompt)
    if len(messages) != 1 or messages[0].role != "user":
        raise ConfigurationError(
            "A conversation takes one user turn at a time: it keeps those before itself",
            action="Pass text, or use client.send for a list of messages; instructions go into system.",
        )
    return messages[0]
