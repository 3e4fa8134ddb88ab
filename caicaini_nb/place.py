"""Which notebook and which cell run now, as far as the front end says. It imports nothing: no IPython, no place."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from .config import notebook_name

__all__ = ["Place", "here", "running_shell"]


class Place(msgspec.Struct, frozen=True):
    """A notebook's file name, a cell's id and the id of this run of it; `None` where the front end sends none."""

    notebook: str | None = None
    cell: str | None = None
    run: str | None = None


def here() -> Place:
    shell = running_shell()
    return Place(notebook_name() or _vscode_name(shell), *_cell(shell)) if shell else Place(notebook_name())


def running_shell() -> Any:
    """The running IPython shell, or `None`. Typed loosely: IPython is not imported for this."""
    core = sys.modules.get("IPython")
    return core.get_ipython() if core else None


def _cell(shell: Any) -> tuple[str | None, str | None]:
    try:
        parent = shell.get_parent()
        found = (parent.get("metadata", {}).get("cellId"), parent.get("header", {}).get("msg_id"))
    except (AttributeError, LookupError):
        return None, None
    cell, run = (value if isinstance(value, str) else None for value in found)
    return cell, run


def _vscode_name(shell: Any) -> str | None:
    path = shell.user_ns.get("__vsc_ipynb_file__")
    return Path(path).name if isinstance(path, str) else None
