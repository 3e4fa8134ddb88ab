"""Small notebooks that the browser tests write for themselves."""

from __future__ import annotations

from typing import Any

from nbformat.v4 import new_code_cell, new_notebook

__all__ = ["code", "notebook", "pace"]


def notebook(*cells: str) -> Any:
    """A notebook of these code cells."""
    return new_notebook(  # type: ignore[no-untyped-call]
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        cells=[code(cell) for cell in cells],
    )


def code(source: str) -> Any:
    """One code cell."""
    return new_code_cell(source)  # type: ignore[no-untyped-call]


def pace(seconds: float) -> str:
    """A cell that makes the kernel's sandbox account stream this many seconds a token."""
    return f"from caicaini_nb import connect\nconnect().sandbox.set_pace({seconds})"
