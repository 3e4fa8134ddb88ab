"""The routes of both services and of the sandbox's own control calls.

A path or method that no contract names is a 404, as the contracts have no 405. No CORS headers, anywhere.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from caicaini_nb.sandbox import generation
from caicaini_nb.sandbox.catalogue import CAICAINI, caicaini_entry, caicaini_listing, cailag_listing
from caicaini_nb.sandbox.control_calls import control_routes
from caicaini_nb.sandbox.exchange import Exchange, Handler, json_response, serve
from caicaini_nb.sandbox.refusal import Refusal
from caicaini_nb.sandbox.services import Services
from caicaini_nb.sandbox.validation.fields import bad

__all__ = ["build"]

DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


async def models(exchange: Exchange) -> Response:
    """GET /v1/models."""
    return json_response(caicaini_listing())


async def model(exchange: Exchange) -> Response:
    """GET /v1/models/{id}."""
    name = exchange.request.path_params["name"]
    if name not in CAICAINI:
        raise Refusal(404, f"There is no model {name[:80]!r}: GET /v1/models lists those there are.")
    return json_response(caicaini_entry(CAICAINI[name]))


async def account(exchange: Exchange) -> Response:
    """GET /v1/account."""
    found = exchange.account
    return json_response(
        {
            "tier": found.tier.name,
            "api_credits": found.credits,
            "credits_consumed_this_month": found.credits_this_month(),
        }
    )


async def usage(exchange: Exchange) -> Response:
    """GET /v1/usage, all days or those from `start` to `end`."""
    query = exchange.request.query_params
    bounds: dict[str, Any] = {"start": "0000-00-00", "end": "9999-99-99"}
    for name in bounds:
        given = query.get(name)
        if given is not None:
            bounds[name] = _date(name, given)
    if bounds["start"] > bounds["end"]:
        raise bad("start", "must not be after end")
    found = exchange.account
    return json_response({"data": found.store.usage(found.identity, bounds["start"], bounds["end"])})


def _date(name: str, given: str) -> str:
    try:
        if DATE.fullmatch(given):
            return date.fromisoformat(given).isoformat()
    except ValueError:
        pass
    raise bad(name, "must be a date, YYYY-MM-DD")


async def cailag_models(exchange: Exchange) -> Response:
    """GET /cailag/v1/models."""
    return json_response(cailag_listing())


async def cailag_model(exchange: Exchange) -> Response:
    """GET /cailag/v1/models/{id}."""
    name = exchange.request.path_params["name"]
    found = [entry for entry in cailag_listing()["data"] if entry["id"] == name]
    if not found:
        message = f"There is no model {name[:80]!r}: GET /v1/models lists those there are."
        raise Refusal(404, message, code="model_not_found")
    return json_response(found[0])


async def missing(exchange: Exchange) -> Response:
    """Any other path, and a known path with another method."""
    request = exchange.request
    raise Refusal(404, f"There is no {request.method} {request.url.path[:200]}: check method and path.")


CAICAINI_ENDPOINTS: dict[str, tuple[str, Handler]] = {
    "/v1/messages": ("POST", generation.messages),
    "/v1/messages/count_tokens": ("POST", generation.count_tokens),
    "/v1/chat/completions": ("POST", generation.chat),
    "/v1/models": ("GET", models),
    "/v1/models/{name:path}": ("GET", model),
    "/v1/account": ("GET", account),
    "/v1/usage": ("GET", usage),
}
CAILAG_ENDPOINTS: dict[str, tuple[str, Handler]] = {
    "/cailag/v1/chat/completions": ("POST", generation.cailag_chat),
    "/cailag/v1/models": ("GET", cailag_models),
    "/cailag/v1/models/{name:path}": ("GET", cailag_model),
}


class Activity:
    """Notes when something was asked last, so that an idle process can end."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        self._services.active += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._services.active -= 1
            self._services.last_active = time.monotonic()


def build(services: Services) -> ASGIApp:
    """Return the application."""
    routes = control_routes(services)
    for endpoints, prefix, cailag in ((CAICAINI_ENDPOINTS, "/v1", False), (CAILAG_ENDPOINTS, "/cailag/v1", True)):
        for path, (method, handler) in endpoints.items():
            routes.append(_route(path, _endpoint(services, cailag, handler), {method}))
        routes.append(_route(prefix + "{rest:path}", _endpoint(services, cailag, missing), None))
    routes.append(_route("/{rest:path}", _endpoint(services, False, missing), None))
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    return Activity(app, services)


def _route(path: str, endpoint: Callable[[Request], Awaitable[Response]], methods: set[str] | None) -> Route:
    """Return a route for exactly these methods (HEAD does not stand in for GET), or for any."""
    route = Route(path, endpoint)
    route.methods = methods
    return route


def _endpoint(services: Services, cailag: bool, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await serve(Exchange(request, services, cailag), handler)

    return endpoint
