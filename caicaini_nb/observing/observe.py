"""`observe(http_client)`: calls that other libraries make with an httpx client get rows in the ledger, as yours have.

It takes clients of httpx and of httpx2, which the vendors' SDKs use since 2026, and transports of either. It puts its
own transport around the one in that object and touches no class. Answers pass through piece by piece as they come; of
the key only the first characters are kept.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

from ..config import PROVIDERS
from ..errors import ConfigurationError
from ..ledger import Ledger
from .passing import Passing, read_request
from .witness import Witness

__all__ = ["observe"]

Http = TypeVar("Http")
REMEMBERED = 256  # calls whose next attempt may still come


def observe(http_client: Http, *, ledger: Ledger | None = None, provider: str | None = None) -> Http:
    """Give an `httpx.Client`, `httpx.AsyncClient` or transport back, observed.

    Pass a client on: `OpenAI(http_client=observe(openai.DefaultHttpxClient()))`; likewise anthropic, and LangChain's
    `http_client` and `http_async_client`. `provider` says whose calls these are where the base is neither service's
    own. Calls to any other host pass unseen. Raises `ConfigurationError` for what is no client.
    """
    if provider is not None and provider not in PROVIDERS:
        raise ConfigurationError(f"There is no provider {provider!r}", action=f"Use {' or '.join(PROVIDERS)}.")
    library = _library(http_client)
    watch = _Watch(ledger if ledger is not None else Ledger(), provider)
    if not hasattr(http_client, "_transport"):
        wrapped: Http = _around(library, http_client, watch)
        return wrapped
    client: Any = http_client
    client._transport = _around(library, client._transport, watch)
    client._mounts = {
        pattern: None if transport is None else _around(library, transport, watch)
        for pattern, transport in client._mounts.items()
    }
    return http_client


class _Watch:
    """What the transports of one client share: where rows go, and which calls may be tried again."""

    def __init__(self, ledger: Ledger, provider: str | None) -> None:
        self.ledger = ledger
        self.provider = provider
        self._operations: OrderedDict[int, str] = OrderedDict()

    def begin(self, request: Any) -> Witness | None:
        """A row for the request, if it goes to one of the services."""
        try:
            body = request.content
        except Exception:  # a body that is made while it is sent
            body = None
        passing = read_request(str(request.url), request.headers, body, self.provider)
        if passing is None:
            return None
        request.headers["accept-encoding"] = "identity"  # what is compressed could not be read along
        return Witness(self.ledger, passing, self._operation(passing))

    def _operation(self, passing: Passing) -> str:
        """A name for the call; an SDK that tries again says which attempt it is."""
        known = self._operations.pop(passing.digest, None) if passing.attempt > 1 else None
        operation = known or secrets.token_hex(8)
        self._operations[passing.digest] = operation
        while len(self._operations) > REMEMBERED:
            self._operations.popitem(last=False)
        return operation


def _library(http_client: Any) -> Any:
    """httpx or httpx2: whichever the object's class, or one it is made from, belongs to."""
    for kind in type(http_client).__mro__:
        name = kind.__module__.partition(".")[0]
        if name in ("httpx", "httpx2"):
            library = import_module(name)
            known = (library.Client, library.AsyncClient, library.BaseTransport, library.AsyncBaseTransport)
            if isinstance(http_client, known):
                return library
    raise ConfigurationError(
        f"{type(http_client).__name__} is neither an httpx client nor a transport",
        action="Pass httpx.Client(), httpx.AsyncClient() or the SDK's own, such as openai.DefaultHttpxClient().",
    )


def _around(library: Any, transport: Any, watch: _Watch) -> Any:
    """The transport with ours around it, once."""
    if getattr(transport, "is_observed", False):
        return transport
    kinds = ((library.BaseTransport, _sync_kind), (library.AsyncBaseTransport, _async_kind))
    return _joined(tuple(kind(library) for base, kind in kinds if isinstance(transport, base)))(transport, watch)


@cache
def _joined(kinds: tuple[type, ...]) -> Any:
    """One class for a transport of both kinds, such as a mocked one."""
    return kinds[0] if len(kinds) == 1 else type("Transport", kinds, {})


def _watched(response: Any, witness: Witness, body: Any) -> Any:
    """The response with its body read along; one whose body is here already is told of at once."""
    witness.answered(response.status_code, response.headers)
    if response.is_closed:
        witness.heard(response.content)
        witness.ended(whole=True)
    else:
        response.stream = body(response.stream, witness)
    return response


@cache
def _sync_body(library: Any) -> Any:
    """The body that is read along, of a class the library's client takes for its own."""

    class Body(library.SyncByteStream):  # type: ignore[misc]  # known when the library is
        def __init__(self, inner: Any, witness: Witness) -> None:
            self.inner, self.witness, self.whole = inner, witness, False

        def __iter__(self) -> Iterator[bytes]:
            try:
                for piece in self.inner:
                    self.witness.heard(piece)
                    yield piece
                self.whole = True
            except BaseException as failure:
                if not isinstance(failure, GeneratorExit):  # then close() comes, and tells
                    self.witness.broke(failure)
                raise

        def close(self) -> None:
            self.witness.ended(whole=self.whole)
            self.inner.close()

    return Body


@cache
def _sync_kind(library: Any) -> Any:
    """The transport around another of the library's."""

    class Transport(library.BaseTransport):  # type: ignore[misc]
        is_observed = True

        def __init__(self, inner: Any, watch: _Watch) -> None:
            self.inner, self.watch = inner, watch

        def handle_request(self, request: Any) -> Any:
            witness = self.watch.begin(request)
            if witness is None:
                return self.inner.handle_request(request)
            try:
                response = self.inner.handle_request(request)
            except BaseException as failure:
                witness.broke(failure)
                raise
            return _watched(response, witness, _sync_body(library))

        def close(self) -> None:
            self.inner.close()

    return Transport


@cache
def _async_body(library: Any) -> Any:
    """The same for clients that await."""

    class Body(library.AsyncByteStream):  # type: ignore[misc]
        def __init__(self, inner: Any, witness: Witness) -> None:
            self.inner, self.witness, self.whole = inner, witness, False

        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                async for piece in self.inner:
                    self.witness.heard(piece)
                    yield piece
                self.whole = True
            except BaseException as failure:
                if not isinstance(failure, GeneratorExit):
                    self.witness.broke(failure)
                raise

        async def aclose(self) -> None:
            self.witness.ended(whole=self.whole)
            await self.inner.aclose()

    return Body


@cache
def _async_kind(library: Any) -> Any:
    """The same for clients that await."""

    class Transport(library.AsyncBaseTransport):  # type: ignore[misc]
        is_observed = True

        def __init__(self, inner: Any, watch: _Watch) -> None:
            self.inner, self.watch = inner, watch

        async def handle_async_request(self, request: Any) -> Any:
            witness = self.watch.begin(request)
            if witness is None:
                return await self.inner.handle_async_request(request)
            try:
                response = await self.inner.handle_async_request(request)
            except BaseException as failure:
                witness.broke(failure)
                raise
            return _watched(response, witness, _async_body(library))

        async def aclose(self) -> None:
            await self.inner.aclose()

    return Transport
