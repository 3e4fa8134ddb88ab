"""Facts of the API's contract, from a data file: statuses, tiers, packs, models.

It refuses opinions about the service, and prices or multipliers that are not published.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import INSTRUCTION_LIMIT, Asked
from caicaini_nb.sandbox.rules.lazy_pattern import deferred

__all__ = ["service_facts"]

FILE = Path(__file__).parent.parent / "data" / "service_facts.json"
STATUS = deferred(r"(?<![\w.,$-])(400|401|402|403|404|413|429|50[0234]|529)(?![\w%]|[.,]\d)")
STATUS_ASKED = deferred(
    (
        r"\b(?:status|error|errors|http|code|mean|means|meaning|explain|response|retry|handle|handling"
        r"|difference|overloaded|rate.?limit|what is (?:a )?\d{3}$)\b|错误|状态码|什么意思|含义"
    ),
    re.IGNORECASE,
)
BY_TYPE = deferred(
    r"\b(invalid_request_error|authentication_error|insufficient_quota|permission_error|not_found_error"
    r"|request_too_large|rate_limit_error|api_error|overloaded_error)\b"
)
TIER = deferred(
    r"\btiers?\b|\brate limits?\b|\brpm\b|\btpm\b|\brequests per minute\b|\bconcurrent streams?\b|速率限制|档位", re.I
)
PACK = deferred(
    (
        r"\bpacks?\b|\bcredits?\b.{0,40}(?:\$|\bdollars?\b|\busd\b)|(?:\$\s?\d|\bdollars?\b|\busd\b).{0,40}\bcr"
        r"edits?\b|\btop.?up\b|充值"
    ),
    re.I,
)
DOLLARS = deferred(
    r"\$\s?(\d{1,3}(?:,\d{3})+|\d{1,6})(?!\d)|\b(\d{1,3}(?:,\d{3})+|\d{1,6})\s*(?:dollars|usd|美元)", re.I
)
MODELS = deferred(
    (
        r"\b(?:which|what|list|compare)\b.{0,30}\bmodels\b|\bcaicaini/(?:auto|opus|sonnet|kimi|haiku)\b.{0,40}\b"
        r"(?:context|output|thinking|cap)\b|有哪些模型"
    ),
    re.I,
)


@cache
def _facts() -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return facts


def _statuses(text: str) -> Answer | None:
    """One line for each status named, by number or by type."""
    table = _facts()["statuses"]
    numbers = list(dict.fromkeys(STATUS.findall(text))) if STATUS_ASKED.search(text) else []
    numbers += [
        number for number, fact in table.items() if fact["type"] in BY_TYPE.findall(text) and number not in numbers
    ]
    if not numbers:
        return None
    lines = []
    for number in numbers:
        fact = table[number]
        mark = "- " if len(numbers) > 1 else ""
        lines.append(
            f"{mark}**{number}** `{fact['type']}`: {fact['meaning']}. What to do: {fact['action']}. Charged:"
            f" {fact['charged']}."
        )
    return Answer(
        "\n".join(lines),
        value={number: table[number] for number in numbers},
        steps=(f"Looked up {', '.join(numbers)}.",),
    )


def _tiers(text: str) -> Answer:
    tiers = _facts()["tiers"]
    named = [name for name in tiers if re.search(name.replace("_", r"[ _-]?"), text, re.I)] or list(tiers)
    rows = [
        (
            f"| `{name}` | {tiers[name]['when']} | {tiers[name]['requests']:,} | {tiers[name]['input_tokens']:,}"
            f" | {tiers[name]['streams']} |"
        )
        for name in named
    ]
    head = (
        "| tier | when | requests a minute | input tokens a minute | streams at once |\n| --- | ---"
        " | ---: | ---: | ---: |\n"
    )
    return Answer(head + "\n".join(rows), value={name: tiers[name] for name in named}, steps=("Looked up the tiers.",))


def _packs(text: str) -> Answer | None:
    """The credits of an amount at the documented rates, or the table of packs."""
    facts = _facts()
    if found := DOLLARS.search(text):
        dollars = int((found[1] or found[2]).replace(",", ""))
        if not 10 <= dollars <= 10_000:
            return Answer(
                "A top-up is at least $10 and at most $10,000.", steps=("Compared with the documented limits.",)
            )
        rate = max(rate for floor, rate in facts["rates"] if dollars >= floor)
        credits = dollars * rate
        said = f"${dollars:,} buys {credits:,} credits ({rate:,} credits a dollar)."
        return Answer(said, short=str(credits), value=credits, steps=(f"Multiplied {dollars} by the rate {rate}.",))
    rows = [f"| ${int(price):,} | {credits:,} |" for price, credits in facts["packs"].items()]
    return Answer(
        "| pack | credits |\n| ---: | ---: |\n" + "\n".join(rows), value=facts["packs"], steps=("Looked up the packs.",)
    )


def _models() -> Answer:
    models = _facts()["models"]
    rows = [
        f"| `{name}` | {fact['context']} | {fact['output']:,} | {'yes' if fact['thinking'] else 'no'} |"
        for name, fact in models.items()
    ]
    head = "| model | context | most output tokens | thinking |\n| --- | ---: | ---: | --- |\n"
    return Answer(head + "\n".join(rows), value=models, steps=("Looked up the models.",))


def service_facts(asked: Asked) -> Answer | None:
    """Answer from the contract's tables."""
    text = asked.text[:INSTRUCTION_LIMIT]
    if len(asked.text) > 500:
        return None
    if answer := _statuses(text):
        return answer
    if PACK.search(text) and (answer := _packs(text)):
        return answer
    if TIER.search(text):
        return _tiers(text)
    return _models() if MODELS.search(text) else None
