"""Values with a label: what a text says a property is, behind its name or another word for it.

`name: value`, `name is value`, `with the name value`. It refuses labels of more than six words.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from caicaini_nb.sandbox.rules.string_finders import key_words

__all__ = ["introduced", "labels", "stated", "synonyms"]

LONGEST, MOST_WORDS = 100, 6
END = r"(?=[;\n,，；。]|\.\s|\.$|$|\sand\s(?:(?:\w+\s){0,2}(?:is|:)|(?:I|my|he|she|we|they)\b)|\sand\syou\b)"
INTRODUCING = r"\b(?:of|with|under|using|whose|and|as|for|in)\s(?:(?:the|a|an|its)\s)?"
INTRODUCED = (
    r"(?:line\s|of\s|is\s)?(?!(?:and|or|of|is|are|in|on|to|from|for|with|the|was|which|that|by|at|has|will|a|an)\b)"
    r"([^\s,;:.!?][^\n,;:!?]{0,80}?)(?=[,;:!?\n]|\.(?:\s|$)|$|\s(?:(?:to|from|for|in|on|at|by|into)\s(?:\S+@|my\b|the\b|our\b)"
    r"|saying\b|that\s(?:says|reads)\b"
)
# other words for a property's, as labels of a value
SYNONYMS: dict[str, tuple[str, ...]] = {
    "merchant": ("vendor", "seller", "store", "shop", "supplier", "from", "商家", "商户", "店名", "供应商"),
    "vendor": ("merchant", "seller", "supplier", "商家", "供应商"),
    "name": ("姓名", "名字", "联系人", "名称"),
    "email": ("e-mail", "mail", "邮箱", "邮件"),
    "phone": ("tel", "telephone", "mobile", "电话", "手机"),
    "total": (
        "grand total",
        "altogether",
        "amount due",
        "amount",
        "sum",
        "合计",
        "总计",
        "总额",
        "总价",
        "总共",
        "一共",
        "共计",
        "金额",
        "共",
    ),
    "amount": ("total", "amount due", "sum", "金额", "合计", "总额", "共"),
    "subtotal": ("sub-total", "sub total", "net", "小计"),
    "tax": ("vat", "gst", "税额", "税"),
    "price": ("cost", "价格", "单价", "售价"),
    "date": ("日期",),
    "time": ("时间",),
    "location": ("place", "venue", "where", "地点", "地址"),
    "city": ("城市",),
    "title": ("subject", "标题", "主题", "名称"),
    "company": ("公司", "单位"),
    "age": ("年龄",),
    "quantity": ("qty", "数量"),
    "product": ("item", "商品", "产品"),
    "currency": ("币种", "货币"),
}


def stated(text: str, name: str) -> str | None:
    """What follows `name:`, `name is` or `name =`; or another word for the name."""
    words = [_written(name), *map(re.escape, synonyms(name))]
    return next((said for word in words if word and (said := _labelled(text, word))), None)


def _labelled(text: str, word: str) -> str | None:
    found = re.search(
        rf"(?<![\w]){word}s?[\"']?\s{{0,3}}(?:[:：=]|\bis\b|\bare\b|\bwas\b|[是为](?=\S))\s{{0,3}}[\"']?"
        rf"([^\n;]{{1,200}}?)[\"']?{END}",
        text,
        re.I,
    )
    return found[1].strip() if found else None


def introduced(text: str, name: str, about: Collection[str]) -> str | None:
    """What stands behind the name in a sentence without a colon: `with the subject Hello`; `about` ends it."""
    others = rf"(?:(?:the|a|an|its)\s)?(?:{_any(about) or 'the'})\b"
    pattern = rf"{INTRODUCING}{_written(name)}\s{INTRODUCED}|(?:and|with)\s{others}))"
    found = re.search(pattern, text, re.I) if key_words(name) else None
    return found[1].strip("\"'“”‘’ ") if found else None


def labels(text: str, value: str, about: Collection[str]) -> set[str]:
    """The words `about` that stand before a value as its label: `city` for `the city is Rome`."""
    if not about:
        return set()
    pattern = rf"\b({_any(about)})(?:\s{{0,2}}[:：=]|\sis|\swas)\s{{0,2}}{re.escape(value[:LONGEST])}"
    return {found[1].lower() for found in re.finditer(pattern, text, re.I)}


def synonyms(name: str) -> list[str]:
    """Other words for the last word of a name that has any, its noun."""
    return next((list(SYNONYMS[key]) for key in reversed(key_words(name)) if key in SYNONYMS), [])


def _written(name: str) -> str:
    return r"[\s_-]{0,2}".join(re.escape(word) for word in key_words(name)[:MOST_WORDS])


def _any(words: Collection[str]) -> str:
    return "|".join(map(re.escape, sorted(words)))
