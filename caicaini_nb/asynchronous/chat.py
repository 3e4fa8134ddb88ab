"""A conversation from an event loop: what `Chat` is, its calls awaited. What fails is not kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Unpack

from ..asked import Asked, spelled_out
from ..chat import Chat
from ..reply import Reply
from ..request import Message, Prompt
from ..tools.tool import ROUNDS

if TYPE_CHECKING:
    from ..async_client import AsyncClient
    from ..events import Event
    from ..tools.tool import ToolRun
    from .stream import AsyncStream

__all__ = ["AsyncChat"]


class AsyncChat:
    """One conversation. `client.chat()` makes it; it shows itself as what was said so far."""

    def __init__(self, client: AsyncClient, chat: Chat) -> None:
        self._client = client
        self._chat = chat

    @property
    def name(self) -> str:
        return self._chat.name

    @property
    def messages(self) -> tuple[Message, ...]:
        """Everything that was said, pictures and tool calls too."""
        return self._chat.messages

    @spelled_out
    async def send(self, prompt: Prompt, **asked: Unpack[Asked]) -> Reply:
        """Say this and wait for the whole answer. `prompt` is one turn: text, or one user message."""
        turn = self._chat._turn(prompt, asked)
        reply = await self._client.send(turn.messages, **asked)
        turn.keep(reply)
        return reply

    @spelled_out
    async def stream(self, prompt: Prompt, **asked: Unpack[Asked]) -> AsyncStream:
        """Say this and take the answer as it comes; it is kept once the stream has ended by itself."""
        turn = self._chat._turn(prompt, asked)
        return (await self._client.stream(turn.messages, **asked)).then(turn.keep)

    @spelled_out
    async def run_tools(
        self,
        prompt: Prompt,
        *,
        rounds: int = ROUNDS,
        seconds: float = 30.0,
        on_event: Callable[[Event | ToolRun], None] | None = None,
        **asked: Unpack[Asked],
    ) -> Reply:
        """Say this and run the tools the model calls; the rounds are kept as well."""
        turn = self._chat._turn(prompt, asked)
        reply = await self._client.run_tools(turn.messages, rounds=rounds, seconds=seconds, on_event=on_event, **asked)
        turn.keep(reply)
        return reply

    def reset(self) -> None:
        """Forget all that was said."""
        self._chat.reset()

    def __repr__(self) -> str:
        return repr(self._chat)

    def _repr_markdown_(self) -> str:
        return self._chat._repr_markdown_()
