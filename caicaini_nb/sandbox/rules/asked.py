"""What was asked: the last user turn split into an instruction and the material it is about.

The split is by form alone (fence, tag, quotes, colon, blank line), never by meaning. Rules match the instruction, which
is bounded, and only read the material; so no pattern ever runs over a long text unless it is linear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from caicaini_nb.sandbox.engine import Picture, Question, Turn
from caicaini_nb.sandbox.rules.corrections import spoken
from caicaini_nb.sandbox.vision.sight import eyes

__all__ = [
    "BLANK_LINE",
    "COLON",
    "INSTRUCTION_LIMIT",
    "OPENER",
    "OPENER_WINDOW",
    "Asked",
    "is_chinese",
    "split",
]

INSTRUCTION_LIMIT = 2_000
COLON_WINDOW = 600
OPENER = re.compile(
    r"```[^\n`]{0,40}\n|\"\"\"|<(text|document|article|input|ticket|review|email|message)>", re.IGNORECASE
)
OPENER_WINDOW = 20_000
QUOTED = re.compile(r"“([^”]+)”|「([^」]+)」|‘([^’]+)’(?!\w)|\"([^\"]+)\"|(?<!\w)'([^'\n]+)'(?!\w)|`([^`\n]+)`")
COLON = re.compile(r"(?<!https)(?<!http):(?=\s|[\"“'‘\u4e00-\u9fff]|[A-Za-z])|：")
BLANK_LINE = re.compile(r"\n[ \t]*\n")
ABOVE = re.compile(r"\b(above|previous|earlier|last (?:text|message)|it|that|this(?: text)?)\b|上面|上文|刚才", re.I)
OF_PICTURE = re.compile(r"\b(?:images?|pictures?|photos?|screenshots?|scans?|receipts?)\b|图|照片|截屏|小票|收据", re.I)
WANTS_BRIEF = re.compile(
    r"\b(?:only|just|nothing but)\s+(?:with\s+)?(?:the\s+|a\s+)?(?:single\s+)?"
    r"(?:number|result|answer|digits?|word|label|value|integer|figure)\b"
    r"|\b(?:number|result|answer|value|word|label)s?\s+only\b|\bone word\b|\bsingle word\b|\bnothing else\b"
    r"|\bno (?:explanation|other text|words)\b|只(?:回答|输出|给出|返回|要)|仅(?:回答|输出)",
    re.IGNORECASE,
)
VERB_LAST = re.compile(
    r"^\s*(?:please\s+|now\s+)?(?:summari[sz]e|classify|extract|list|count|reverse|sort|how many|what|which|label"
    r"|return|give|find|is|translate|rewrite|总结|概括|分类|提取|统计)\b",
    re.IGNORECASE,
)


def is_chinese(text: str) -> bool:
    """Whether at least a fifth of the first letters are Chinese."""
    letters = [letter for letter in text[:INSTRUCTION_LIMIT] if letter.isalpha()]
    return sum("\u4e00" <= letter <= "\u9fff" for letter in letters) * 5 >= max(1, len(letters))


def _strip_quotes(text: str) -> str:
    """Take off one pair of quotes that encloses everything."""
    text = text.strip()
    found = QUOTED.fullmatch(text) if len(text) <= INSTRUCTION_LIMIT else None
    return next(group for group in found.groups() if group is not None) if found else text


def split(text: str) -> tuple[str, str]:
    """Instruction and material; the material is empty when the text has no such form."""
    text = text.strip()
    if opener := OPENER.search(text[:OPENER_WINDOW]):
        closer = f"</{opener[1]}>" if opener[1] else opener[0][:3]
        end = text.find(closer, opener.end())
        if end >= 0:
            around = f"{text[: opener.start()]} {text[end + len(closer) :]}"
            return around.strip(), text[opener.end() : end].strip()
    head = text[:COLON_WINDOW]
    marks = [mark for mark in (QUOTED.search(head), COLON.search(head), BLANK_LINE.search(head)) if mark]
    if not marks:
        return text, ""
    mark = min(marks, key=lambda found: found.start())
    if mark.re is QUOTED:  # a colon or blank line after the quote says that the material follows
        mark = next((other for other in marks if other.re is not QUOTED and other.start() >= mark.end()), mark)
    if mark.re is QUOTED:
        return text, next(group for group in mark.groups() if group is not None)
    before, after = text[: mark.start()], text[mark.end() :]
    if mark.re is BLANK_LINE and not VERB_LAST.match(before):
        body, _, last = text.rpartition("\n\n")
        if body and VERB_LAST.match(last):
            return last.strip(), body.strip()
    return before.strip(), _strip_quotes(after)


@dataclass(frozen=True)
class Asked:
    """One question as the rules see it."""

    question: Question

    @cached_property
    def spoken(self) -> list[Turn]:
        """The user turns with a text, without those in which a program says that its data does not fit."""
        return spoken(self.question)

    @cached_property
    def text(self) -> str:
        """The last user turn's text."""
        return self.spoken[-1].text.strip() if self.spoken else ""

    @cached_property
    def earlier(self) -> tuple[str, ...]:
        """Texts of the user turns before the last one, oldest first."""
        return tuple(turn.text.strip() for turn in self.spoken[:-1])

    @cached_property
    def pictures(self) -> tuple[Picture, ...]:
        """The last user turn's pictures; an earlier turn's when the text speaks of a picture and none came with it."""
        for turn in reversed(self.question.turns):
            said = turn in self.spoken
            if turn.role != "user" or not (said or (turn.images and not turn.text.strip() and not turn.tool_results)):
                continue
            if turn.images or not OF_PICTURE.search(self.text[:INSTRUCTION_LIMIT]):
                return turn.images
        return ()

    @cached_property
    def seen_each(self) -> tuple[str, ...]:
        """The text read from each of the pictures, empty where nothing could be read."""
        return tuple("\n".join(eyes().see(picture).lines or ()) for picture in self.pictures)

    @cached_property
    def seen(self) -> str:
        """The text read from all pictures."""
        return "\n\n".join(filter(None, self.seen_each))

    @cached_property
    def told(self) -> str:
        """Everything that values may be taken from: the text, then what was read from the pictures."""
        return f"{self.text}\n\n{self.seen}" if self.seen else self.text

    @cached_property
    def parts(self) -> tuple[str, str]:
        """Instruction and material, which is the text in the pictures if there is any; `above` is the turn before."""
        if self.seen:
            return self.text, self.seen
        instruction, material = split(self.text)
        if not material and self.earlier and ABOVE.search(instruction[:INSTRUCTION_LIMIT]):
            earlier_instruction, earlier_material = split(self.earlier[-1])
            material = earlier_material or earlier_instruction
        return instruction, material

    @cached_property
    def instruction(self) -> str:
        """What to do, at most `INSTRUCTION_LIMIT` characters."""
        return self.parts[0][:INSTRUCTION_LIMIT]

    @cached_property
    def material(self) -> str:
        """The text to do it to, whole."""
        return self.parts[1]

    @cached_property
    def system(self) -> str:
        """The system prompt, at most `INSTRUCTION_LIMIT` characters."""
        return self.question.system[:INSTRUCTION_LIMIT]

    @cached_property
    def quotes(self) -> tuple[str, ...]:
        """Everything quoted in the head of the text, in order."""
        found = QUOTED.finditer(self.text[:INSTRUCTION_LIMIT])
        return tuple(next(group for group in match.groups() if group is not None) for match in found)

    @cached_property
    def chinese(self) -> bool:
        """Whether to answer in Chinese."""
        return is_chinese(self.instruction or self.text)

    @cached_property
    def brief(self) -> bool:
        """Whether only the result is wanted, no sentence around it."""
        return bool(WANTS_BRIEF.search(self.system) or WANTS_BRIEF.search(self.instruction))

    def say(self, english: str, chinese: str) -> str:
        """Pick the sentence in the prompt's language."""
        return chinese if self.chinese else english
