"""What `%%caicaini?` and `%caicaini?` say: made from the tables of options and of verbs, so that none is left out."""

from __future__ import annotations

from ..verbs import VERBS
from .options import OPTIONS

__all__ = ["cell_manual", "line_manual"]

CELL = """\
Send the cell as a prompt and show the answer as it comes, with what it cost.

    %%caicaini --model caicaini/sonnet --out answer
    What is 17 * 23?

{{expr}} in the prompt or in --system is replaced by the value of that Python expression. Tab completes options and
their values. No option takes a key: %caicaini key asks for it.

Options, each with an example:
"""

LINE = """\
%caicaini VERB shows, sets or asks for one thing:
"""


def cell_manual() -> str:
    """Every option of `%%caicaini`: its value, what it does, an example."""
    entries = []
    for option in OPTIONS:
        choices = f" One of: {', '.join(option.choices)}." if option.choices else ""
        head = f"{option.flag} {option.value}".rstrip()
        entries.append(f"{head}\n    {option.help}.{choices}\n    Example: %%caicaini {option.example}")
    return "\n".join([CELL, *entries])


def line_manual() -> str:
    """Every verb of `%caicaini`, then the manual of the cell: Shift-Tab asks for the name without its signs."""
    verbs = [f"%caicaini {name:<10} {row[-1]}" for name, row in VERBS.items()]
    return "\n".join([LINE, *verbs, "", "%%caicaini at the top of a cell:", "", cell_manual()])
