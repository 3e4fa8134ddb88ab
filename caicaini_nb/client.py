"""The client: send, stream, count, and ask the service about itself. The same for both providers and both surfaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .call import Call, OnWait
from .chat_surface import ChatSurface
from .config import Config
from .errors import ConfigurationError, NotOfferedError, ProviderConflictError, UnreadableReplyError
from .exchange import context, exchange
from .ledger import Ledger
from .messages_surface import MessagesSurface
from .models import provider_of
from .reply import Reply
from .request import Prompt, Request, as_messages
from .stream import Stream
from .surface import Answer, Surface, count, read_object
from .transport import Timeouts, Transport

if TYPE_CHECKING:
    from .records import Account, ModelInfo, UsageDay
    from .sandbox import Sandbox

__all__ = ["Client"]

SURFACES: Mapping[str, Surface] = {"messages": MessagesSurface(), "chat": ChatSurface()}
COUNTING = MessagesSurface()
MAX_TOKENS = 1024


class Client:
    """One provider, one base, one key, one set of pooled connections. `connect()` makes it.

    `ledger` is the `Ledger` its calls are written to, `sandbox` the `Sandbox` behind it (`None` when hosted).
    """

    def __init__(
        self,
        config: Config,
        *,
        ledger: Ledger | None = None,
        sandbox: Sandbox | None = None,
        timeouts: Timeouts | None = None,
        max_attempts: int | None = None,
        revive: Callable[[], Config] | None = None,
    ) -> None:
        self.ledger = Ledger() if ledger is None else ledger  # an empty ledger is falsy
        self.sandbox = sandbox
        self.max_attempts = max_attempts
        self._transport = Transport(config, timeouts or Timeouts())
        self._revive = revive

    @property
    def provider(self) -> str:
        return self._transport.config.provider.name

    @property
    def base(self) -> str:
        return self._transport.config.base

    @property
    def origin(self) -> str:
        """Whose answers these are: *hosted* or *sandbox*."""
        return self._transport.config.origin

    @property
    def key_prefix(self) -> str:
        """The part of the key that may be shown."""
        return self._transport.config.key.prefix

    def send(
        self,
        prompt: Prompt,
        *,
        model: str | None = None,
        max_tokens: int = MAX_TOKENS,
        system: str | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        stop_sequences: str | Sequence[str] = (),
        user_id: str | None = None,
        n: int | None = None,
        presence_penalty: float | None = None,
        frequency_penalty: float | None = None,
        surface: str | None = None,
        extra: Mapping[str, Any] | None = None,
        on_wait: OnWait | None = None,
    ) -> Reply:
        """Ask once and wait for the whole answer.

        `prompt` is text or a list of messages (`Message`, or dicts as the surface documents them). `temperature` is
        0–1 on messages, 0–2 on chat; at most 4 `stop_sequences`. `n`, the penalties and a message's `name` exist on
        the chat surface. `extra` is added to the body as it is. Raises a `CaicainiError`; see `caicaini_nb.errors`.
        """
        request = self._request(
            prompt, model, max_tokens=max_tokens, system=system, temperature=temperature, top_p=top_p,
            stop_sequences=stop_sequences, user_id=user_id, n=n, presence_penalty=presence_penalty,
            frequency_penalty=frequency_penalty, extra=extra or {},
        )  # fmt: skip
        wire = self._surface(surface)
        call = self._call(wire, request, stream=False, on_wait=on_wait)
        return exchange(call, lambda body, response: _reply(wire.decode(body), context(call, response)))

    def stream(
        self,
        prompt: Prompt,
        *,
        model: str | None = None,
        max_tokens: int = MAX_TOKENS,
        system: str | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        stop_sequences: str | Sequence[str] = (),
        user_id: str | None = None,
        n: int | None = None,
        presence_penalty: float | None = None,
        frequency_penalty: float | None = None,
        surface: str | None = None,
        extra: Mapping[str, Any] | None = None,
        on_wait: OnWait | None = None,
    ) -> Stream:
        """Ask once and take the answer as it comes: iterate the `Stream` for events, then read its `reply`.

        The arguments are those of `send`. Errors before the answer begins are raised here, later ones by the loop.
        """
        request = self._request(
            prompt, model, max_tokens=max_tokens, system=system, temperature=temperature, top_p=top_p,
            stop_sequences=stop_sequences, user_id=user_id, n=n, presence_penalty=presence_penalty,
            frequency_penalty=frequency_penalty, extra=extra or {},
        )  # fmt: skip
        wire = self._surface(surface)
        call = self._call(wire, request, stream=True, on_wait=on_wait)
        return Stream(call, wire)

    def count_tokens(self, prompt: Prompt, *, model: str | None = None, system: str | None = None) -> int:
        """How many input tokens the prompt is, by the service's own count. Nothing is run."""
        self._needs_caicaini("token counting")
        request = self._request(prompt, model, max_tokens=1, system=system)
        body = COUNTING.encode_count(request)
        counted = count(self._record("POST", "/messages/count_tokens", "count_tokens", body).get("input_tokens"))
        if counted is None:
            raise UnreadableReplyError("The answer to count_tokens has no input_tokens")
        return counted

    def models(self) -> list[ModelInfo]:
        """The models this key may call, as the service lists them."""
        from .records import ModelInfo, listed  # not before it is asked for: a first call has no use for it

        return [ModelInfo.read(item) for item in listed(self._record("GET", "/models", "models"))]

    def account(self) -> Account:
        """Tier and balance. The cheapest check of a key: no model runs, nothing is charged."""
        self._needs_caicaini("account")
        from .records import Account

        return Account.read(self._record("GET", "/account", "account"))

    def usage(self, start: date | str | None = None, end: date | str | None = None) -> list[UsageDay]:
        """Usage by model and day, as the service counts it; `start` and `end` are ISO dates."""
        self._needs_caicaini("usage report")
        asked = {"start": start, "end": end}
        wanted = [f"{name}={_iso_date(name, value)}" for name, value in asked.items() if value is not None]
        path = "/usage" + ("?" + "&".join(wanted) if wanted else "")
        from .records import UsageDay, listed

        return [UsageDay.read(item) for item in listed(self._record("GET", path, "usage"))]

    def close(self) -> None:
        """Close the connections. The ledger stays open: others may write to it."""
        self._transport.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.provider} · {self.origin} · {self.base} · key {self.key_prefix}…)"

    def _request(self, prompt: Prompt, model: str | None, **asked: Any) -> Request:
        service = self._transport.config.provider
        model = model or service.default_model
        owner = provider_of(model)
        if owner not in (None, service.name):
            raise ProviderConflictError(
                f"{model} is a model of {owner}, and this client calls {service.name}",
                action=f"Use connect({owner!r}), or a model of {service.name} such as {service.default_model}.",
            )
        stops = asked.pop("stop_sequences", ())
        asked["stop_sequences"] = (stops,) if isinstance(stops, str) else tuple(stops)
        return Request(model, as_messages(prompt), **asked)

    def _surface(self, name: str | None) -> Surface:
        service = self._transport.config.provider
        chosen = name or service.surfaces[0]
        if chosen not in SURFACES:
            raise ConfigurationError(f"There is no surface {chosen!r}", action="Use 'messages' or 'chat'.")
        if chosen not in service.surfaces:
            raise NotOfferedError(f"{service.name} has no {chosen} surface", action="Leave surface out, or use 'chat'.")
        return SURFACES[chosen]

    def _needs_caicaini(self, what: str) -> None:
        service = self._transport.config.provider
        if service.name != "caicaini":
            raise NotOfferedError(
                f"{service.name} has no {what}", action="The tokens of each call are in its reply and in the ledger."
            )

    def _call(self, wire: Surface, request: Request, *, stream: bool, on_wait: OnWait | None) -> Call:
        call = self._operation("POST", wire.path, wire.name, wire.encode(request, stream=stream))
        call.model, call.stream, call.on_wait = request.model, stream, on_wait
        return call

    def _operation(self, method: str, path: str, surface: str, body: bytes | None = None) -> Call:
        if self._transport.is_closed:
            raise ConfigurationError("This client is closed", action="Make a new one with connect().")
        revive = self._return_to_life if self._revive else None
        return Call(
            self._transport, self.ledger, method, path, body, surface, max_attempts=self.max_attempts, revive=revive
        )

    def _record(self, method: str, path: str, surface: str, body: bytes | None = None) -> Mapping[str, Any]:
        """The JSON object that an endpoint answers which runs no model."""
        call = self._operation(method, path, surface, body)
        return exchange(call, lambda content, response: read_object(content))

    def _return_to_life(self) -> None:
        if self._revive is not None:
            self._transport.renew(self._revive())


def _reply(answer: Answer, details: Mapping[str, Any]) -> Reply:
    return Reply(
        choices=answer.choices,
        usage=answer.usage,
        id=answer.id,
        model=answer.model,
        raw=answer.raw,
        **details,
    )


def _iso_date(name: str, value: date | str) -> str:
    text = str(value)
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise ConfigurationError(
            f"{name} is an ISO date, not {text!r}", action="Write it as 2026-11-21, or pass a date."
        ) from None
