"""What is shown folded, and data: thinking, a tool's call with its result, a value as JSON. Markdown, made safe.

The only HTML is written here; what a model or a tool said stands in code blocks or escaped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape as escape_html
from typing import Any

import msgspec

from ..tools.tool import ToolRun
from .safe_markdown import without_controls

__all__ = ["as_json", "call_text", "code", "thinking_fold", "tool_card"]

BACKTICKS = re.compile(r"`{3,}")
MOST = 4_000  # characters of a result or a value that are shown; the reply has all of it


def thinking_fold(thinking: str, *, summary: str = "Thinking") -> str:
    """The model's thinking, folded. It is data: shown word for word, never read as Markdown."""
    return _fold(summary, code(thinking, "text"))


def tool_card(run: ToolRun) -> str:
    """A call in one line; unfolded, its arguments and what the model was told."""
    time = "" if run.ms is None else f" · {run.ms:,.0f} ms"
    state = " · error" if run.is_error else ""
    summary = f"Called <code>{escape_html(_line(call_text(run)))}</code>{state}{time}"
    arguments = ["Arguments", code(as_json(run.arguments), "json")] if run.arguments else []
    return _fold(summary, "\n\n".join([*arguments, "Result", code(run.result, "text")]))


def call_text(run: ToolRun) -> str:
    """The call as it would be written: `name(a=1, b='x')`."""
    if run.arguments is None:
        return f"{run.name}(…)"
    return f"{run.name}({', '.join(f'{name}={value!r}' for name, value in run.arguments.items())})"


def as_json(value: Any) -> str:
    """Any value as indented JSON; what JSON has no word for as its text."""
    encoded = msgspec.json.encode(value, enc_hook=_plain, order="deterministic" if isinstance(value, set) else None)
    return msgspec.json.format(encoded, indent=2).decode()


def code(text: str, language: str) -> str:
    """A code block that nothing in the text can end."""
    text = without_controls(text).rstrip("\n")
    if len(text) > MOST:
        text = f"{text[:MOST]}\n… {len(text) - MOST:,} more characters"
    fence = "`" * max(3, 1 + max(map(len, BACKTICKS.findall(text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"


def _fold(summary: str, body: str) -> str:
    """The body is set in: JupyterLab leaves no room of its own between what is unfolded and the answer below it."""
    return f"<details><summary>{summary}</summary>\n<blockquote>\n\n{body}\n\n</blockquote>\n</details>"


def _line(text: str) -> str:
    line = re.sub(r"\s+", " ", without_controls(text))
    return line if len(line) <= 100 else f"{line[:99]}…"


def _plain(value: Any) -> Any:
    """A pydantic model, or what else says itself how it is written."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return dict(value) if isinstance(value, Mapping) else str(value)
