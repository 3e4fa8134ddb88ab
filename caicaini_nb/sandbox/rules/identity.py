"""What the engine says of itself: that it is a rules engine in a sandbox, what it computes, and that it is no model."""

from __future__ import annotations

import re

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import Asked
from caicaini_nb.sandbox.rules.lazy_pattern import deferred

__all__ = ["identity"]

WHO = deferred(
    (
        r"\b(?:who|what) (?:are|r) (?:you|u)\b|\bwhat(?:'s| is) your name\b|\bintroduce yourself\b"
        r"|\bwhat (?:ai |language )?model (?:are you|is this|am i)\b"
        r"|\bwhich (?:ai |language )?model\b|\bare you (?:a |an )?(?:human|ai|bot|real|chatgpt|gpt"
        r"|robot|language model)|\btell me about yourself\b|你是谁|你叫什么|自我介绍|你是(?:什么|哪个)模型"
    ),
    re.I,
)
CAN = deferred(
    (
        r"\bwhat can (?:you|i) (?:do|ask)\b|\bhow can you help\b|\bwhat do you do\b|^\s*help\s*[.!?]*$"
        r"|你(?:能|会|可以)做什么|^\s*帮助\s*$"
    ),
    re.I,
)
HELLO = deferred(
    (
        r"^\s*(?:hi|hello|hey|good (?:morning|afternoon|evening)|greetings|hi there|hello there|hello,?"
        r" world|hey there|你好|您好|嗨)(?:\s+(?:there|you|caicaini|sonnet|haiku|opus))?\s*[,.!?！。？]*(?:\s*ho"
        r"w are you(?: today)?\s*[?.!]*)?\s*$"
    ),
    re.I,
)
THANKS = deferred(r"^\s*(?:thanks?(?: you)?(?: very much| so much| a lot)?|thx|谢谢|多谢)\s*[.!！。]*\s*$", re.I)
HOW = deferred(r"^\s*(?:how are you(?: doing)?(?: today)?|how's it going)\s*[?.!]*\s*$", re.I)
CAPABILITIES = (
    "arithmetic (`12% of 340`)",
    "counting in a text (`How many r's are in strawberry?`)",
    "lists and tables (`Count to 40`, `List the first 10 primes`)",
    "summaries made of the text's own sentences (`Summarise in 2 sentences: …`)",
    "labels (`Classify as positive or negative: …`)",
    "extraction (`Extract the dates and amounts: …`)",
    "JSON to a schema, tool calls, and facts you told earlier",
    "what an error status, tier or credit pack of the API means (`What does 529 mean?`)",
)


def identity(asked: Asked) -> Answer | None:
    """Answer who this is, what it can do, or a greeting."""
    text = asked.text
    if len(text) > 200:
        return None
    step = ("The prompt is about the one who answers.",)
    if CAN.search(text):
        listed = "\n".join(f"- {item}" for item in CAPABILITIES)
        said = asked.say(
            f"I am the sandbox's rules engine, not a language model. I compute:\n\n{listed}",
            "我是沙盒的规则引擎，不是语言模型。我能计算算术、数数、抽取原句作摘要、从给出的标签中选择、"
            "提取日期和金额、按模式生成 JSON，以及调用工具。",
        )
        return Answer(said, steps=step)
    if WHO.search(text):
        said = asked.say(
            (
                "I am the sandbox's rules engine, not a language model: I compute answers from your prompt"
                " and write no prose."
            ),
            "我是沙盒的规则引擎，不是语言模型：我只根据你的提示计算答案，不写文章。",
        )
        return Answer(said, steps=step)
    if HELLO.search(text) or HOW.search(text):
        said = asked.say(
            (
                "Hello from the sandbox's rules engine. I am not a language model; ask “What can you do?”"
                " to see what I compute."
            ),
            "你好，我是沙盒的规则引擎，不是语言模型；问“你能做什么”就能看到我会计算什么。",
        )
        return Answer(said, steps=step)
    if THANKS.search(text):
        return Answer(asked.say("You are welcome.", "不客气。"), steps=step)
    return None
