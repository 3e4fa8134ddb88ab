"""Picking tools: by the words a tool's name, description and parameters share with the last user text.

It obeys `tool_choice`, and never loops: a call that was made since the user last spoke is not made again, and once
nothing is left the results are told in a sentence each, whatever the choice says. Only a call that the request still
names and that failed is made again, at most eight times.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from caicaini_nb.sandbox.engine import ToolSpec, ToolUse
from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.arithmetic import arithmetic
from caicaini_nb.sandbox.rules.asked import Asked
from caicaini_nb.sandbox.rules.refusal import refusal
from caicaini_nb.sandbox.rules.table import by_rules
from caicaini_nb.sandbox.rules.tool_arguments import arguments
from caicaini_nb.sandbox.rules.tool_facts import since_user_spoke
from caicaini_nb.sandbox.rules.topics import related
from caicaini_nb.sandbox.rules.words import content_words, stem

__all__ = ["Picked", "pick_tools", "told_results"]

ENOUGH, ROUNDS = 3, 8
# words of descriptions that say nothing about what a tool is for
GENERIC = frozenset(
    stem(word)
    for word in (
        "current given return data value string user specific information result number name list default tool"
        " function call input output provide provided object based available retrieve fetch perform run execute"
        " make new day today set like e.g api detail details want know need tell show"
    ).split()
)
MATHS = re.compile(r"calculat|arithmetic|\bmath|expression|\bcomput|\badd\b|\bsum\b|multipl|eval", re.IGNORECASE)


@dataclass(frozen=True)
class Picked:
    """Calls to make, or a question back when a required argument is not in the text.

    `complete` is false where a call that had to be made got an argument that nothing gave.
    """

    uses: tuple[ToolUse, ...] = ()
    steps: tuple[str, ...] = ()
    missing: str = ""
    complete: bool = True


def _named(spec: ToolSpec) -> list[str]:
    return content_words(re.sub(r"(?<=[a-z])(?=[A-Z])|[_.-]+", " ", spec.name))


def _score(spec: ToolSpec, asked: Asked) -> tuple[int, list[str]]:
    """Points and the words that gave them: 3 for the name's, 2 for related ones, 1 for description and parameters.

    A name of several words, or one marked as code, that is written out is all that is needed.
    """
    present = dict.fromkeys(content_words(asked.text[:4_000]))
    plain = spec.name.isalpha() and spec.name.islower() and f"`{spec.name}`" not in asked.text[:4_000]
    if not plain and re.search(rf"(?<![\w]){re.escape(spec.name)}(?![\w])", asked.text[:4_000]):
        return 10, [spec.name]
    named = {word for word in _named(spec) if word not in GENERIC}
    near = related(" ".join(_named(spec)))
    parameters = spec.schema.get("properties", {}) if isinstance(spec.schema.get("properties"), dict) else {}
    described = f"{spec.description[:1_000]} {' '.join(parameters)} " + " ".join(
        str(part.get("description", ""))[:200] + " " + " ".join(map(str, part.get("enum", [])))[:200]
        for part in parameters.values()
        if isinstance(part, dict)
    )
    about = {word for word in content_words(described) if word not in GENERIC}
    points = {
        word: 3 if word in named else 2 if word in near else 1 for word in present if word in named | near | about
    }
    score = sum(points.values())
    if any("\u4e00" <= letter <= "\u9fff" for letter in asked.text[:200]):
        score += 3 * sum(word in asked.text for name in named for word in CHINESE_WORDS.get(name, ()))
    if score < ENOUGH and MATHS.search(f"{spec.name} {spec.description}") and arithmetic(asked):
        return ENOUGH, ["an expression to compute"]
    return score, list(points)


CHINESE_WORDS = {
    "weather": ("天气", "气温"),
    "time": ("时间", "几点"),
    "search": ("搜索", "查找", "查一下"),
    "date": ("日期", "几号"),
    "stock": ("股票", "股价"),
    "translat": ("翻译",),
    "email": ("邮件",),
    "calculat": ("计算",),
    "convert": ("换算", "兑换"),
}


def _key(values: dict[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, default=str)


def _wanted(asked: Asked) -> list[tuple[ToolSpec, str]]:
    """Tools to call, with the reason, by the request's `tool_choice`."""
    question = asked.question
    choice = question.tool_choice
    if choice.startswith("name:"):
        return [(spec, "the request names it") for spec in question.tools if spec.name == choice.removeprefix("name:")]
    scored = [(*_score(spec, asked), spec) for spec in question.tools]
    best = sorted((item for item in scored if item[0] >= ENOUGH), key=lambda item: -item[0])
    if not best:  # one related word and everything that the tool needs
        near = [item for item in scored if item[0] == ENOUGH - 1 and _whole(item[2], asked)]
        best = near if len(near) == 1 else []
    if not best and choice == "any":
        best = sorted(scored, key=lambda item: -item[0])[:1]
    # a tool that only shares a word with the best one's field is not asked for too
    strong = [item for item in best if item is best[0] or item[0] * 2 > best[0][0]]
    order = {spec.name: place for place, (_, _, spec) in enumerate(scored)}
    strong.sort(key=lambda item: (_first_place(item[1], asked), order[item[2].name]))
    return [(spec, f"it shares {', '.join(why) or 'nothing, but a call is required'}") for _, why, spec in strong]


