"""What no committed file may hold, as pure checks of text that return the faults found."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import PurePath

__all__ = ["FILE_LINES", "FUNCTION_LINES", "long_functions", "too_long", "words"]

FILE_LINES = 300
FUNCTION_LINES = 40

# The patterns are put together here so that this file does not hold what it looks for.
REGISTRIES = re.compile(
    "|".join(
        [
            r"pypi\.(?:python\.)?" + "org",
            r"files\.python" + "hosted",
            r"registry\.(?:npm" + r"js|yarn" + r"pkg)",
            r"deb\.deb" + r"ian\.org",
            r"index\." + r"crates\.io",
        ]
    ),
    re.IGNORECASE,
)
MACHINE_PATHS = re.compile(
    r"(?<![\w.$}/-])/(?:wo" + "rk|ro" + r"ot)(?:/|\b)|/opt/" + "(?:py" + "pi|wheels)|/home/" + r"\w+/"
)
REAL_KEYS = re.compile("cai_" + "api_" + r"(?!sbx_)[A-Za-z0-9_-]{32}|\b" + "sk" + r"-[A-Za-z0-9]{24,}")
SANDBOX_KEYS = re.compile("cai_" + "api_sbx_" + r"[A-Za-z0-9_-]{28}")
UNFINISHED = re.compile(r"\b(?:TO" + "DO|FIX" + r"ME)\b")
SWALLOWED = re.compile(r"\|\|\s*(?:true|:)(?=\s|$|;)")

# Where a word is looked for: everywhere, outside the tests, or where commands are written.
ANYWHERE: Callable[[PurePath], bool] = lambda path: True  # noqa: E731 - a table entry
OUTSIDE_TESTS: Callable[[PurePath], bool] = lambda path: path.parts[0] != "tests"  # noqa: E731 - a table entry

FORBIDDEN: list[tuple[str, re.Pattern[str], Callable[[PurePath], bool]]] = [
    ("names a package registry", REGISTRIES, ANYWHERE),
    ("holds a path of one machine", MACHINE_PATHS, ANYWHERE),
    ("holds what looks like a real key", REAL_KEYS, ANYWHERE),
    ("holds a sandbox key", SANDBOX_KEYS, OUTSIDE_TESTS),
    ("is unfinished", UNFINISHED, ANYWHERE),
    ("hides a failing command", SWALLOWED, ANYWHERE),
]


def words(path: PurePath, text: str) -> list[str]:
    """Every forbidden word in one file, with its line; what looks like a key is never repeated."""
    return [
        f"{path}:{number}: {reason}"
        for number, line in enumerate(text.splitlines(), start=1)
        for reason, pattern, applies in FORBIDDEN
        if applies(path) and pattern.search(line)
    ]


def too_long(path: PurePath, text: str) -> list[str]:
    """Whether a source file reaches the length at which it should be two."""
    length = len(text.splitlines())
    return [f"{path}: {length} lines, under {FILE_LINES} wanted"] if length >= FILE_LINES else []


def long_functions(path: PurePath, text: str) -> list[str]:
    """The functions that reach the length at which they should be two, signature and docstring counted."""
    return [
        f"{path}:{node.lineno}: {node.name} has {length} lines, under {FUNCTION_LINES} wanted"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) >= FUNCTION_LINES
    ]
