"""Pictures for a prompt: one or several, in whatever form they are at hand, put in front of the text.

Refused before anything is sent: what is no picture, more than 20 in a turn, http and file links. A picture that is too
large is scaled down, and an `ImageChangedWarning` says so; turn it into an error to be asked first:
`warnings.simplefilter("error", ImageChangedWarning)`.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from ..content import Image, ImageLink
from ..errors import ConfigurationError
from ..reply import TextBlock
from ..request import Message
from .fit import MAXIMUM_BYTES, fitted
from .source import read_picture

__all__ = ["MOST_IN_A_TURN", "ImageChangedWarning", "as_images", "attach"]

MOST_IN_A_TURN = 20
# A body may have 16 MB, base64 makes four bytes of three, and the text and what was said before want room too.
ROOM = 10_500_000
PACKAGE = __name__.partition(".")[0]


class ImageChangedWarning(UserWarning):
    """A picture is not sent as it was given: scaled down, or written in another format."""


def as_images(value: Any, names: Mapping[str, Any] | None = None) -> tuple[Image | ImageLink, ...]:
    """One picture or a list of them; a text that is a key of `names` stands for the value there.

    A picture is a path, bytes, an https or data: link, a PIL image, a matplotlib figure or axes, a NumPy array (height
    × width, or × 3 or 4 channels; 0–255, or fractions 0–1), or an `IPython.display.Image`. Its type is read from its
    bytes. Raises `ConfigurationError`.
    """
    values = value if isinstance(value, (list, tuple)) else [value]
    if names is not None:
        values = [names.get(item, item) if isinstance(item, str) else item for item in values]
    _check_number(len(values))
    return tuple(_sharing([read_picture(item) for item in values]))


def attach(messages: Sequence[Message], images: Any) -> tuple[Message, ...]:
    """The messages with the pictures before the text of the last user message. Raises `ConfigurationError`."""
    place = max((place for place, message in enumerate(messages) if message.role == "user"), default=None)
    if place is None:
        raise ConfigurationError("Pictures belong to a user message, and there is none", action="Add a prompt.")
    content = messages[place].content
    said: list[Any] = [TextBlock(content)] if isinstance(content, str) else list(content or ())
    pictures = as_images(images)
    _check_number(len(pictures) + sum(map(_is_picture, said)))
    for picture in pictures:
        if isinstance(picture, Image) and picture.note is not None:
            warnings.warn(f"{picture.note}.", ImageChangedWarning, stacklevel=_outside())
    before_text = next((index for index, item in enumerate(said) if _is_text(item)), len(said))
    said[before_text:before_text] = pictures
    return (*messages[:place], replace(messages[place], content=tuple(said)), *messages[place + 1 :])


def _check_number(count: int) -> None:
    if count > MOST_IN_A_TURN:
        raise ConfigurationError(
            f"{count} pictures are more than the {MOST_IN_A_TURN} a turn may hold", action="Ask in several turns."
        )


def _sharing(pictures: list[Image | ImageLink]) -> list[Image | ImageLink]:
    """The pictures, so that all of them together fit into one request: the heaviest are made lighter."""
    weights = {place: len(item.data) for place, item in enumerate(pictures) if isinstance(item, Image)}
    room, share = ROOM, MAXIMUM_BYTES
    for left, (place, weight) in zip(
        range(len(weights), 0, -1), sorted(weights.items(), key=lambda item: item[1]), strict=True
    ):
        share = min(share, room // left)
        picture = pictures[place]
        if weight > share and isinstance(picture, Image):
            lighter = fitted(picture.data, f"Picture {place + 1}", share)
            first = f"{picture.note}; " if picture.note else ""
            pictures[place] = replace(lighter, note=f"{first}{lighter.note}, to share one request with the others")
            weight = len(lighter.data)
        room -= weight
    return pictures


def _is_picture(item: Any) -> bool:
    return isinstance(item, (Image, ImageLink)) or (
        isinstance(item, Mapping) and item.get("type") in ("image", "image_url")
    )


def _is_text(item: Any) -> bool:
    return isinstance(item, TextBlock) or (isinstance(item, Mapping) and item.get("type") == "text")


def _outside() -> int:
    """How many frames up the caller's own code begins: that line is named in the warning."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] == PACKAGE:
        level, frame = level + 1, frame.f_back
    return level
