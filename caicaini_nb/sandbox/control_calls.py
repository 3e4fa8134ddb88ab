"""The control calls: what the hosted dashboard does, and what only a sandbox can do to itself.

They take the control token of the runtime file, never an API key. `/sandbox/hello` needs no token: it proves
that this process knows it.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from caicaini_nb.sandbox import body, pricing
from caicaini_nb.sandbox.access import check_source
from caicaini_nb.sandbox.account import Account
from caicaini_nb.sandbox.control import proof
from caicaini_nb.sandbox.exchange import json_response
from caicaini_nb.sandbox.refusal import Refusal, caicaini_body
from caicaini_nb.sandbox.services import Services

__all__ = ["control_routes"]

Values = dict[str, Any]
SLOWEST = 60.0


def _state(services: Services, account: Account, values: Values) -> Values:
    return {"credits": account.credits, "tier": account.tier.name, "offset": account.clock.offset}


def _mint(services: Services, account: Account, values: Values) -> Values:
    return {"key": services.accounts.mint(account)}


def _revoke(services: Services, account: Account, values: Values) -> Values:
    services.accounts.revoke(account, str(values.get("key") or ""))
    return {}


def _keys(services: Services, account: Account, values: Values) -> Values:
    return {"keys": services.accounts.listed(account)}


def _top_up(services: Services, account: Account, values: Values) -> Values:
    return {"credits": account.top_up(values.get("usd"))}


def _advance(services: Services, account: Account, values: Values) -> Values:
    account.advance(float(values.get("seconds") or 0))
    return {}


def _tier(services: Services, account: Account, values: Values) -> Values:
    figures = [values.get(name) for name in ("requests", "input_tokens", "streams")]
    account.set_tier(str(values.get("tier")), *figures)
    return {}


def _settings(services: Services, account: Account, values: Values) -> Values:
    if values.get("pace") is not None:
        pace = float(values["pace"])
        if not 0 <= pace <= SLOWEST:
            raise ValueError(f"The pace is 0 to {SLOWEST:g} seconds a token, not {pace}.")
        account.pace = pace
    if values.get("documented_only") is not None:
        account.documented_only = bool(values["documented_only"])
    account.save()
    return {}


def _plan_fault(services: Services, account: Account, values: Values) -> Values:
    return {"fault": account.faults.plan(values)}


def _clear_faults(services: Services, account: Account, values: Values) -> Values:
    account.faults.clear(values.get("fault"))
    return {}


def _requests(services: Services, account: Account, values: Values) -> Values:
    return {"requests": account.log.rows()}


ACTIONS: dict[str, Callable[[Services, Account, Values], Values]] = {
    "advance": _advance,
    "clear-faults": _clear_faults,
    "faults": _plan_fault,
    "keys": _keys,
    "mint-key": _mint,
    "requests": _requests,
    "revoke-key": _revoke,
    "settings": _settings,
    "state": _state,
    "tier": _tier,
    "top-up": _top_up,
}


async def _hello(services: Services, request: Request) -> Values:
    if services.stopping.is_set():
        raise Refusal(503, "This process is about to end: start another one.")
    nonce = request.query_params.get("nonce", "")
    return {"proof": proof(services.token.reveal(), nonce), "engine": services.engine_name}


async def _open_account(services: Services, request: Request) -> Values:
    values = await _values(request)
    account, key = services.accounts.open(values.get("key"))
    _settings(services, account, values)
    return {"account_id": account.identity, "key": key}


async def _engine(services: Services, request: Request) -> Values:
    return {"engine": services.engine_name, "trouble": services.trouble()}


async def _accounts(services: Services, request: Request) -> Values:
    return {"accounts": services.accounts.identities()}


async def _act(services: Services, request: Request) -> Values:
    action = ACTIONS.get(request.path_params["action"])
    if action is None:
        raise Refusal(404, f"There is no control call {request.path_params['action'][:80]!r}.")
    try:
        account = services.accounts.get(request.path_params["account"])
    except KeyError:
        raise Refusal(404, "There is no such account: it was discarded. Open a new one.") from None
    return action(services, account, await _values(request))


async def _stop(services: Services, request: Request) -> Values:
    services.stopping.set()
    return {}


async def _preview(services: Services, request: Request) -> Values:
    cents = (await _values(request)).get("usdCents")
    if isinstance(cents, bool) or not isinstance(cents, int):
        raise ValueError("usdCents: must be an integer.")
    cents = pricing.cents_of(f"{cents // 100}.{cents % 100:02d}")
    return {"credits": pricing.credits_for(cents), "creditsPerDollar": pricing.credits_a_dollar(cents)}


async def _values(request: Request) -> Values:
    raw = await body.read(request.headers.get("content-length"), request.stream())
    return body.parse(raw)


Handler = Callable[[Services, Request], Awaitable[Values]]
# path → (method, handler, whether the token is asked for). The billing preview is the dashboard's.
CALLS: dict[str, tuple[str, Handler, bool]] = {
    "/sandbox/hello": ("GET", _hello, False),
    "/sandbox/engine": ("GET", _engine, True),
    "/sandbox/accounts": ("GET", _accounts, True),
    "/sandbox/accounts/": ("POST", _open_account, True),
    "/sandbox/accounts/{account}/{action}": ("POST", _act, True),
    "/sandbox/stop": ("POST", _stop, True),
    "/api/developers/billing/preview": ("POST", _preview, True),
}


def control_routes(services: Services) -> list[Route]:
    """Return the routes of the control calls."""
    return [
        Route(path.rstrip("/"), _endpoint(services, handler, guarded), methods=[method])
        for path, (method, handler, guarded) in CALLS.items()
    ]


def _endpoint(services: Services, handler: Handler, guarded: bool) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            check_source(request.headers, services.port)
            expected = f"Bearer {services.token.reveal()}".encode()
            given = request.headers.get("authorization", "").encode("utf-8", "replace")
            if guarded and not hmac.compare_digest(given, expected):
                raise Refusal(401, "Control calls take the token of the sandbox's runtime file.")
            return json_response(await handler(services, request))
        except (ValueError, TypeError) as error:
            refusal = Refusal(400, str(error))
        except Refusal as error:
            refusal = error
        return json_response(caicaini_body(refusal), refusal.status)

    return endpoint
