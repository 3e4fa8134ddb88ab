"""A model's Markdown, written anew so that nothing in it acts: no raw HTML, no remote image, links with their host.

The text is parsed once and every part of it is written out in its plainest form, all else escaped. So it does not
matter whether a front end's parser agrees with ours about what was code and what was HTML: there is only one reading
left. Text without a single `<`, `[` or `$` has nothing to disarm and passes as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode as Node

__all__ = ["disarm", "escape", "without_controls"]

SUSPECT = re.compile(r"[<\[$]")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ue000\ue001]")
SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~!$]")
LINE_START = re.compile(r"(?m)^(\s*)([-+=]|\d{1,9}(?=[.)]))")
BARE_URL = re.compile(r"https?://[^\s<>\[\]()`\"'\\|]+[^\s<>\[\]()`\"'\\|.,;:!?*_]")
MATH = re.compile(
    r"\$\$.+?\$\$|\$(?![\s\d])[^$\n]*?[^\s$\\]\$(?!\d)|\$\d[^$\n]*?[\\^_{][^$\n]*?[^\s$]\$|\\\(.+?\\\)|\\\[.+?\\\]",
    re.DOTALL,
)
HELD = re.compile("\ue000(\\d+)\ue001")
SCHEMES = ("http", "https", "mailto")


def disarm(text: str) -> str:
    """Markdown that shows what the model wrote and does nothing else."""
    text = without_controls(text)
    return _Writer(text).write() if SUSPECT.search(text) else text


def escape(text: str) -> str:
    """Text as Markdown that shows just that text, on one line or many."""
    escaped = SPECIAL.sub(r"\\\g<0>", text.replace("&", "&amp;"))
    return LINE_START.sub(_escape_marker, escaped)


def without_controls(text: str) -> str:
    """Without the characters that move a terminal's cursor, colour it or turn text around."""
    return CONTROLS.sub("", text.replace("\r\n", "\n"))


def _escape_marker(match: re.Match[str]) -> str:
    lead, marker = match.groups()
    return f"{lead}{marker}\\" if marker[0].isdigit() else f"{lead}\\{marker}"


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


class _Writer:
    """Writes one document. Formulas are held aside while it is parsed: their underscores are not emphasis."""

    def __init__(self, text: str) -> None:
        self._formulas: list[str] = []
        self._text = MATH.sub(self._hold, text)
        self._write: Mapping[str, Callable[[Node], str]] = {
            "root": self._blocks,
            "heading": lambda node: f"{'#' * int(node.tag[1:])} {self._inline(node)}",
            "paragraph": self._inline,
            "blockquote": lambda node: _prefixed(self._blocks(node), "> ", "> "),
            "bullet_list": self._list,
            "ordered_list": self._list,
            "fence": self._fence,
            "code_block": self._fence,
            "hr": lambda node: "---",
            "table": self._table,
            "inline": self._inline,
            "text": self._plain,
            "softbreak": lambda node: "\n",
            "hardbreak": lambda node: "\\\n",
            "code_inline": self._code,
            "strong": lambda node: f"**{self._inline(node)}**",
            "em": lambda node: f"{node.markup}{self._inline(node)}{node.markup}",
            "s": lambda node: f"~~{self._inline(node)}~~",
            "link": self._link,
            "image": self._image,
        }

    def write(self) -> str:
        from markdown_it.tree import SyntaxTreeNode

        try:
            return self._one(SyntaxTreeNode(_parser().parse(self._text)))
        except RecursionError:  # nesting that nobody writes: shown as the text it is
            return escape(self._restored(self._text))

    def _one(self, node: Node) -> str:
        return self._write.get(node.type, self._plain)(node)

    def _blocks(self, node: Node) -> str:
        return "\n\n".join(self._one(child) for child in node.children)

    def _inline(self, node: Node) -> str:
        return "".join(self._one(child) for child in node.children)

    def _plain(self, node: Node) -> str:
        """Text, bare addresses and formulas; also whatever type of node is not known here."""
        pieces, at = [], 0
        for match in BARE_URL.finditer(node.content):
            pieces += [escape(node.content[at : match.start()]), f"<{match.group()}>"]
            at = match.end()
        text = "".join([*pieces, escape(node.content[at:])])
        return HELD.sub(lambda held: _formula(self._formulas[int(held.group(1))]), text)

    def _list(self, node: Node) -> str:
        start = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
        tight = all(child.hidden for item in node.children for child in item.children if child.type == "paragraph")
        items = []
        for place, item in enumerate(node.children):
            marker = "- " if start is None else f"{start + place}. "
            body = ("\n" if tight else "\n\n").join(self._one(child) for child in item.children)
            items.append(_prefixed(body, marker, " " * len(marker)))
        return ("\n" if tight else "\n\n").join(items)

    def _fence(self, node: Node) -> str:
        content = self._restored(node.content)
        ticks = "`" * max(3, _longest_run(content) + 1)
        language = re.match(r"[\w+#.-]*", node.info.strip())
        return f"{ticks}{language.group() if language else ''}\n{content.rstrip(chr(10))}\n{ticks}"

    def _code(self, node: Node) -> str:
        content = self._restored(node.content).replace("|", "\\|" if _in_table(node) else "|")
        ticks = "`" * (_longest_run(content) + 1)
        pad = " " if content.startswith(("`", " ")) or content.endswith(("`", " ")) else ""
        return f"{ticks}{pad}{content}{pad}{ticks}"

    def _table(self, node: Node) -> str:
        rows = [row for part in node.children for row in part.children]
        lines = ["| " + " | ".join(self._inline(cell) for cell in row.children) + " |" for row in rows]
        columns = len(rows[0].children) if rows else 0
        return "\n".join([*lines[:1], "|" + " --- |" * columns, *lines[1:]])

    def _link(self, node: Node) -> str:
        text, target = self._inline(node), str(node.attrs.get("href", ""))
        parts = _split(target)
        if parts is None or parts.scheme not in SCHEMES:
            return f"{text} (link removed)"
        address = target.replace("<", "%3C").replace(">", "%3E").replace("\\", "%5C")
        if text in (f"<{target}>", escape(target)):
            return f"<{address}>"
        return f"[{text}](<{address}>) ({escape(parts.hostname or parts.path)})"

    def _image(self, node: Node) -> str:
        parts = _split(str(node.attrs.get("src", "")))
        place = f" at {parts.hostname}" if parts is not None and parts.hostname else ""
        return escape(f"[image{place}, not loaded: {self._restored(node.content)}]")

    def _hold(self, match: re.Match[str]) -> str:
        self._formulas.append(match.group())
        return f"\ue000{len(self._formulas) - 1}\ue001"

    def _restored(self, text: str) -> str:
        return HELD.sub(lambda held: self._formulas[int(held.group(1))], text)


def _formula(source: str) -> str:
    """A formula that cannot be anything else, should a front end not take it for one."""
    return source.replace("<", r"\lt ").replace("](", "]{}(").replace("![", "!{}[")


def _prefixed(text: str, first: str, others: str) -> str:
    head, *rest = text.split("\n")
    return "\n".join([first + head, *((others + line).rstrip() for line in rest)])


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _in_table(node: Node) -> bool:
    parent: Any = node.parent
    while parent is not None and parent.type not in ("td", "th"):
        parent = parent.parent
    return parent is not None


def _split(address: str) -> Any:
    try:
        return urlsplit(address)
    except ValueError:
        return None
