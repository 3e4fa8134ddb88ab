"""Words that carry meaning, for comparing texts: lower case, without function words, plural and verb endings cut.

Chinese text, which has no blanks, gives its pairs of neighbouring characters.
"""

from __future__ import annotations

import re

__all__ = ["FUNCTION_WORDS", "content_words", "stem", "words"]

WORD = re.compile(r"[A-Za-z0-9_]+(?:['’][a-z]+)?|[\u4e00-\u9fff]+")
FUNCTION_WORDS = frozenset(
    "a an the and or but if then than that this these those it its it's is are was were be been being am do does did"
    " have has had having i me my mine we us our you your he him his she her they them their who whom which what when"
    " where why how of in on at by for with about against between into through during before after above below to"
    " from up down out off over under again further once here there all any both each few more most other some such"
    " no nor not only own same so too very can will just should now would could may might must shall please as also"
    " one because while until let get got go give tell use using called".split()
)
ENDINGS = (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", ""))


def stem(word: str) -> str:
    """A word without its commonest endings; `charged`, `charges` and `charging` meet."""
    for ending, instead in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)] + instead
            break
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def words(text: str) -> list[str]:
    """All words, lower case; Chinese in pairs of characters."""
    result: list[str] = []
    for found in WORD.findall(text):
        if found[0] >= "\u4e00":
            result.extend([found[at : at + 2] for at in range(len(found) - 1)] or [found])
        else:
            result.append(found.lower().removesuffix("'s").removesuffix("’s"))
    return result


def content_words(text: str) -> list[str]:
    """Stems of the words that are not function words, in order."""
    return [stem(word) for word in words(text.replace("_", " ")) if word not in FUNCTION_WORDS]
