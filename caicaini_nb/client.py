"""The client: send, stream, count, and ask the service about itself. The same for both providers and both surfaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from datetime import date
from types import TracebackType
from typing import TYPE_CHECKING, Any, Unpack

from .asked import Asked, spelled_out
from .call import Call
from .config import Config
from .errors import ConfigurationError, NotOfferedError, UnreadableReplyError
from .exchange import exchange, whole_reply
from .ledger import Ledger
from .plan import Plan, make_plan
from .reply import Reply
from .request import Prompt
from .stream import Stream
from .surfaces.messages import MessagesSurface
from .surfaces.surface import count, read_object
from .tools.tool import ROUNDS
from .transport import Timeouts, Transport

if TYPE_CHECKING:
    from .cache import ReplyCache
    from .chat import Chat
    from .events import Event
    from .records import Account, ModelInfo, UsageDay
    from .sandbox import Sandbox
    from .spending.budget import Budget
    from .spending.preview import Preview
    from .tools.tool import ToolRun

__all__ = ["Client"]

COUNTING = MessagesSurface()


class Client:
    """One provider, one base, one key, one set of pooled connections. `connect()` makes it.

    `ledger` is the `Ledger` its calls are written to, `sandbox` the `Sandbox` behind it (`None` when hosted). Set
    `caches` for replies that were paid for once, `budget` for a ceiling on what may be spent.
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
        self.caches = False
        self.budget: Budget | None = None
        self._cache: ReplyCache | None = None

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

    @spelled_out
    def send(self, prompt: Prompt, **asked: Unpack[Asked]) -> Reply:
        """Ask once and wait for the whole answer.

        `prompt` is text or a list of messages (`Message`, or dicts as the surface documents them); the options are
        described in `caicaini_nb.asked.Asked`. Raises a `CaicainiError`; see `caicaini_nb.errors`.
        """
        return self.send_planned(self._plan(prompt, asked))

    @spelled_out
    def stream(self, prompt: Prompt, **asked: Unpack[Asked]) -> Stream:
        """Ask once and take the answer as it comes: iterate the `Stream` for events, then read its `reply`.

        The arguments are those of `send`. Errors before the answer begins are raised here, later ones by the loop.
        """
        return self.stream_planned(self._plan(prompt, asked))

    @spelled_out
    def run_tools(
        self,
        prompt: Prompt,
        *,
        rounds: int = ROUNDS,
        seconds: float = 30.0,
        on_event: Callable[[Event | ToolRun], None] | None = None,
        **asked: Unpack[Asked],
    ) -> Reply:
        """Ask, run the tools the model calls, tell it the results, until it answers in text.

        `rounds` is how many answers it may give, `seconds` how long one tool may take. With `on_event` every answer is
        streamed into it, each tool call as a `ToolRun` once it is over. The reply's `earlier` are the rounds before,
        each with its `runs`.
        """
        from .tools.loop import run_tools  # only a call with tools needs it

        return run_tools(self, prompt, asked, rounds=rounds, seconds=seconds, on_event=on_event)

    def chat(self, name: str = "chat") -> Chat:
        """A conversation: its `send` and `stream` add to what was said."""
        from .chat import Chat

        return Chat(self, name)

    @spelled_out
    def preview(self, prompt: Prompt, *, stream: bool = False, **asked: Unpack[Asked]) -> Preview:
        """What `send` would post, without posting it: the JSON body, and the input tokens where they can be counted.

        With `stream` it is what `stream` would post.
        """
        from .spending.preview import preview

        return preview(self, self._plan(prompt, asked), stream=stream)

    @spelled_out
    def count_tokens(self, prompt: Prompt, **asked: Unpack[Asked]) -> int:
        """How many input tokens the prompt is, by the service's own count. Nothing is run."""
        self._needs_caicaini("token counting")
        asked.setdefault("surface", "messages")
        return self.count_planned(self._plan(prompt, asked))

    def count_planned(self, plan: Plan) -> int:
        """The same for a call that is planned already."""
        body = COUNTING.encode_count(plan.request)
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
        if self._cache is not None:
            self._cache.close()

    def apart(self) -> Client:
        """The same client on connections of its own: it disturbs no other call, and `abort` ends it from any thread."""
        twin = copy(self)
        twin._cache, twin._transport = None, Transport(self._transport.config, self._transport.timeouts, abortable=True)
        return twin

    def abort(self) -> None:
        """End the calls of a client that was taken `apart`: each raises `Interrupted`, and so does every later one."""
        self._transport.abort()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.provider} · {self.origin} · {self.base} · key {self.key_prefix}…)"

    def send_planned(self, plan: Plan) -> Reply:
        """`send`, for a call that is planned already."""
        return self._recalled(plan) or self._settled(plan, self._ask(plan))

    def stream_planned(self, plan: Plan) -> Stream:
        """`stream`, for a call that is planned already."""
        if (known := self._recalled(plan)) is not None:
            return Stream.replay(known)
        return Stream(self._call(plan, stream=True), plan.surface, lambda reply: self._settled(plan, reply))

    def _plan(self, prompt: Prompt, asked: Asked) -> Plan:
        return make_plan(self._transport.config.provider, prompt, asked)

    def _ask(self, plan: Plan) -> Reply:
        """One whole answer over the wire."""
        call = self._call(plan, stream=False)
        return exchange(call, lambda body, response: whole_reply(plan.surface.decode(body), call, response))

    def _settled(self, plan: Plan, reply: Reply) -> Reply:
        """The reply with its value, where one was asked for, and kept, where the cache is on."""
        if plan.shape is not None:
            from .schemas.structured import settle  # only a call with a schema needs it

            reply = settle(plan, reply, self._ask)
        if self._caches(plan):
            self.cache.keep(self.provider, self.base, plan, reply)
        return reply

    def _recalled(self, plan: Plan) -> Reply | None:
        return self.cache.recall(self.provider, self.base, plan) if self._caches(plan) else None

    def _caches(self, plan: Plan) -> bool:
        return self.caches if plan.cache is None else plan.cache

    @property
    def cache(self) -> ReplyCache:
        """The file of replies that `cache=True` reads and writes; opened at first use."""
        if self._cache is None:
            from .cache import ReplyCache  # only a call with the cache needs it

            self._cache = ReplyCache()
        return self._cache

    def _needs_caicaini(self, what: str) -> None:
        service = self._transport.config.provider
        if service.name != "caicaini":
            raise NotOfferedError(
                f"{service.name} has no {what}", action="The tokens of each call are in its reply and in the ledger."
            )

    def _call(self, plan: Plan, *, stream: bool) -> Call:
        surface, request = plan.surface, plan.request
        encoded = surface.encode(request, stream=stream)
        call = self._operation("POST", surface.path, surface.name, encoded)
        call.model, call.stream, call.on_wait = request.model, stream, plan.on_wait
        if self.budget is not None:
            call.reserve = self.budget.reservation(self, encoded)
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


def _iso_date(name: str, value: date | str) -> str:
    text = str(value)
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise ConfigurationError(
            f"{name} is an ISO date, not {text!r}", action="Write it as 2026-11-21, or pass a date."
        ) from None
