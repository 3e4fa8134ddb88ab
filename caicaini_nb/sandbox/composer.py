"""Pieces of an answer cut into token-sized parts, up to max_tokens, a stop sequence or the end of the money.

A part is yielded only after its tokens were counted, so whoever stops reading knows what was made until then.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from caicaini_nb.sandbox import tokens
from caicaini_nb.sandbox.engine import Piece, Text, Thinking, ToolUse

__all__ = ["Block", "Closed", "Composer", "Delta", "Opened", "Part", "gather"]


@dataclass(frozen=True)
class Opened:
    """A block begins: `text`, `thinking` or `tool_use` (then with id and name)."""

    index: int
    kind: str
    id: str = ""
    name: str = ""


@dataclass(frozen=True)
class Delta:
    """A bit more of the open block: text, or a tool call's JSON."""

    index: int
    kind: str
    text: str


@dataclass(frozen=True)
class Closed:
    """The open block ends."""

    index: int


Part = Opened | Delta | Closed


@dataclass
class Block:
    """A whole block, for plain answers."""

    kind: str
    text: str = ""
    id: str = ""
    name: str = ""


def gather(parts: Iterable[Part]) -> list[Block]:
    """Fold parts into whole blocks."""
    blocks: list[Block] = []
    for part in parts:
        if isinstance(part, Opened):
            blocks.append(Block(part.kind, id=part.id, name=part.name))
        elif isinstance(part, Delta):
            blocks[-1].text += part.text
    return blocks


class Composer:
    """Cuts one answer; `spend(n)` is asked before n more tokens are made and says whether they may be."""

    def __init__(self, limit: int, stops: tuple[str, ...], spend: Callable[[int], bool], call_prefix: str) -> None:
        self._limit = limit
        self._stops = stops
        self._spend = spend
        self._call_prefix = call_prefix
        self._index = -1
        self._kind: str | None = None
        self._held = ""  # the end of the text, as long as it may be the beginning of a stop sequence
        self._called = False
        self.output_tokens = 0
        self.stop_reason: str | None = None
        self.stop_sequence: str | None = None

    def feed(self, piece: Piece) -> Iterator[Part]:
        """Cut one piece; nothing more is made once there is a stop_reason."""
        if self.stop_reason is not None:
            return
        if isinstance(piece, ToolUse):
            yield from self._tool(piece)
        else:
            yield from self._written(piece)

    def finish(self) -> Iterator[Part]:
        """End the answer: what is held back goes out, and there is a stop_reason."""
        yield from self._close()
        if self.stop_reason is None:
            self.stop_reason = "tool_use" if self._called else "end_turn"

    def _written(self, piece: Text | Thinking) -> Iterator[Part]:
        kind = "text" if isinstance(piece, Text) else "thinking"
        if self._kind != kind:
            yield from self._open(kind)
        for token in tokens.pieces(piece.text):
            if not self._may_make(token):
                return
            shown = self._unstopped(token) if kind == "text" and self._stops else token
            if shown:
                yield Delta(self._index, kind, shown)
            if self.stop_reason is not None:
                return

    def _tool(self, piece: ToolUse) -> Iterator[Part]:
        if not self._may_make(piece.name):
            return
        self._called = True
        identity = self._call_prefix + secrets.token_hex(12)
        yield from self._open("tool_use", identity, piece.name)
        for token in tokens.pieces(json.dumps(piece.arguments, ensure_ascii=False)):
            if not self._may_make(token):
                break
            yield Delta(self._index, "tool_use", token)
        yield from self._close()

    def _may_make(self, token: str) -> bool:
        weight = 1 if token.isascii() and len(token) < 16 else max(1, tokens.count(token))
        if self.output_tokens + weight > self._limit or not self._spend(weight):
            self.stop_reason = "max_tokens"
            return False
        self.output_tokens += weight
        return True

    def _unstopped(self, token: str) -> str:
        """Return the text that may go out: all before a stop sequence, less what may begin one."""
        text = self._held + token
        found = [(text.find(stop), stop) for stop in self._stops if stop in text]
        if found:
            at, self.stop_sequence = min(found)
            self.stop_reason = "stop_sequence"
            self._held = ""
            return text[:at]
        longest = max(map(len, self._stops)) - 1
        for length in range(min(longest, len(text)), 0, -1):
            if any(stop.startswith(text[-length:]) for stop in self._stops):
                self._held = text[-length:]
                return text[:-length]
        self._held = ""
        return text

    def _open(self, kind: str, identity: str = "", name: str = "") -> Iterator[Part]:
        yield from self._close()
        self._index += 1
        self._kind = kind
        yield Opened(self._index, kind, identity, name)

    def _close(self) -> Iterator[Part]:
        if self._kind is None:
            return
        if self._held:
            held, self._held = self._held, ""
            yield Delta(self._index, self._kind, held)
        self._kind = None
        yield Closed(self._index)
