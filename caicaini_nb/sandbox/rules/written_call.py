"""A call that the user wrote out, `magic_function(3)` or `book(city="Rome")`: read, never run."""

from __future__ import annotations

import ast
import re
from typing import Any

from caicaini_nb.sandbox.rules.references import Schema
from caicaini_nb.sandbox.rules.validity import valid

__all__ = ["written_call"]

LIMIT = 4_000  # characters in which a call is looked for


def written_call(name: str, schema: Schema, text: str) -> dict[str, Any]:
    """Return the first such call's arguments by name, without those that are no literals or do not fit the schema."""
    found = re.search(rf"(?<![\w.]){re.escape(name)}\([^()\n]{{1,500}}\)", text[:LIMIT])
    if found is None:
        return {}
    try:
        call = ast.parse(found[0].replace(name, "call", 1), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    if not isinstance(call, ast.Call):
        return {}
    named: dict[str, Any] = schema.get("properties", {})
    pairs = [*zip(named, call.args, strict=False), *((one.arg, one.value) for one in call.keywords if one.arg)]
    values = {key: _literal(value) for key, value in pairs if key in named}
    return {key: value for key, value in values.items() if value is not None and valid(value, named[key], schema)}


def _literal(node: ast.expr) -> Any:
    """Its value, `None` where it has none that is written out."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        return None
