"""The rules engine: tools first, then JSON, then the table of rules, else the honest sentence.

It refuses to pretend: every answer is computed from the request, or is a fact of the API's contract, or says that it is
neither. It has no clock and no chance of its own, so the same question always gets the same answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from caicaini_nb.sandbox.engine import Piece, Question, Text, Thinking
from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import Asked
from caicaini_nb.sandbox.rules.json_answers import as_json, wants_json
from caicaini_nb.sandbox.rules.prose import prose
from caicaini_nb.sandbox.rules.refusal import HONEST, refusal
from caicaini_nb.sandbox.rules.table import by_rules
from caicaini_nb.sandbox.rules.tool_picking import pick_tools, told_results
from caicaini_nb.sandbox.tokens import pieces

__all__ = ["RulesEngine"]

CHUNK = 2_000
PARTS = 5
QUESTION_END = re.compile(r"(?<=[?？])\s*")
CAPITALS = re.compile(
    r"\b(?:answer|reply|respond|write|speak)\b.{0,40}\b(?:upper ?case|all caps|capital letters)\b", re.I
)


class RulesEngine:
    """Answers what can be computed from the request; see the table of rules for their order."""

    name = "rules"

    def computes(self, question: Question) -> bool:
        """Whether the answer is computed in full, so that a language model has nothing to add.

        What tools answered is a fact of the request and told by the rules, unless it is to become prose. Asking back
        and data with a required value that nothing gives are left to a model where one is.
        """
        asked = Asked(question)
        if picked := pick_tools(asked):
            return bool(picked.uses) and picked.complete
        if told_results(asked) and not wants_json(asked):
            return prose(asked) is None
        answer = _answer(asked)
        return answer.complete and HONEST not in answer.steps

    def answer(self, question: Question) -> Iterator[Piece]:
        """Yield a thinking piece if thinking is on, then tool uses or text."""
        asked = Asked(question)
        if picked := pick_tools(asked):
            yield from _thinking(question, picked.steps)
            yield from picked.uses or (Text(picked.missing),)
            return
        answer = _answer(asked)
        yield from _thinking(question, answer.steps)
        text = answer.short if asked.brief and answer.short is not None and not wants_json(asked) else answer.text
        yield from _chunks(text.upper() if CAPITALS.search(asked.system) else text)


def _answer(asked: Asked) -> Answer:
    """The answer in text, JSON if that is asked for."""
    several = asked.text.count("?") + asked.text.count("？") > 1 and not asked.material and not asked.pictures
    answer = told_results(asked) or (_by_parts(asked) if several else None) or by_rules(asked)
    if wants_json(asked):
        answer = as_json(asked, answer, refusal(asked))
    return answer or refusal(asked)


def _by_parts(asked: Asked) -> Answer | None:
    """Several questions in one short prompt: those that rules answer, each on its line."""
    parts = [part for part in QUESTION_END.split(asked.text) if part] if len(asked.text) < 500 else []
    if not 2 <= len(parts) <= PARTS:
        return None
    turn = asked.question.turns[-1]
    answers = []
    for part in parts:
        one = Question(asked.question.system, (type(turn)(turn.role, part),), now=asked.question.now)
        answers.append(by_rules(Asked(one)) or refusal(Asked(one)))
    if all(HONEST in answer.steps for answer in answers):
        return None
    lines = dict.fromkeys(answer.text for answer in answers)
    return Answer("\n".join(lines), steps=tuple(step for answer in answers for step in answer.steps))


def _thinking(question: Question, steps: tuple[str, ...]) -> Iterator[Thinking]:
    """The steps really taken, cut to the budget."""
    if question.thinking_budget is None or question.thinking_budget <= 0:
        return
    text = "\n".join(steps) or HONEST
    yield Thinking("".join(pieces(text[: CHUNK * 4])[: question.thinking_budget]))


def _chunks(text: str) -> Iterator[Text]:
    """Cut a long answer at blanks, so that a caller that stops early has not paid for all of it."""
    start = 0
    while len(text) - start > CHUNK:
        cut = max(text.rfind(" ", start + 1, start + CHUNK), text.rfind("\n", start + 1, start + CHUNK))
        cut = cut if cut > start else start + CHUNK
        yield Text(text[start:cut])
        start = cut
    yield Text(text[start:])