def _whole(spec: ToolSpec, asked: Asked) -> bool:
    """Whether the text gives a tool all that it must have, and it must have something."""
    sets = arguments(spec, asked, None, refusal(asked)) if spec.schema.get("required") else []
    return bool(sets) and not any(one.missing for one in sets)


def _first_place(why: list[str], asked: Asked) -> int:
    lowered = asked.text[:4_000].lower()
    places = [at for word in why if (at := lowered.find(word)) >= 0]
    return min(places, default=len(lowered))


def pick_tools(asked: Asked) -> Picked | None:
    """Calls for this turn, or `None` to answer in text."""
    question = asked.question
    if not question.tools or question.tool_choice == "none" or not asked.told:
        return None
    made, results, rounds = since_user_spoke(question)
    calls = [(call.name, _key(call.arguments)) for call in made]
    again = question.tool_choice.startswith("name:") and bool(results) and results[-1].is_error
    if rounds >= ROUNDS or (results and question.tool_choice != "auto" and not again):
        return None
    uses: list[ToolUse] = []
    steps: list[str] = []
    missing: list[str] = []
    whole = True
    for spec, why in _wanted(asked):
        named = question.tool_choice.startswith("name:")
        # What a tool has answered is for other tools: taken for its own next call, it would call itself for ever.
        source = _before_results(asked) if any(spec.name == name for name, _ in calls) and not again else asked
        sets = arguments(spec, source, by_rules(asked) if named else None, refusal(asked))
        if sets and sets[0].unread:
            return Picked(missing=sets[0].unread, steps=("The pictures gave nothing to call the tool with.",))
        complete = [one for one in sets if not one.missing]
        chosen = complete or (sets if question.tool_choice != "auto" else [])
        if not chosen and sets and not calls:
            missing.append(f"{spec.name} needs {' and '.join(f'`{name}`' for name in sets[0].missing)}")
        for one in chosen:
            if again or (spec.name, _key(one.values)) not in calls:
                uses.append(ToolUse(spec.name, one.values))
                whole = whole and not one.missing
                guessed = f" Nothing gives {', '.join(one.missing)}." if one.missing else ""
                steps.append(f"Picked {spec.name}: {why}.{guessed}")
    uses = uses if question.parallel_tools else uses[:1]
    if uses:
        return Picked(tuple(uses), tuple(steps[: len(uses)]), complete=whole)
    return _asking_back(asked, missing) if missing and not results else None


def _asking_back(asked: Asked, missing: list[str]) -> Picked:
    said = asked.say("To call a tool more is needed: {}; your message does not give it.", "调用工具还缺少参数：{}。")
    return Picked(missing=said.format("; ".join(missing)), steps=("A tool fits, but an argument is missing.",))


def _before_results(asked: Asked) -> Asked:
    """The same question without what tools answered."""
    return Asked(replace(asked.question, turns=tuple(asked.spoken)))


def _readable(text: str) -> str:
    """A tool's result; a small flat JSON object as `name value` pairs."""
    shown = text.strip()[:2_000]
    try:
        value = json.loads(text) if len(text) < 2_000 else None
    except (ValueError, RecursionError):
        return shown
    if (
        isinstance(value, dict)
        and 0 < len(value) <= 8
        and not any(isinstance(item, dict | list) for item in value.values())
    ):
        return ", ".join(
            f"{name} {item if isinstance(item, str) else json.dumps(item)}" for name, item in value.items()
        )
    return shown


def told_results(asked: Asked) -> Answer | None:
    """One sentence for each result since the user last spoke."""
    _, results, _ = since_user_spoke(asked.question)
    if not results:
        return None
    lines = []
    for result in results[:50]:
        verb = asked.say("failed" if result.is_error else "answered", "失败" if result.is_error else "的结果")
        said = _readable(result.text) or asked.say("nothing", "空")
        end = "" if said.endswith((".", "!", "?", "。")) else asked.say(".", "。")
        lines.append(asked.say(f"{result.name} {verb}: {said}{end}", f"{result.name} {verb}：{said}{end}"))
    value = {result.name: result.text[:2_000] for result in results}
    text = "\n".join(lines)
    return Answer(text, short=text, value=value, steps=(f"Read {len(results)} tool results and told them unchanged.",))
