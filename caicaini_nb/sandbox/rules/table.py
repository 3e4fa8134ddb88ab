"""The rules in the order they are tried; the first that answers is taken.

Rules that need a given text and a verb come before those that read the whole prompt, so that a sum inside a text to
summarise is not worked out; telling a fact comes last, since most prompts tell one.
"""

from __future__ import annotations

from caicaini_nb.sandbox.rules.answer import Answer, Rule
from caicaini_nb.sandbox.rules.arithmetic import arithmetic
from caicaini_nb.sandbox.rules.asked import Asked
from caicaini_nb.sandbox.rules.counting import counting
from caicaini_nb.sandbox.rules.dates import dates
from caicaini_nb.sandbox.rules.equations import equations
from caicaini_nb.sandbox.rules.extraction import extraction
from caicaini_nb.sandbox.rules.identity import identity
from caicaini_nb.sandbox.rules.images import images
from caicaini_nb.sandbox.rules.labels import labels
from caicaini_nb.sandbox.rules.lists import lists
from caicaini_nb.sandbox.rules.memory import recalling, remembering
from caicaini_nb.sandbox.rules.prose import prose
from caicaini_nb.sandbox.rules.rewriting import echo, rewriting
from caicaini_nb.sandbox.rules.sequences import sequences
from caicaini_nb.sandbox.rules.service_facts import service_facts
from caicaini_nb.sandbox.rules.summary import summary
from caicaini_nb.sandbox.rules.units import units

__all__ = ["RULES", "by_rules"]

RULES = (
    Rule("images", images),
    Rule("identity", identity),
    Rule("recalling", recalling),
    Rule("echo", echo),
    Rule("labels", labels),
    Rule("summary", summary),
    Rule("counting", counting),
    Rule("extraction", extraction),
    Rule("prose", prose),
    Rule("sequences", sequences),
    Rule("lists", lists),
    Rule("rewriting", rewriting),
    Rule("service facts", service_facts),
    Rule("dates", dates),
    Rule("units", units),
    Rule("equations", equations),
    Rule("arithmetic", arithmetic),
    Rule("remembering", remembering),
)


def by_rules(asked: Asked) -> Answer | None:
    """The answer of the first rule that has one, with that rule's name as its first step."""
    for rule in RULES:
        if answer := rule.answer(asked):
            steps = (f"Rule “{rule.name}” recognises it.", *answer.steps)
            return Answer(answer.text, answer.short, answer.value, steps)
    return None
