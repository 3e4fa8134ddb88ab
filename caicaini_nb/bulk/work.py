"""What a job asks: the call that every row shares, and each row's prompt, pictures and name.

A row's name, its key, is a digest of the whole request: the same row under the same template has the same key in every
run, wherever it stands. Rows that ask the same have the same key, and are asked once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from ..errors import ConfigurationError
from ..plan import Plan
from ..request import Message
from ..schemas.json_text import read_data
from ..surfaces.messages_tools import ANSWER
from .rows import Rows, is_missing
from .template import Template

__all__ = ["Description", "Task", "Work", "data_of", "voted"]


class Description(msgspec.Struct, frozen=True):
    """What makes a job this job: what is in its folder must have been asked in the same way.

    `call` is the body of the call without its messages; `path` where it is posted.
    """

    template: str
    provider: str
    origin: str
    path: str
    call: Mapping[str, Any]
    votes: int = 1
    images: str | None = None
    version: int = 1

    def written(self) -> bytes:
        return msgspec.json.encode(self, order="sorted")


class Task(msgspec.Struct, frozen=True):
    """One request to make: for the row at `place`, its vote number `vote`."""

    key: str
    place: int
    vote: int = 0


class Work:
    """The rows of a job under their template. `keys` has one for each row, `None` where there is nothing to ask."""

    def __init__(
        self, rows: Rows, template: Template, plan: Plan, description: Description, images: str | None = None
    ) -> None:
        self.rows = rows
        self.template = template
        self.plan = plan
        self.description = description
        self._cells = [rows.column(name) for name in template.columns]
        self._pictures = None if images is None else rows.column(images)
        self._digest = hashlib.blake2b(description.written(), digest_size=16).digest()
        self.keys = [self._key(place) for place in range(len(rows))]

    @property
    def votes(self) -> int:
        return self.description.votes

    def tasks(self, places: Sequence[int] | range | None = None) -> Iterator[Task]:
        """Every request of these rows, those that ask the same once."""
        seen = set()
        for place in range(len(self.keys)) if places is None else places:
            key = self.keys[place]
            if key is None or key in seen:
                continue
            seen.add(key)
            for vote in range(self.votes):
                yield Task(voted(key, vote), place, vote)

    def sample(self, size: int) -> list[int]:
        """So many rows that differ, always the same ones for the same input: those with the lowest keys."""
        first: dict[str, int] = {}
        for place, key in enumerate(self.keys):
            if key is not None:
                first.setdefault(key, place)
        return sorted(first[key] for key in sorted(first)[:size])

    def prompt(self, place: int) -> str:
        return self.template.fill([cells[place] for cells in self._cells])

    def plan_of(self, place: int) -> Plan:
        """The call of one row. Raises `ConfigurationError`, also for a picture that cannot be read."""
        messages: tuple[Message, ...] = (Message("user", self.prompt(place)),)
        if self._pictures is not None:
            from ..pictures.images import attach  # only rows with pictures need it

            messages = attach(messages, self._pictures[place])
        return replace(self.plan, request=replace(self.plan.request, messages=messages))

    def _key(self, place: int) -> str | None:
        if any(is_missing(cells[place]) for cells in self._cells):
            return None
        digest = hashlib.blake2b(self._digest, digest_size=12)
        if self._pictures is not None:
            if self._pictures[place] is None or is_missing(self._pictures[place]):
                return None
            digest.update(_picture(self._pictures[place]))
        try:
            digest.update(self.prompt(place).encode("utf-8", "surrogatepass"))
        except ConfigurationError:  # an expression that fails for this row: found again when it is asked, and kept
            digest.update(b"\0%d" % place)
        return digest.hexdigest()


def voted(key: str, vote: int) -> str:
    """The key of one vote of several; the first is the row's own."""
    return key if vote == 0 else f"{key}-{vote}"


def data_of(plan: Plan, choice: Any) -> Any:
    """The data of an answer that fits its schema, as it came over the wire."""
    if plan.surface.name != "messages":
        return read_data(choice.text)
    return next(block.input for block in choice.blocks if getattr(block, "name", None) == ANSWER)


def _picture(value: Any) -> bytes:
    """What tells one picture from another without reading it: a file by its name, size and time."""
    if isinstance(value, (list, tuple)):
        return b"".join(map(_picture, value))
    if isinstance(value, (bytes, bytearray)):
        return hashlib.blake2b(value, digest_size=16).digest()
    if isinstance(value, (str, Path)):
        try:
            found = Path(value).stat()
            return f"{value}\0{found.st_size}\0{found.st_mtime_ns}".encode("utf-8", "surrogatepass")
        except (OSError, ValueError):
            return str(value).encode("utf-8", "surrogatepass")
    raise ConfigurationError(
        f"A column of pictures holds paths, links or bytes, not {type(value).__name__}",
        action="Save the pictures, and give their paths.",
    )
