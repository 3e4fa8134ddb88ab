"""Who may ask: loopback Host and Origin, and a Bearer key.

A page of another site that a browser was lured onto, or that rebinds a name to 127.0.0.1, has a foreign Host or
Origin and is refused. The header's scheme is case-sensitive and followed by one space. No key is ever repeated
in a message.
"""

from __future__ import annotations

import re

from starlette.datastructures import Headers

from caicaini_nb.sandbox.account import Account
from caicaini_nb.sandbox.accounts import Accounts
from caicaini_nb.sandbox.keys import PREFIX
from caicaini_nb.sandbox.refusal import Refusal

__all__ = ["authenticate", "check_source"]

NAMES = ("127.0.0.1", "localhost", "[::1]")
BEARER = re.compile(r"Bearer ([!-~]+)")


def check_source(headers: Headers, port: int) -> None:
    """Refuse a foreign Host or Origin with 403."""
    hosts = set(NAMES) | {f"{name}:{port}" for name in NAMES}
    given = headers.getlist("host")
    if len(given) != 1 or given[0].lower() not in hosts:
        raise Refusal(403, "The sandbox answers to 127.0.0.1, localhost and [::1] only: use its own base URL.")
    origins = {f"http://{host}" for host in hosts}
    if any(origin.lower() not in origins for origin in headers.getlist("origin")):
        raise Refusal(403, "The sandbox takes no requests from web pages of other origins: call it from code.")


def authenticate(headers: Headers, accounts: Accounts) -> tuple[Account, str]:
    """Return the account of the request's key and the key's digest; a 401 that says what is wrong otherwise."""
    given = headers.getlist("authorization")
    if not given:
        if "x-api-key" in headers:
            raise Refusal(401, "x-api-key is not read here: send the key as Authorization: Bearer KEY.")
        raise Refusal(401, "There is no Authorization header: send Authorization: Bearer KEY.")
    match = BEARER.fullmatch(given[0])
    if len(given) > 1 or match is None:
        raise Refusal(401, "The Authorization header must be 'Bearer', one space and the key, in that case.")
    found = accounts.authenticate(match[1])
    if found is None:
        hint = "it is revoked or from another sandbox" if match[1].startswith(PREFIX) else "it is not a sandbox key"
        raise Refusal(401, f"This key is not valid here, {hint}: ask the sandbox for one.")
    return found
