"""The sandbox: a second, independent implementation of the API contract, served on 127.0.0.1 by its own process.

It imports nothing of ours outside this package, so that a bug in the client cannot cancel itself out here. It
refuses to answer anything but loopback, and it never fetches anything. `Sandbox` loads on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caicaini_nb.sandbox.handle import Sandbox

__all__ = ["Sandbox"]


def __getattr__(name: str) -> object:
    if name == "Sandbox":
        from caicaini_nb.sandbox.handle import Sandbox

        return Sandbox
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
