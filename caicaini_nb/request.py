"""What you ask: a `Request` made of `Message`s, the same for both surfaces.

A request is a value: frozen, checked for what is wrong whatever the surface, and free of wire names. The surfaces turn
it into bytes; what only one of them has is checked there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from .content import Image, ImageLink, ToolResult
from .errors import ConfigurationError
from .reply import Block
from .tools.tool import Tool

__all__ = ["Content", "Message", "Prompt", "Request", "as_messages"]

ROLES = ("user", "assistant", "system", "tool")

Content: TypeAlias = str | Sequence[Mapping[str, Any] | Block | Image | ImageLink | ToolResult]
"""Text, or blocks: ours, or dicts as the surface's own documentation spells them."""


class Message(msgspec.Struct, frozen=True):
    """One turn: who speaks (`role`), what (`content`), and on the chat surface optionally under which `name`."""

    role: str
    content: Content
    name: str | None = None
    extra: Mapping[str, Any] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ConfigurationError(
                f"A message's role is one of {', '.join(ROLES)}, not {self.role!r}", action="Change the role."
            )
        if not isinstance(self.content, str | list | tuple | None):
            raise ConfigurationError(
                f"A message's content is text or a list of blocks, not {type(self.content).__name__}",
                action="Pass str(…) if you mean its text.",
            )

    @classmethod
    def of(cls, value: Message | Mapping[str, Any]) -> Message:
        """From a `Message` or a dict as either surface documents it; other keys are passed on as they are."""
        if isinstance(value, Message):
            return value
        if not isinstance(value, Mapping) or "role" not in value:
            raise ConfigurationError(
                f"A message is a dict with 'role' and 'content', not {type(value).__name__}",
                action="Write {'role': 'user', 'content': '…'}.",
            )
        extra = {key: item for key, item in value.items() if key not in ("role", "content", "name")}
        return cls(str(value["role"]), value.get("content", ""), value.get("name"), extra)


Prompt: TypeAlias = str | Message | Mapping[str, Any] | Iterable[Message | Mapping[str, Any]]


class Request(msgspec.Struct, frozen=True):
    """One question to one model. `None` means: not sent, the service's default holds.

    `tool_choice` is *auto*, *any*, *none* or one tool's name. `thinking` is a budget in tokens. `schema` is the JSON
    Schema of an object that the answer must be.
    """

    model: str
    messages: tuple[Message, ...]
    max_tokens: int
    system: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop_sequences: tuple[str, ...] = ()
    user_id: str | None = None
    n: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    tools: tuple[Tool, ...] = ()
    tool_choice: str | None = None
    thinking: int | None = None
    schema: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.messages:
            raise ConfigurationError("There is nothing to send", action="Pass a prompt or at least one message.")
        if isinstance(self.max_tokens, bool) or not isinstance(self.max_tokens, int) or self.max_tokens < 1:
            raise ConfigurationError(
                f"max_tokens is a positive whole number, not {self.max_tokens!r}", action="Change max_tokens."
            )


def as_messages(prompt: Prompt) -> tuple[Message, ...]:
    """A prompt in any of its forms as messages: text becomes one user turn. Empty text is refused."""
    if isinstance(prompt, str):
        if not prompt.strip():
            raise ConfigurationError("The prompt is empty", action="Write what you want to ask.")
        return (Message("user", prompt),)
    if isinstance(prompt, (Message, Mapping)):
        return (Message.of(prompt),)
    if not isinstance(prompt, Iterable):
        raise ConfigurationError(
            f"A prompt is text or messages, not {type(prompt).__name__}", action="Pass str(…) if you mean its text."
        )
    return tuple(Message.of(item) for item in prompt)
