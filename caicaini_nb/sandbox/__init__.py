"""The sandbox: a second, independent implementation of the API contract, served on 127.0.0.1 by its own process.

It imports nothing of ours outside this package, so that a bug in the client cannot cancel itself out here. It
refuses to answer anything but loopback, and it never fetches anything. `Sandbox` loads on first use.

    in your process     handle (the `Sandbox` you hold), control, process, lock, cli
    its own process     server, app, protocol, services, access, exchange, body, refusal, request_log, control_calls
    what is asked       validation/ (every 400), call, catalogue, images
    what is seen        vision/ (size, colours and printed text of pictures)
    what is answered    generation, job, composer, streaming, faults; wire, messages_wire, chat_wire
    who pays            account, accounts, keys, tiers, limits, meter, pricing, clock, store
    who writes          engine (the protocol), engines, rules/ (the first one), tokens
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
