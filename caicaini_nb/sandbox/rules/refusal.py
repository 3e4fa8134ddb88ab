"""The honest sentence: what was asked is not computed here, and what would answer it."""

from __future__ import annotations

import re

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import INSTRUCTION_LIMIT, Asked
from caicaini_nb.sandbox.rules.images import described

__all__ = ["HONEST", "refusal"]

HONEST = "No rule recognises the request."  # the step that says so

# what the prompt wants, by the first word that says so; the last line is for everything else
ACTIVITIES = (
    (
        re.compile(r"\btranslat|\bin (?:french|german|spanish|chinese|japanese|italian)\b|翻译", re.I),
        "translate or write prose",
        "翻译",
    ),
    (
        re.compile(r"\b(?:code|function|script|program|regex|sql|python|javascript|class)\b|代码|程序", re.I),
        "write code or prose",
        "写代码",
    ),
    (
        re.compile(r"\bpoem|\bhaiku|\bstory|\bsong|\bjoke|\blimerick|诗|故事|笑话", re.I),
        "write poems, stories, jokes or other prose",
        "写诗、故事或笑话",
    ),
    (
        re.compile(
            r"\brewrite|\brephrase|\bparaphrase|\bcorrect\b|\bproofread|\bgrammar|\bsummari|润色|改写|总结", re.I
        ),
        "rewrite text or write prose",
        "改写文字",
    ),
    (
        re.compile(
            r"^\s*(?:who|where|when|why|which|what|how|is|are|does|do|did|was|explain|define|describe)\b"
            r"|什么|为什么|谁|哪|怎么|解释",
            re.I,
        ),
        "write prose or answer questions of general knowledge",
        "回答常识问题",
    ),
    (re.compile(""), "write prose", "写文章"),
)


def refusal(asked: Asked) -> Answer:
    """One sentence, in the prompt's language; with pictures, what was seen in them after it."""
    text = asked.text[:INSTRUCTION_LIMIT]
    english, chinese = next((first, second) for pattern, first, second in ACTIVITIES if pattern.search(text))
    said = asked.say(
        f"The sandbox's rules engine does not {english}; a hosted model with your own key does.",
        f"沙盒的规则引擎不会{chinese}；用你自己的密钥调用托管模型，就可以得到答案。",
    )
    if asked.pictures:
        said = f"{said}\n\n{described(asked)}"
    return Answer(said, steps=(HONEST,))
