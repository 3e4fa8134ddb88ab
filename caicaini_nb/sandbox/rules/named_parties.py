"""Who and what a text names in prose: merchants, companies, people, occasions, products, places of an occasion.

By the words around a name ("from Acme GmbH", "works at …", "在…举行") and the capitals or surnames it is written with.
It refuses meaning: where no such words stand, there is no proposal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from caicaini_nb.sandbox.rules.finding import DATE, MONTHS, ORDINARY
from caicaini_nb.sandbox.rules.lazy_pattern import deferred

__all__ = [
    "chinese_people",
    "companies",
    "leading_titles",
    "merchants",
    "occasions",
    "products",
    "roles",
    "venues",
]

LIMIT, MOST = 6_000, 50
TITLE = r"[A-Z][\w'’.&-]{0,29}(?<!\.)"
PARTY = rf"({TITLE}(?:\s(?:(?:&|of|de|the|la|van|von|and)\s)?{TITLE}){{0,4}})"
HAN = r"[\u4e00-\u9fff]"
STOP = r"(?=[，,。；;：:、！!\s]|$)"
SELLERS = r"invoice|receipt|bill|order|purchase|issued|sold|delivered|payment|bought|billed|charged|something"
MERCHANTS = (
    deferred(rf"(?i:\b(?:{SELLERS})\b)[^.\n]{{0,40}}?\s(?i:from|by|of)\s(?:the\s)?{PARTY}"),
    deferred(rf"(?m:^|[,:;.]\s|\b)(?i:from|by)\s(?:the\s)?{PARTY}"),
    deferred(rf"\b[Aa]t\s(?:the\s)?{PARTY}"),
    deferred(rf"\b(?i:to|with)\s(?:the\s)?{PARTY}"),
    deferred(rf"\b{PARTY}\s(?:charge[sd]?|bill(?:s|ed)|invoice[sd]|sent|asks|wants|sold)\b"),
    deferred(rf"\b(?i:book|reserve|try|visit)\s(?:us\s|me\s)?(?:the\s)?{PARTY}"),
    deferred(rf"来自({HAN}[\w·]{{1,14}}?)(?=[，,。；、\s]|的|合计|总计|共|$)"),
    deferred(rf"(?:发票|小票|收据|账单)(?:来自|由|[:：])\s?({HAN}[\w·]{{1,14}}?)(?=[，,。；、\s]|开具|$)"),
    deferred(rf"由({HAN}[\w·]{{1,14}}?)(?:开具|出具|提供)"),
    deferred(rf"在({HAN}[\w·]{{1,14}}?)(?:消费|购买|购物|买|花|吃|用餐|订|支付|付)"),
    deferred(rf"(?:预订|预定|预约|订|去|到)了?({HAN}[\w·]{{1,14}}?){STOP}"),
    deferred(rf"(?:^|[，,。；\s])({HAN}[\w·]{{1,14}}?)的?(?:发票|小票|收据|账单)"),
)
COMPANIES = (
    deferred(
        rf"\b(?i:works?|working|worked|employed|job|engineer|manager|director)\b[^.\n]{{0,20}}?\s(?i:at|for|with|of)\s{PARTY}"
    ),
    deferred(
        rf"\b((?:{TITLE}\s){{1,4}}(?:GmbH|Inc|Ltd|LLC|AG|Corp|Co|Company|Labs|Foundation|University|Bank|SE|BV|SA)\b)"
    ),
    deferred(rf"\b(?i:visit|from|at|of|joined|joins)\s(?:the\s)?{PARTY}"),
    deferred(rf"(?:在|来自|任职于|就职于)({HAN}[\w·]{{1,18}}?)(?:工作|上班|任职|的|，|。|$)"),
    deferred(rf"({HAN}{{2,14}}(?:公司|集团|银行|大学|学院|书店|商店|超市|工作室))"),
)
VENUES = (
    deferred(rf"(?:地点|地址|位置)(?:在|是|为)?\s?[:：]?\s?({HAN}[\w·]{{1,18}}?){STOP}"),
    deferred(rf"(?:住在|位于|前往|来到)({HAN}[\w·]{{1,14}}?)(?=[，,。；、！!\s]|的|$)"),
    deferred(rf"在({HAN}[\w·]{{1,14}}?)(?:举行|举办|召开|开会|开始|进行|见面|集合|开幕|$|[，,。！!])"),
)
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏"
    "韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
PERSON = deferred(
    rf"(?:(?<=[叫是人系名给约由请和与为])|(?<!{HAN}))([{SURNAMES}]{HAN}{{1,2}}?)"
    r"(?=[，,。；;：:、！!（(\d\s]|今年|先生|女士|小姐|的|是|和|与|在|住|负责|将|会|要|来|去|电|邮|$)"
)
INVITING = deferred(
    r"^(?:please\s)?"
    r"(?:(?:let(?:['’]s| us) (?:have|hold|do|plan|meet for|schedule)|we (?:will |are going to )?(?:have|hold)"
    r"|you are (?:cordially )?invited to|we (?:cordially )?invite you to|invitation(?: to)?|reminder"
    r"|save the date|don't miss|join us (?:for|at)|join|come to|attend|we present|presenting|register for"
    r"|add (?:to (?:my|the) calendar)?|schedule|create an? (?:event|appointment)(?: for)?|put|there is|there will be)\b"
    r"[:,\s]*)?(?:(?:the|an?|our|my)\s)?",
    re.I,
)
ENDS = deferred(
    r"\s(?:takes place|will|is|are|was|starts|begins|happens|on|at|in|into|from|for|with|this|next|tomorrow|today|by)\b"
    r"|[,.:;!?(\n–]|\s-\s",
    re.I,
)
CHINESE_INVITING = deferred(r"^(?:请|邀请|您|你|参加|出席|诚邀|关于|安排|创建|添加|提醒|通知|[:：，\s])+")
CHINESE_ENDS = deferred(r"将?于|定于|定在|将?在|时间|改到|安排|是|[，,。；：:！!\d\s]")
ROLE = deferred(
    r"\b(?:looks? for|looking for|seeks?|seeking|hires?|hiring|works? as|working as|position (?:of|as)|role (?:of|as)"
    r"|job (?:of|as)|is|am|as)\s(?:an?|the|our)\s([a-z][a-z -]{2,40}?)"
    r"(?=[,.;(]|$|\s(?:in|at|for|with|who|to|from|and)\b)"
)
WORK = deferred(
    rf"\W*({TITLE}(?:\s(?:(?:of|the|and|in|a|to)\s)*{TITLE}){{0,6}})"
    r"\s?(?:\(\d{4}\)|,? (?:directed |written )?by\s[A-Z])"
)
PRODUCTS = (
    deferred(
        r"(?<![\w-])(?:\d{1,5}\s{0,2}(?:[x×]\s{0,2})?"
        r"|(?:two|three|four|five|six|seven|eight|nine|ten|an?|[Hh]ow many)\s{1,2})"
        r"(?:(?:pieces|units|boxes|pairs|bottles)\s(?:of\s)?)?([a-z][\w-]{1,29}(?:\s[a-z][\w-]{1,29}){0,2}?)"
        r"(?=[,.;:!?\n]|$|\s(?:for|at|from|to|on|in|and|by|with|costs?|please|is|are|do|does|have|has|did|can)\b)"
    ),
    deferred(rf"(?:\d{{1,5}}|[一二两三四五六七八九十])\s?[个件台本套双杯瓶盒张把部]({HAN}{{1,10}}?){STOP}"),
)


def merchants(text: str) -> list[str]:
    """Who sold: after *invoice from*, *by*, *at*, before *charges*."""
    return _all(MERCHANTS, text)


def companies(text: str) -> list[str]:
    """Where somebody works, what is written like a firm."""
    return _all(COMPANIES, text)


def venues(text: str) -> list[str]:
    """Where something is held, in Chinese."""
    return _all(VENUES, text)


def chinese_people(text: str) -> list[str]:
    """Names that begin with a common surname and stand by themselves."""
    return list(dict.fromkeys(found[1] for found in PERSON.finditer(text[:LIMIT])))[:MOST]


def products(text: str) -> list[str]:
    """What is counted: `desk lamps` of `4 desk lamps`; without what is a date."""
    text = DATE.sub(" ", text[:LIMIT])
    return [found[1] for pattern in PRODUCTS for found in pattern.finditer(text)][:MOST]


def roles(text: str) -> list[str]:
    """What somebody is employed as, or looked for."""
    return [found[1].strip() for found in ROLE.finditer(text[:LIMIT])][:MOST]


def leading_titles(text: str) -> list[str]:
    """A work's name that begins the text: `Metropolis (1927)`, `Dune by Frank Herbert`."""
    found = WORK.match(text[:LIMIT])
    return [found[1]] if found else []


def occasions(text: str) -> list[str]:
    """What a first sentence announces: all before its day and place."""
    line = next((line.strip() for line in text[:LIMIT].splitlines() if line.strip()), "")
    if re.match(HAN, line):
        head = CHINESE_INVITING.sub("", line)
        end = CHINESE_ENDS.search(head)
        dated = DATE.match(head)
        head = head[dated.end() :].lstrip("在的，, ") if dated else head[: end.start()] if end else head
    else:
        head = INVITING.sub("", line)
        dated = DATE.search(head)
        ends = [found.start() for found in (ENDS.search(head), dated) if found]
        head = head[: min(ends, default=len(head))]
    return [head.strip()] if 2 <= len(head.strip()) <= 80 else []


def _all(patterns: tuple[re.Pattern[str], ...], text: str) -> list[str]:
    """What the patterns find, in their order, without days, months and words that only begin a sentence."""
    found = (name for pattern in patterns for name in _each(pattern, text[:LIMIT]))
    return list(dict.fromkeys(found))[:MOST]


def _each(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    for found in pattern.finditer(text):
        name = found[1].strip(" .,&")
        if name and name.split()[0] not in ORDINARY and name.split()[0] not in MONTHS and not DATE.match(name):
            yield name
