"""Rewriting that needs no understanding: reverse, change case, sort, deduplicate, spell, join, and saying a text back.

It refuses rewriting that would be writing: translating, rephrasing and correcting are not here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import Asked
from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.number import NUMBER, parse_number

__all__ = ["echo", "rewriting"]

ECHO = deferred(
    r"^\s*(?:please\s+)?(?:(?:can|could) you\s+)?(?:just\s+)?(?:repeat(?: after me)?|say|echo|print"
    r"|output|respond|reply|answer|write|return|type)"
    r"(?:\s+back)?(?:\s+(?:with|only|exactly|just|the|single|one|following|text|word|words|phrase"
    r"|sentence|message|verbatim|literally))*"
    r"(?:\s*[:：]\s*|\s+)(?P<said>[^\n]{1,500})$",
    re.IGNORECASE,
)
MOST, LONGEST = 2_000, 100_000
REPEAT = deferred(
    r"\b(?:repeat|write|say|print|type)\s+(?:the\s+)?(?:word|phrase|text|letter)?\s*[\"'“]?"
    r"(?P<said>[\w ]{1,60}?)[\"'”]?"
    r"\s+(?P<times>\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|twenty)\s+times\b",
    re.IGNORECASE,
)
ECHO_CHINESE = deferred(
    r"^\s*(?:请)?(?:跟我说|重复(?:一遍)?|复述|只?(?:回复|回答|说))\s*[:：]?\s*[“「\"]?(?P<said>[^”」\"\n]{1,200}?)[”」\"]?\s*[。！]?$"
)
SAYING = deferred(r"^\s*(?:please\s+)?(?:just\s+)?(?:say|repeat|echo)\b", re.IGNORECASE)
EXACT = deferred(
    r"\b(?:exactly|only|just|verbatim|literally|the (?:single )?word|one word|after me|back)\b|[:：\"“]", re.IGNORECASE
)
ENDS = deferred(
    r"\s+(?:and nothing else|and nothing more|only|verbatim|exactly|please|to me|back to me)\s*[.!]?$", re.IGNORECASE
)
NOT_LITERAL = deferred(
    r"^(?:a|an|the|something|anything|what|how|why|your|my|in|with|to|about|me|hello in|hi in|it"
    r"|whether|if|as|json|as json|yes or no"
    r"|true or false|each|every|all|some|one of|one or|no more|between|at most|number|numbers|only|using|both)\b",
    re.IGNORECASE,
)
SEPARATORS = (
    deferred(r"\n+"),
    deferred(r"\s*[;；]\s*"),
    deferred(r"\s*[,，、]\s*(?:and\s+)?"),
    deferred(r"\s+"),
)
SPELL = deferred(
    r"\bspell\s+(?:out\s+)?(?:the\s+word\s+)?[\"'“]?([A-Za-z-]{1,60})[\"'”]?(?:\s+(?:backwards?|in reverse))?",
    re.IGNORECASE,
)


def _request(text: str) -> str:
    """The last sentence, where it alone says what to say back; else all of the text."""
    last = re.split(r"(?<=[.!])\s+", text)[-1]
    return (
        last if re.match(r"(?:please\s+)?(?:reply|respond|answer)\s+(?:only\s+|just\s+)?with\b", last, re.I) else text
    )


def _repeated(text: str) -> Answer | None:
    found = REPEAT.search(text)
    times = parse_number(found["times"]) if found else None
    if not found or times is None or not 1 <= times <= MOST:
        return None
    said = " ".join([found["said"].strip()] * int(times))
    return Answer(said, short=said, value=said, steps=(f"Wrote it {times} times.",))


def echo(asked: Asked) -> Answer | None:
    """Say a text back that the prompt gives literally."""
    if len(asked.text) <= 600 and (answer := _repeated(asked.text)):
        return answer
    text = asked.text if len(asked.text) > 600 else _request(asked.text)
    if len(text) > 600:
        return None
    found = ECHO_CHINESE.match(text) if asked.chinese else ECHO.match(text)
    if not found or text.endswith(("?", "？")):
        return None
    said = ENDS.sub("", ENDS.sub("", found["said"].strip()))
    literal = bool(EXACT.search(text[: found.start("said")] + text[found.start("said")])) or asked.chinese
    if quoted := re.fullmatch(r"[\"'“‘`](.+?)[\"'”’`][.!]?", said):
        said, literal = quoted[1], True
    elif (not literal and not (SAYING.match(text) and len(said.split()) <= 12)) or (
        NOT_LITERAL.match(said) and not re.search(r"[:：]\s*$", text[: found.start("said")])
    ):
        return None
    elif len(said.split()) == 1 or SAYING.match(text):
        said = said.rstrip(".") or said
    return Answer(said, short=said, value=said, steps=("The prompt gives the words to say; said them back.",))


def _items(text: str) -> tuple[list[str], str]:
    """The items of a list, and what to join them with."""
    text = re.sub(r"^\s*(?:[-*•]|\d{1,3}[.)])\s+", "", text.strip(), flags=re.MULTILINE)
    for separator, joint in zip(SEPARATORS, ("\n", "; ", ", ", " "), strict=True):
        parts = [part.strip() for part in separator.split(text) if part.strip()]
        if len(parts) > 1:
            if joint != "\n":
                parts[-1] = re.sub(r"^(?:and|or)\s+", "", parts[-1].rstrip(".?!"))
            return parts, joint
    return [text], ", "


def _sorted(instruction: str, text: str) -> str:
    items, joint = _items(text)
    down = bool(
        re.search(
            r"\bdescending|\breverse|\blargest first|\bhighest|\bz.{0,3}a\b|降序|从大到小|\bdecreasing",
            instruction,
            re.I,
        )
    )
    by_length = bool(re.search(r"\blength\b|\bshortest\b|\blongest\b", instruction, re.I))
    numbers = {item: parse_number(NUMBER.search(item)[0]) for item in items if NUMBER.search(item)}  # type: ignore[index]
    if by_length:
        return joint.join(sorted(items, key=lambda item: (len(item), item), reverse=down))
    if len(numbers) == len(set(items)):
        return joint.join(sorted(items, key=lambda item: numbers[item] or 0, reverse=down))
    return joint.join(sorted(items, key=lambda item: (item.casefold(), item), reverse=down))


def _unique(instruction: str, text: str) -> str:
    items, joint = _items(text)
    return joint.join(dict.fromkeys(items))


def _reversed(instruction: str, text: str) -> str:
    if re.search(r"\bword|\border\b|\blist\b|\bitems?\b|\blines?\b", instruction, re.I) and not re.search(
        r"\bthe word\b|\bletters\b", instruction, re.I
    ):
        items, joint = _items(text)
        return joint.join(reversed(items))
    return text[::-1]


def _bulleted(instruction: str, text: str) -> str:
    return "\n".join(f"- {item}" for item in _items(text)[0])


def _numbered(instruction: str, text: str) -> str:
    return "\n".join(f"{place}. {item}" for place, item in enumerate(_items(text)[0], 1))


Change = Callable[[str, str], str]
CHANGES: tuple[tuple[str, re.Pattern[str], Change], ...] = (
    (
        "reversed it",
        deferred(r"\breverse\b(?!.*\bsort)(?<!in reverse)|\bbackwards?\b|反转|倒过来|倒序写", re.I),
        _reversed,
    ),
    (
        "changed to capitals",
        deferred(r"\bupper ?-?case\b|\ball caps\b|\bcapital letters\b|\bcapitali[sz]e (?:all|every letter)|大写", re.I),
        lambda _, text: text.upper(),
    ),
    (
        "changed to small letters",
        deferred(r"\blower ?-?case\b|\bsmall letters\b|小写", re.I),
        lambda _, text: text.lower(),
    ),
    (
        "changed to title case",
        deferred(r"\btitle ?-?case\b|\bcapitali[sz]e\b", re.I),
        lambda _, text: re.sub(r"(?<![\w'’])[a-z]", lambda found: found[0].upper(), text),
    ),
    (
        "changed to snake_case",
        deferred(r"\bsnake[ _-]?case\b", re.I),
        lambda _, text: "_".join(re.findall(r"\w+", text.lower())),
    ),
    (
        "sorted it",
        deferred(r"\bsort\b|\balphabeti[sz]e\b|\balphabetical\b|\b(?:ascending|descending) order\b|排序", re.I),
        _sorted,
    ),
    (
        "dropped repeats",
        deferred(r"\bdedup|\bremove (?:the )?(?:duplicates?|repeat)|\bunique\b|去重", re.I),
        _unique,
    ),
    ("made a bulleted list", deferred(r"\bbullet(?:ed)?(?: point)?s? list\b|\bas bullet", re.I), _bulleted),
    ("made a numbered list", deferred(r"\bnumbered list\b", re.I), _numbered),
    (
        "removed spaces",
        deferred(r"\bremove (?:all |the )?(?:white)?spaces\b", re.I),
        lambda _, text: re.sub(r"\s+", "", text),
    ),
    (
        "removed punctuation",
        deferred(r"\bremove (?:all |the )?punctuation\b", re.I),
        lambda _, text: re.sub(r"[^\w\s]", "", text),
    ),
)
OBJECT = deferred(
    (
        r"\b(?:reverse|uppercase|lowercase|capitali[sz]e|sort|alphabeti[sz]e)\s+(?:the\s+)?(?:(?:word"
        r"|string|text|letters of|list|numbers?|items|words|following)\s+)*(?:in\s+(?:ascending|descending"
        r"|alphabetical)\s+order\s*)?([^:\n]{1,300}?)\s*(?:in (?:ascending|descending|alphabetical"
        r"|numerical) order|alphabetically|from .*)?[.?!]*$"
    ),
    re.I,
)


def rewriting(asked: Asked) -> Answer | None:
    """Apply the change that the prompt names to the text it gives."""
    instruction = asked.instruction
    if spelled := SPELL.search(instruction):
        letters = spelled[1][::-1] if re.search(r"\bbackwards?|\breverse", instruction, re.I) else spelled[1]
        text = "-".join(letters.upper())
        return Answer(text, short=text, value=list(letters.upper()), steps=(f"Took {len(letters)} letters apart.",))
    for name, pattern, change in CHANGES:
        if not pattern.search(instruction):
            continue
        found = None if asked.material else OBJECT.search(instruction)
        material = asked.material or (found[1] if found else "")
        if len(material) > LONGEST:
            return Answer(f"The rules engine rewrites texts of at most {LONGEST:,} characters.")
        if material:
            text = change(instruction, material)
            return Answer(
                text, short=text, value=text, steps=(f"Took the text of {len(material)} characters and {name}.",)
            )
    return None
