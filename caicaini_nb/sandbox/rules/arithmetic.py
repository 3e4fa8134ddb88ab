"""Arithmetic asked in words or symbols: finds the expressions in the prompt and gives each its exact value.

It refuses to see a sum in what merely looks like one: `24/7` in a sentence about something else stays text.
"""

from __future__ import annotations

import re

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import INSTRUCTION_LIMIT, Asked
from caicaini_nb.sandbox.rules.expression import ArithmeticRefusal, Token, Value, evaluate, tokenise
from caicaini_nb.sandbox.rules.number import plain, show, terminates

__all__ = ["arithmetic"]

FIGURE = r"(\d[\d,]{0,40}(?:\.\d{1,40})?)"
REWRITES = (
    (re.compile(rf"{FIGURE}\s*(?:%|percent) off (?:of )?[$€£¥]?{FIGURE}", re.I), r"(\2)*(100-\1)/100"),
    (re.compile(rf"\bincrease {FIGURE} by {FIGURE}\s*(?:%|percent)", re.I), r"(\1)*(100+\2)/100"),
    (re.compile(rf"\b(?:decrease|reduce) {FIGURE} by {FIGURE}\s*(?:%|percent)", re.I), r"(\1)*(100-\2)/100"),
    (re.compile(rf"\b{FIGURE} is (?:what|how many) (?:%|percent(?:age)?) of {FIGURE}", re.I), r"100*(\1)/(\2)"),
    (re.compile(rf"\bwhat (?:%|percent(?:age)?) of {FIGURE} is {FIGURE}", re.I), r"100*(\2)/(\1)"),
    (re.compile(rf"\bsubtract {FIGURE} from {FIGURE}", re.I), r"(\2)-(\1)"),
    (re.compile(rf"\bdivide {FIGURE} by {FIGURE}", re.I), r"(\1)/(\2)"),
    (re.compile(rf"\bmultiply {FIGURE} (?:by|and) {FIGURE}", re.I), r"(\1)*(\2)"),
    (re.compile(rf"\badd {FIGURE} (?:to|and) {FIGURE}", re.I), r"(\1)+(\2)"),
    (re.compile(rf"{FIGURE}\s*的\s*{FIGURE}\s*次方"), r"(\1)^(\2)"),
    (re.compile(rf"{FIGURE}\s*的\s*平方根"), r"sqrt(\1)"),
    (re.compile(rf"{FIGURE}\s*的\s*(?:百分之\s*{FIGURE}|{FIGURE}\s*%)"), r"(\1)*(\2\3)/100"),
)
CUE = re.compile(
    r"\bwhat(?:'?s| is| are)\b|\bcalculate\b|\bcompute\b|\bevaluate\b|\bhow much\b|\bsolve\b|\bwork out\b"
    r"|\bsimplify\b|=|\bresult\b|\bvalue of\b|计算|等于|多少|算",
    re.IGNORECASE,
)
FILLER = frozenset(
    "what what's whats is are the a an of and calculate compute evaluate how much solve work out"
    " simplify result value"
    " answer please can could you tell me do does make equal equals to give show your explain step by steps working"
    " reply respond return with only just number digits in one word nothing else quickly exactly sum for i need it s"
    " hi hello hey thanks question math maths following expression using python mental easy quick say".split()
)
EDGES = ("+", "*", "/", "%", "^", "of", ")", "²", "³", "!")
TRAILING = ("+", "-", "*", "/", "^", "of", "(", "sqrt", "cbrt", "fact", "half", "third", "quarter", "double")
COMPACT = re.compile(r"\d+[/\-–]\d+")
DATE = re.compile(r"\b\d{4}-\d{1,2}-\d{1,2}\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b|\b\d{3}-\d{3,4}-?\d{0,4}\b")
MAX_ANSWERS = 20


def _runs(tokens: list[Token]) -> list[list[Token]]:
    """Longest stretches of arithmetic, without operators that hang over their edges."""
    runs: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind == "other":
            runs.append([])
        else:
            runs[-1].append(token)
    return [trimmed for run in runs if (trimmed := _trim(run))]


def _trim(run: list[Token]) -> list[Token]:
    start, end = 0, len(run)
    while start < end and run[start].kind in EDGES:
        start += 1
    while end > start and run[end - 1].kind in TRAILING:
        end -= 1
    run = run[start:end]
    return run if any(token.kind not in ("number", "(", ")") for token in run) else []


def _evaluate(run: list[Token]) -> Value | str | None:
    """A value, a sentence saying why there is none, or `None` when the run is no expression."""
    try:
        return evaluate(run)
    except SyntaxError:
        return None
    except ArithmeticRefusal as refusal:
        return str(refusal)


def _is_asked(source: str, run: list[Token], strangers: int) -> bool:
    """Whether the sum is what the prompt is about: few other words, and none beside `24/7` or `3-5`."""
    written = source[run[0].start : run[-1].end]
    if COMPACT.fullmatch(written):
        return strangers == 0
    return strangers <= (3 if CUE.search(source) else 1)


def _strangers(source: str, runs: list[list[Token]]) -> int:
    """Words that belong neither to a sum nor to asking for one."""
    rest = source
    for run in reversed(runs):
        rest = rest[: run[0].start] + " " + rest[run[-1].end :]
    latin = [word for word in re.findall(r"[A-Za-z']{1,40}", rest) if word.lower() not in FILLER]
    chinese = re.sub(r"[请问计算一下等于是多少的结果几？。，：吗呢用只回答数字给出帮我个算得]", "", rest)
    return len(latin) + len(re.findall(r"[\u4e00-\u9fff]", chinese)) // 2


def arithmetic(asked: Asked) -> Answer | None:
    """Answer the sums in a prompt that is about sums."""
    source = asked.text[:INSTRUCTION_LIMIT]
    if len(asked.text) > INSTRUCTION_LIMIT or DATE.search(source):
        return None
    for pattern, replacement in REWRITES:
        source = pattern.sub(replacement, source)
    runs = _runs(tokenise(source))
    found = [(run, value) for run in runs if (value := _evaluate(run)) is not None][:MAX_ANSWERS]
    strangers = _strangers(source, runs)
    found = [(run, value) for run, value in found if _is_asked(source, run, strangers)]
    if not found:
        return None
    texts = [_shown(" ".join(source[run[0].start : run[-1].end].split()), value) for run, value in found]
    shorts = [value if isinstance(value, str) else show(value.number) for _, value in found]
    steps = tuple(
        f"Parsed {len(run)} tokens and evaluated them with exact fractions: {text}."
        for (run, _), text in zip(found, texts, strict=True)
    )
    single = found[0][1]
    number = shorts if isinstance(single, str) or len(found) > 1 else plain(single.number)
    return Answer("\n".join(texts), short="\n".join(shorts), value=number, steps=steps)


def _shown(written: str, value: Value | str) -> str:
    """The sum and its result; a fraction beside the decimals that do not end."""
    if isinstance(value, str):
        return f"{written}: {value}"
    if value.exact and terminates(value.number):
        return f"{written} = {show(value.number)}"
    fraction = f"= {value.number} " if value.exact and value.number.denominator < 10_000 else ""
    return f"{written} {'' if fraction == f'= {written} ' else fraction}≈ {show(value.number)}"
