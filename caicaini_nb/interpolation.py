"""`{{expr}}` in a prompt: once, by Python's own rules, in the notebook's names.

Only double braces mean anything; JSON, LaTeX and code with single braces pass as they are, `\\{{` is a literal `{{`.
What was put in is never looked at again, so text from a model or a file cannot reach your variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import CodeType
from typing import Any

from .errors import ConfigurationError

__all__ = ["interpolate"]

OPEN, CLOSE = "{{", "}}"


def interpolate(template: str, names: Mapping[str, Any]) -> str:
    """The template with each `{{expr}}` replaced by `str()` of its value.

    Raises `ConfigurationError` for a name that does not exist (with near ones), for what is no expression, and for an
    expression that fails.
    """
    done: list[str] = []
    rest = template
    while (start := rest.find(OPEN)) >= 0:
        if rest[:start].endswith("\\"):
            done.append(rest[: start - 1] + OPEN)
            rest = rest[start + len(OPEN) :]
            continue
        code, source, end = _expression(rest, start)
        done += [rest[:start], str(_value(code, source, names))]
        rest = rest[end:]
    return "".join([*done, rest])


def _expression(text: str, start: int) -> tuple[CodeType, str, int]:
    """The first `{{…}}` from `start` that is an expression: a dict inside may hold braces of its own."""
    end = text.find(CLOSE, start)
    while end >= 0:
        source = text[start + len(OPEN) : end].strip()
        try:
            return compile(source, "<{{…}}>", "eval"), source, end + len(CLOSE)
        except (SyntaxError, ValueError):
            end = text.find(CLOSE, end + 1)
    shown = text[start : start + 40].splitlines()[0]
    raise ConfigurationError(
        f"{shown!r} does not hold a Python expression between {{{{ and }}}}",
        action="Close the braces, or write \\{{ if you mean them as they are.",
    )


def _value(code: CodeType, source: str, names: Mapping[str, Any]) -> Any:
    failure: ConfigurationError
    try:
        return eval(code, dict(names))
    except NameError as error:
        from difflib import get_close_matches  # only a mistake needs it

        near = get_close_matches(str(error.name), [name for name in names if not name.startswith("_")], n=3)
        hint = f"Did you mean {' or '.join(near)}?" if near else "Run the cell that defines it first."
        failure = ConfigurationError(f"{{{{{source}}}}}: there is no name {error.name!r}", action=hint)
    except Exception as error:
        failure = ConfigurationError(
            f"{{{{{source}}}}} fails with {type(error).__name__}: {error}", action="Mend the expression."
        )
    raise failure
