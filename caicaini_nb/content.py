"""What a message can hold besides text: pictures, and the results of tool calls. The same for both surfaces."""

from __future__ import annotations

import msgspec

__all__ = ["Image", "ImageLink", "ToolResult"]


class Image(msgspec.Struct, frozen=True):
    """A picture's bytes; `media_type` is what the bytes are, not what a file's name says.

    `note` says what was changed to make it fit, `None` where it is sent as it was given.
    """

    media_type: str
    data: bytes
    note: str | None = None

    def __repr__(self) -> str:
        return f"Image({self.media_type}, {len(self.data):,} bytes)"


class ImageLink(msgspec.Struct, frozen=True):
    """A picture at an https address that the service fetches itself."""

    url: str


class ToolResult(msgspec.Struct, frozen=True):
    """What running one tool call gave, as text for the model. `id` is the call's own."""

    id: str
    text: str
    is_error: bool = False
