"""A file of NAME=value lines: ours are replaced where they stand or added at the end, the rest stays byte for byte.

It refuses a file that is not one: what a shell or a container would not read either.
"""

from __future__ import annotations

import re

from ..errors import ConfigurationError

__all__ = ["merged_lines"]

ASSIGNMENT = re.compile(r"(\s*(?:export\s+)?)([A-Za-z_][A-Za-z0-9_]*)(\s*=)(.*)")
# Comments and blanks are fine; so is the inside of a quoted value, which cannot be told from a mistake line by line.
INNOCENT = re.compile(r"\s*(#.*)?")


def merged_lines(text: str, ours: str, newline: str) -> str:
    """`text` with every assignment of `ours` in it, each once. Raises `ConfigurationError` for a malformed file."""
    wanted = {found[2]: found[4] for line in ours.splitlines() if (found := ASSIGNMENT.fullmatch(line))}
    lines, placed = text.splitlines(keepends=True), set()
    for number, line in enumerate(lines, start=1):
        bare = line.rstrip("\r\n")
        found = ASSIGNMENT.fullmatch(bare)
        if found is None and not INNOCENT.fullmatch(bare):
            raise ConfigurationError(f"Line {number} is not NAME=value", action="Correct it, then try again.")
        if found and found[2] in wanted:
            lines[number - 1] = f"{found[1]}{found[2]}={wanted[found[2]]}{line[len(bare) :]}"
            placed.add(found[2])
    fresh = [f"{name}={value}{newline}" for name, value in wanted.items() if name not in placed]
    if fresh and lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += newline
    return "".join(lines + fresh)
