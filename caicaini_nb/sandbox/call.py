"""A call: one validated generation request, with the wire taken off."""

from __future__ import annotations

from dataclasses import dataclass

from caicaini_nb.sandbox import tokens
from caicaini_nb.sandbox.engine import Question

__all__ = ["Call", "estimate"]

TOKENS_A_TURN = 4  # role and separators (assumed)


@dataclass(frozen=True)
class Call:
    """What is asked; `counted` are the texts whose tokens are the input, `image_tokens` come on top."""

    asked_model: str
    model: str
    max_tokens: int
    question: Question
    counted: tuple[str, ...]
    image_tokens: int = 0
    stops: tuple[str, ...] = ()
    stream: bool = False
    include_usage: bool = False
    choices: int = 1
    undocumented: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Characters in all, to decide where the work is done."""
        return sum(map(len, self.counted))


def estimate(call: Call) -> int:
    """Return the input tokens: real token counts of the texts, assumed figures for turns and pictures."""
    return sum(map(tokens.count, call.counted)) + TOKENS_A_TURN * len(call.question.turns) + call.image_tokens
