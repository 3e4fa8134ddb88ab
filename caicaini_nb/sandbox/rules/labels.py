"""Picking one of the labels the prompt names: by a sentiment lexicon, else by words shared with
the labels and their definitions.

It refuses to invent labels; where nothing in the text speaks for any, it takes the label that means *other*, else
says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import Asked
from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.sentiment import sentiment
from caicaini_nb.sandbox.rules.topics import related
from caicaini_nb.sandbox.rules.words import content_words, stem

__all__ = ["NEUTRAL", "OTHER", "Choice", "labels", "pick_label"]

LABEL = r"[\"'“‘`*]{0,3}[\w][\w /&+-]{0,40}?[\"'”’`*]{0,3}"
LIST = (
    rf"(?P<list>{LABEL}(?:\s*(?:,|;|/|\||、|，)\s*(?:or\s+|and\s+)?{LABEL}){{0,30}}?\s*,?\s*(?:\s(?:or"
    rf"|and)\s|\||/|、|或者?|还是|和|,)\s*{LABEL})"
)
END = r"(?=\s*(?:[.:;?!\n。：；？！)]|$|\s(?:based|for the|depending|with|only|and nothing)\b))"
FORMS = (
    deferred(
        (
            r"\b(?:is|are|was)\s+(?:this|it|that|the (?:following|above|text|review|message|sentence|comment"
            r"|feedback|tweet))(?:\s+\w+){0,4}?\s+(?P<list>[a-z]+(?:, [a-z]+)*,? or [a-z]+)\b"
        ),
        re.IGNORECASE,
    ),
    deferred(
        (
            r"\b(?:classif(?:y|ies|ier)|categori[sz]e|label|tag|rate|sort|assign|choose|pick|select|decide"
            r"|determine|route|answer|reply|respond|return|output|labels?|categor(?:y|ies)|classes|options"
            r"|sentiments?|is (?:this|it)|is the)\b"
            r"[^\n.:?]{0,160}?(?:\b(?:as|into|from|between|one of|either|of|with|are|is|whether (?:it )?(?:is"
            r"|it's))\b|[:(])\s*"
            r"(?:either |one of |exactly one of |exactly one (?:word|label)?:? ?|the (?:following )?(?:labels"
            r"|categories|options)?:?\s*|these (?:labels|categories|options)?:?\s*|[\[(]\s*)*"
        )
        + LIST
        + END,
        re.IGNORECASE,
    ),
    deferred(
        r"\bone of(?: these| the following)?(?: labels| categories| options| words)?\s*[:(\[]?\s*" + LIST + END,
        re.IGNORECASE,
    ),
    deferred(
        r"(?:分类为|归类为|判断(?:为|是)|属于|是|从|标签[:：]|类别[:：])\s*(?P<list>[\w\u4e00-\u9fff]{1,12}(?:[、，,/|][\w\u4e00-\u9f"
        r"ff]{1,12}?){0,20}(?:、|或者?|还是|和)[\w\u4e00-\u9fff]{1,12}?)(?=[:：。？\n，,]|$|中)"
    ),
)
DEFINITION = deferred(
    (
        r"^[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]*[\"'`*]{0,3}([\w][\w /&+-]{0,40}?)[\"'`*]{0,3}[ \t]*(?:$"
        r"|[:：–—-][ \t]+(.{1,300})$)"
    ),
    re.MULTILINE,
)
CLASSIFIES = deferred(
    r"\bclassif|\bcategor|\blabel|\btag\b|\bsentiment|\bone of\b|\brout(?:e|ing)\b|\btriage\b|分类|归类|标签|情感",
    re.IGNORECASE,
)
SENTIMENT_ASKED = deferred(r"\bsentiment\b|\btone\b|\bpositive\b|\bnegative\b|情感|情绪", re.IGNORECASE)
POSITIVE = frozenset(
    "positive pos good happy favourable favorable praise satisfied compliment 正面 积极 好评 正向".split()
)
NEGATIVE = frozenset(
    "negative neg bad unhappy unfavourable unfavorable complaint dissatisfied angry 负面 消极 差评 负向".split()
)
NEUTRAL = frozenset("neutral mixed neither unclear medium normal 中性 中立".split())
OTHER = frozenset("other others misc miscellaneous none unknown general unclear 其他 其它 无".split())
ASKED = frozenset(map(stem, "question inquiry enquiry query help how-to 疑问 问题 咨询 提问".split()))
QUESTION, SIGHT = deferred(r"[?？]\s*[\"'”’)]*\s*$"), 50
SPLITTER = deferred(
    r"\s*(?:,|;|/|\||、|，)\s*(?:or\s+|and\s+)?|\s+(?:or|and)\s+|或者?|还是|和(?=[\u4e00-\u9fff])", re.IGNORECASE
)


@dataclass(frozen=True)
class Choice:
    """A label as written, with the definition the prompt gives it."""

    name: str
    definition: str = ""


def _cut(listed: str) -> list[Choice]:
    listed = re.sub(r"^[^,;/|]{0,60}\b(?:as|into|is|are|between)\s+(?:either\s+)?", "", listed)
    names = [part.strip().strip("\"'“”‘’`*[]() ") for part in SPLITTER.split(listed)]
    return [Choice(name) for name in dict.fromkeys(names) if name]


def choices(text: str) -> list[Choice]:
    """The labels named in an instruction, in its order; fewer than two is none."""
    defined = [Choice(found[1].strip(), (found[2] or "").strip()) for found in DEFINITION.finditer(text)]
    if len(defined) >= 2 and CLASSIFIES.search(text):
        return defined
    for form in FORMS:
        if found := form.search(text):
            named = _cut(found["list"])
            if len(named) >= 2 and all(len(choice.name.split()) <= 4 for choice in named):
                return named
    return (
        [Choice(name) for name in ("positive", "negative", "neutral")]
        if re.search(r"\bsentiment\b", text, re.I)
        else []
    )


def _by_sentiment(named: list[Choice], text: str) -> tuple[Choice | None, str]:
    score, why = sentiment(text)
    wanted = POSITIVE if score > 0 else NEGATIVE if score < 0 else NEUTRAL
    for choice in named:
        if choice.name.lower() in wanted:
            return choice, f"Lexicon score {score:+d} from: {', '.join(why[:8]) or 'no word of the lexicon'}."
    return None, ""


def _by_overlap(named: list[Choice], text: str) -> tuple[Choice | None, str]:
    """The label most related to the text: its own words count 3, related words 2, words of its definition 1."""
    present = content_words(text[:100_000])
    best, best_score, why = None, 0, ""
    for choice in named:
        weights = dict.fromkeys(content_words(choice.definition), 1)
        weights |= dict.fromkeys(related(choice.name), 2) | dict.fromkeys(content_words(choice.name), 3)
        shared = [word for word in dict.fromkeys(present) if word in weights]
        score = sum(weights[word] for word in shared)
        if score > best_score:
            best, best_score, why = choice, score, f"Words shared with {choice.name}: {', '.join(shared[:8])}."
    return best, why


def pick_label(named: list[Choice], text: str) -> tuple[Choice | None, str]:
    """The label that fits, and why; `None` where nothing in the text speaks for one."""
    names = {choice.name.lower() for choice in named}
    if names & POSITIVE and names & NEGATIVE:
        choice, why = _by_sentiment(named, text)
        if choice:
            return choice, why
    choice, why = _by_overlap(named, text)
    if choice is None and QUESTION.search(text[-SIGHT:]):
        choice = next((choice for choice in named if ASKED & set(content_words(choice.name))), None)
        why = "No word speaks for any label, and it is a question."
    if choice is None:
        choice = next((choice for choice in named if choice.name.lower() in OTHER | NEUTRAL), None)
        why = "Nothing in the text speaks for any label."
    return choice, why


def _text_to_label(asked: Asked, source: str) -> str:
    """The text the label is for: the material, the last paragraph's, or all of the turn when the system asks."""
    if source is asked.system:
        return asked.text
    body = (
        asked.text.rpartition("\n\n")[2] if "\n\n" in asked.text and DEFINITION.search(asked.text) else asked.material
    )
    if not body:
        # "Is it good or bad? The soup was cold.": what stands after the question
        body = asked.quotes[-1] if asked.quotes else re.split(r"[?？]", asked.text, maxsplit=1)[-1].strip()
        return "" if body == asked.text.strip() else body
    return re.sub(r"^[\w ]{1,20}[:：]\s*", "", body)


def labels(asked: Asked) -> Answer | None:
    """Answer with one label and nothing else."""
    for source in (asked.text[:2_000], asked.system):
        if not (
            CLASSIFIES.search(source)
            or SENTIMENT_ASKED.search(source)
            or re.search(r"\b(?:or|either)\b|还是|或", source)
        ):
            continue
        named = choices(source)
        text = _text_to_label(asked, source) if named else ""
        if not text:
            continue
        choice, why = pick_label(named, text)
        listed = ", ".join(choice.name for choice in named)
        if choice:
            return Answer(choice.name, short=choice.name, value=choice.name, steps=(f"Labels named: {listed}.", why))
        if CLASSIFIES.search(source):
            said = asked.say(
                f"Nothing in the text speaks for any of: {listed}.", f"文本中没有能支持任何标签的词：{listed}。"
            )
            return Answer(said, steps=(f"Labels named: {listed}.", why))
    return None
