"""Corrections: user turns that say what is wrong with the answer before, and so are about an earlier text.

Two kinds: what a program says of data that does not fit, which holds no values, and what a person says to set one
right. It refuses to see the first where no data is asked for, and either where no answer came before.
"""

from __future__ import annotations

import re

from caicaini_nb.sandbox.engine import Question, Turn
from caicaini_nb.sandbox.rules.lazy_pattern import deferred

__all__ = ["sets_right", "spoken"]

HEAD = 400
ANSWER = r"(?:answer|json|data|output|reply|response|result|object)"
MISFIT = deferred(
    rf"^\W*(?:(?:that|this|it|(?:the|your)(?: \w+)? {ANSWER})\b[^\n]{{0,60}}?"
    r"\b(?:(?:(?:does|did|do|is|was|are|were|could)(?:\s+not|n['’]t)\s+(?:\w+\s+){0,2}?"
    r"(?:fit|match|valid|validate|satisf|pars|json|conform|complete))|invalid\b|failed\b)"
    rf"|(?:invalid|malformed) {ANSWER}\b|(?:json |schema )?validation (?:error|failed)|(?:please )?try again\b"
    r"|(?:答案|数据)?不符合|校验失败|验证失败|请重新)",
    re.IGNORECASE,
)
SETS_RIGHT = deferred(
    r"^\W*(?:no\b|not\b|sorry\b|actually\b|correction\b|wrong\b|i mean(?:t)?\b|change\b|fix\b"
    r"|the \w+(?: \w+)? (?:is|was|should be|must be)\b|it(?:['’]s| is| was| should be)\b"
    r"|不对|不是|错了|更正|应该是|改)",
    re.IGNORECASE,
)


def spoken(question: Question) -> list[Turn]:
    """The turns in which a user says something of their own: with text, and no program's word about the answer."""
    turns = question.turns
    mine = [turn for turn in turns if turn.role == "user" and turn.text.strip()]
    data = question.schema is not None or question.json_object or question.tool_choice.startswith("name:")
    if not data or not any(turn.role == "assistant" for turn in turns):
        return mine
    return [turn for turn in mine if turn is mine[0] or not MISFIT.search(turn.text[:HEAD])]


def sets_right(text: str) -> bool:
    """Whether a text sets an earlier one right, so that both are to be read."""
    return SETS_RIGHT.search(text[:HEAD]) is not None
