"""`VERIFIED.md`: what was verified, when, with which version, what the sandbox saw, and the SHA-256 of each recipe.

Only a verification writes it. `faults` compares it with the recipes without running anything: a recipe that was changed
since, or an index that says otherwise than the recipe, is a sentence each.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from .recipe import Recipe
from .verify import Seen, Verified

__all__ = ["RECORD", "Row", "digest", "faults", "read_record", "recorded", "write_record"]

RECORD = "VERIFIED.md"
HEAD = """# Verified recipes

Written by `make recipes` and `make recipes-heavy`, never by hand: each recipe's own files were fed to the real tool,
which called the sandbox. Class **A**: the product itself ran. **B**: the product's own code ran. **C**: the library it
calls ran. **D**: nothing could be run; its page says so in its first line. The sandbox implements the documented
contract; what a tool relies on beyond it is listed.

| tool | class | version | verified | seconds | SHA-256 of the recipe's files |
| --- | --- | --- | --- | --: | --- |
"""
LEFT_OUT = {"__pycache__", "node_modules", ".ipynb_checkpoints", ".DS_Store"}
ROW = re.compile(
    r"\| \[([\w-]+)\]\(\1/README\.md\) \| ([ABCD]) \| (\S+) \| ([\w-]+|not run) \| (\S+) \| `([0-9a-f]{64})` \|"
)


class Row(msgspec.Struct, frozen=True):
    """One tool's line, and what stands in its section."""

    tool: str
    kind: str
    version: str
    date: str
    seconds: str
    sha256: str
    section: str = ""


def digest(folder: Path) -> str:
    """SHA-256 over every file of a recipe: names and bytes, in the order of the names."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        if path.is_file() and not LEFT_OUT.intersection(path.relative_to(folder).parts):
            content = path.read_bytes()
            total.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def read_record(path: Path) -> dict[str, Row]:
    """The rows by tool; none where there is no record yet."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    parts = re.split(r"^## (\S+)\n", text, flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))
    rows = [Row(*found.groups()) for found in ROW.finditer(text)]
    return {row.tool: msgspec.structs.replace(row, section=sections.get(row.tool, "")) for row in rows}


def recorded(recipe: Recipe, found: Verified | None, date: str) -> Row:
    """The row of a recipe that was verified, or of one that has nothing to run."""
    sha256 = digest(recipe.path)
    if found is None:
        return Row(recipe.tool, recipe.kind, "–", "not run", "–", sha256)
    seconds = f"{found.seconds:.0f}" if found.seconds >= 10 else f"{found.seconds:.1f}"
    return Row(recipe.tool, recipe.kind, found.version or "–", date, seconds, sha256, _section(recipe, found))


def write_record(path: Path, rows: Iterable[Row]) -> None:
    """Write the whole record, atomically."""
    ordered = sorted(rows, key=lambda row: row.tool)
    lines = [
        f"| [{row.tool}]({row.tool}/README.md) | {row.kind} | {row.version} | {row.date} | {row.seconds}"
        f" | `{row.sha256}` |"
        for row in ordered
    ]
    sections = [f"## {row.tool}\n\n{row.section}" for row in ordered if row.section]
    text = HEAD + "\n".join(lines) + "\n\n" + "\n\n".join(sections) + "\n"
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_text(text, encoding="utf-8", newline="\n")
    os.replace(partial, path)


def faults(rows: Mapping[str, Row], recipes: Iterable[Recipe]) -> list[str]:
    """What the record says otherwise than the recipes, a sentence each."""
    known = {recipe.tool: recipe for recipe in recipes}
    said = [f"{tool}: it is verified, but there is no such recipe." for tool in sorted(set(rows) - set(known))]
    for tool, recipe in sorted(known.items()):
        row = rows.get(tool)
        if row is None:
            said.append(f"{tool}: it was never verified.")
        elif row.sha256 != digest(recipe.path):
            said.append(f"{tool}: its files have changed since it was verified on {row.date}.")
        elif row.kind != recipe.kind:
            said.append(f"{tool}: its recipe says class {recipe.kind}, the record {row.kind}.")
        elif (row.date == "not run") != (recipe.verify is None):
            said.append(f"{tool}: the record says {row.date!r}, and its recipe the contrary.")
    return said


def _section(recipe: Recipe, found: Verified) -> str:
    assert recipe.verify is not None
    lines = [f"- what ran: `{recipe.verify.command}`, {recipe.verify.package} {found.version}"]
    lines += [f"- {provider}: {'; '.join(steps)}" for provider, steps in found.ran.items()]
    if found.broken:
        lines.append(f"- broken on purpose, and failed with its table's sentence: {', '.join(found.broken)}")
    beyond = ", ".join(f"`{item}`" for item in found.undocumented) or "nothing"
    lines.append(f"- relies beyond the documented contract on: {beyond}")
    lines += [
        "",
        "| the sandbox saw | status | times | streamed |",
        "| --- | --: | --: | --: |",
        *map(_seen, found.seen),
    ]
    return "\n".join(lines)


def _seen(seen: Seen) -> str:
    return f"| `{seen.method} {seen.path}` | {seen.status} | {seen.times} | {seen.streamed} |"
