"""Facts told in the conversation (`My name is Ada`, `remember that the code is 42`) and what was said before.

It recalls only what stands in the turns of this very request: the API keeps nothing between calls, nor does this.
"""

from __future__ import annotations

import re

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import INSTRUCTION_LIMIT, Asked
from caicaini_nb.sandbox.rules.lazy_pattern import deferred

__all__ = ["recalling", "remembering"]

TOLD = deferred(
    (
        r"\b(?:remember(?: that)?|note that|keep in mind(?: that)?)?[:,]?\s*(?P<whose>my|the|our|his"
        r"|her)\s+(?P<what>[a-z][\w' -]{1,40}?)\s+(?:is|are|was|=)\s+(?P<value>[^.!?\n]{1,120}?)(?=\s+and\s+(?:"
        r"I|my|the)\b|[.!?\n,;]|$)"
    ),
    re.IGNORECASE,
)
CALLED = deferred(
    r"\b(?:call me|i am called|i'm called|i am|i'm)\s+(?P<value>[A-Z][\w'-]{1,30}(?:\s[A-Z][\w'-]{1,30}){0,3})"
)
REMEMBER = re.compile(
    r"\bremember(?: that| this)?[:,]?\s+(?P<what>[\w' -]{1,40}?)\s+(?:is|are|=)\s+(?P<value>[^.!?\n]{1,120})",
    re.IGNORECASE,
)
DOES = deferred(
    r"\bI\s+(?P<what>live in|work at|work as|come from|like|love|own|have|prefer)\s+(?P<value>[^.!?\n]{1,80})",
    re.IGNORECASE,
)
TOLD_CHINESE = deferred(r"我(?:的)?(?P<what>名字|叫|姓|住在|喜欢|年龄)(?:是|叫)?(?P<value>[^，。！？\s的]{1,20})")
ASKED_MY = deferred(
    (
        r"\b(?:what(?:'?s| is| are| was| were)|who is|tell me|do you (?:know|remember)|remind me(?:"
        r" what)?|recall)\s+(?:what\s+)?(?P<whose>my|the|our|his|her)\s+(?P<what>[a-z][\w' -]{1,40}?)(?:\s+(?:i"
        r"s|was|are))?\s*[?.!]*$"
    ),
    re.IGNORECASE | re.MULTILINE,
)
ASKED_DOES = deferred(
    r"\b(?:where|what|whom?)\s+do\s+I\s+(?P<what>live|work|come from|like|love|own|have|prefer)\b", re.IGNORECASE
)
ASKED_CHINESE = re.compile(r"我(?:的)?(?P<what>名字|叫|姓|住在|喜欢|年龄)(?:是|叫)?(?:什么|哪里|多少|谁|几)")
BEFORE = deferred(
    r"\bwhat (?:did|was|were|have) (?:i|my)\b.{0,20}\b(?P<which>first|last|previous|just|before)?.{0,12}\b("
    r"?:say|said|ask|asked|question|message|told|tell|write)\b"
    r"|我(?:刚才|之前|上一句)(?:说|问)了?什么",
    re.IGNORECASE,
)
NAMES = frozenset({"name", "first name", "名字", "叫"})


def _facts(asked: Asked) -> list[tuple[str, str, str]]:
    """What was told: whose, what, value; oldest first; questions tell nothing."""
    facts: list[tuple[str, str, str]] = []
    for text in asked.earlier:
        for sentence in re.split(r"(?<=[.!?。！？\n])|,?\s+and\s+(?=I\b|my\b)", text[:INSTRUCTION_LIMIT]):
            if sentence.rstrip().endswith(("?", "？")):
                continue
            if found := TOLD.search(sentence):
                facts.append((found["whose"].lower(), found["what"].lower().strip(), found["value"].strip()))
            elif found := REMEMBER.search(sentence) or DOES.search(sentence) or TOLD_CHINESE.search(sentence):
                facts.append(
                    ("my" if found.re is not REMEMBER else "the", found["what"].lower().strip(), found["value"].strip())
                )
            elif found := CALLED.search(sentence):
                facts.append(("my", "name", found["value"]))
    return facts


def _recall(asked: Asked, what: str, whose: str) -> str | None:
    """The value told last for a thing, under any of its names."""
    wanted = NAMES if what in NAMES else {what}
    for told_whose, told, value in reversed(_facts(asked)):
        if (told in wanted or told.removeprefix("the ") in wanted) and {told_whose, whose} != {"his", "her"}:
            return value
    return None


def _said_before(asked: Asked) -> Answer:
    """The first user turn, or the last before this one."""
    if not asked.earlier:
        return Answer(
            asked.say("This is the first message of the conversation.", "这是对话的第一条消息。"),
            steps=("Looked at the turns before.",),
        )
    said = asked.earlier[0] if re.search(r"\bfirst\b", asked.text, re.I) else asked.earlier[-1]
    return Answer(
        asked.say(f"You said: “{said[:400]}”", f"你说：“{said[:400]}”"),
        short=said[:400],
        value=said[:400],
        steps=(f"Looked at the {len(asked.earlier)} user turns before.",),
    )


def recalling(asked: Asked) -> Answer | None:
    """Answer a question about what the user said earlier in this conversation."""
    text = asked.text
    if len(text) > 300:
        return None
    if BEFORE.search(text):
        return _said_before(asked)
    if found := ASKED_DOES.search(text):
        verb = found["what"].lower()
        for _, told, value in reversed(_facts(asked)):
            if told.split()[0] == verb.split()[0]:
                return Answer(
                    f"You told me that you {told} {value}.",
                    short=value,
                    value=value,
                    steps=("Recalled it from the turns before.",),
                )
        return None
    found = ASKED_CHINESE.search(text) or ASKED_MY.search(text)
    if not found:
        return None
    whose, what = (
        ("my", found["what"]) if found.re is ASKED_CHINESE else (found["whose"].lower(), found["what"].lower().strip())
    )
    recalled = _recall(asked, what, whose)
    if recalled is not None:
        yours = "Your" if whose == "my" else whose.capitalize()
        said = asked.say(f"{yours} {what} is {recalled}.", f"你{'叫' if what in NAMES else what}{recalled}。")
        return Answer(said, short=recalled, value=recalled, steps=("Recalled it from the turns before.",))
    if whose == "my":
        said = asked.say(f"You have not told me your {what} in this conversation.", "你在这次对话里还没有告诉我。")
        return Answer(said, steps=(f"Searched {len(asked.earlier)} user turns before and found nothing told.",))
    return None


def remembering(asked: Asked) -> Answer | None:
    """Acknowledge a fact just told, when the turn does nothing else; it stays in the messages you send back."""
    text = asked.text
    if len(text) > 300 or text.endswith(("?", "？")):
        return None
    if found := TOLD_CHINESE.search(text):
        return Answer(f"记下了：{found[0]}。再问时请把这条消息一起发来。", steps=("The turn tells a fact.",))
    if found := TOLD.search(text) or REMEMBER.search(text):
        groups = found.groupdict()
        whose = groups.get("whose") or ""
        yours = {"my": "your", "our": "your"}.get(whose.lower(), whose.lower())
        thing = " ".join(part for part in (yours, groups["what"].strip()) if part)
        value = groups["value"].strip()
    elif (found := CALLED.search(text)) and len(text.split()) <= 8:
        thing, value = "your name", found["value"]
    else:
        return None
    said = (
        f"Noted: {thing} is {value}; send this message along when you ask, since the API keeps nothing between calls."
    )
    return Answer(said, short=f"Noted: {thing} is {value}.", value={thing: value}, steps=("The turn tells a fact.",))
