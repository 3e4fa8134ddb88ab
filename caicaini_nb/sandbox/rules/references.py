"""Following `$ref` inside one schema document (`#`, `#/$defs/…`) and merging `allOf` into one schema.

It refuses to fetch: a reference to anywhere else reads as the schema that allows everything.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

__all__ = ["Schema", "flat", "merge", "resolve"]

Schema = dict[str, Any]
CHAIN = 32
SHAPES: dict[str, type] = {"properties": dict, "required": list}
# how two values of one keyword become one when schemas are merged
TIGHTER = {
    "minimum": max,
    "exclusiveMinimum": max,
    "minLength": max,
    "minItems": max,
    "minProperties": max,
    "maximum": min,
    "exclusiveMaximum": min,
    "maxLength": min,
    "maxItems": min,
    "maxProperties": min,
}


def _at(root: Schema, reference: str) -> Any:
    node: Any = root
    for part in reference.removeprefix("#").split("/")[1:]:
        key = unquote(part).replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and key in node:
            node = node[key]
        elif isinstance(node, list) and key.isdigit() and int(key) < len(node):
            node = node[int(key)]
        else:
            return True
    return node


def resolve(schema: Any, root: Schema) -> Schema | bool:
    """The schema itself or what its `$ref` leads to; keywords beside the reference are kept; cycles read as `true`."""
    for _ in range(CHAIN):
        if not isinstance(schema, dict):
            return schema is not False
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return _sound(schema)
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        target = _at(root, reference) if reference.startswith("#") else True
        schema = merge(target, beside) if beside and isinstance(target, dict) else beside if beside else target
    return True


def _sound(schema: Schema) -> Schema:
    """The schema without keywords that are not what they should be, such as `"required": null`: they ask nothing."""
    if all(isinstance(schema[key], kind) for key, kind in SHAPES.items() if key in schema):
        return schema
    return {key: value for key, value in schema.items() if isinstance(value, SHAPES.get(key, object))}


def merge(first: Schema, second: Schema) -> Schema:
    """A schema that asks what both ask, for the keywords the sandbox knows."""
    result = dict(first)
    for key, value in second.items():
        if key not in result:
            result[key] = value
        elif key == "properties":
            result[key] = result[key] | {
                name: merge(result[key][name], part)
                if isinstance(result[key].get(name), dict) and isinstance(part, dict)
                else part
                for name, part in value.items()
            }
        elif key == "required":
            result[key] = list(dict.fromkeys([*result[key], *value]))
        elif key == "enum":
            result[key] = [item for item in result[key] if item in value]
        elif key == "type":
            result[key] = _types(result[key], value)
        elif key in ("allOf",):
            result[key] = [*result[key], *value]
        elif key in TIGHTER:
            result[key] = TIGHTER[key](result[key], value)
        elif result[key] != value and key not in ("title", "description", "$defs", "definitions"):
            result.setdefault("allOf", [])
            result["allOf"] = [*result["allOf"], {key: value}]
    return result


def _types(first: Any, second: Any) -> Any:
    ones, others = ([kinds] if isinstance(kinds, str) else list(kinds) for kinds in (first, second))
    both = [kind for kind in ones if kind in others or (kind == "integer" and "number" in others)]
    both += [kind for kind in others if kind == "integer" and "number" in ones and kind not in both]
    return both[0] if len(both) == 1 else both


def flat(schema: Any, root: Schema, depth: int = 0) -> Schema | bool:
    """The schema with its reference followed and its `allOf` merged in."""
    found = resolve(schema, root)
    if isinstance(found, bool) or "allOf" not in found or depth > CHAIN:
        return found
    parts = found["allOf"] if isinstance(found["allOf"], list) else []
    result = {key: value for key, value in found.items() if key != "allOf"}
    for part in parts:
        one = flat(part, root, depth + 1)
        if one is False:
            return False
        if isinstance(one, dict):
            result = merge(result, one)
    leftover = result.get("allOf")
    if leftover and depth < 8 and not all(set(part) <= {"pattern", "multipleOf", "not", "format"} for part in leftover):
        return flat(result, root, depth + 8)
    return result
