"""The client for an event loop: the same names and options as `Client`, awaited.

`async with AsyncClient.connect() as client: reply = await client.send("…")`. What is asked, what it costs and what
can go wrong is the plain client's; a streamed answer is `async with await client.stream("…") as stream`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from types import TracebackType
from typing import TYPE_CHECKING, Any, Unpack
from weakref import WeakKeyDictionary

from .asked import Asked, spelled_out
from .asynchronous.call import AsyncCall
from .asynchronous.choice_of_transport import choose_transport
from .asynchronous.exchange import ask
from .asynchronous.row_group import RowGroup
from .asynchronous.stream import AsyncStream
from .client import Client
from .config import Config
from .errors import CaicainiError, ConfigurationError
from .ledger import Ledger
from .place import Place
from .plan import Plan
from .reply import Reply
from .request import Prompt
from .tools.tool import ROUNDS
from .transport import Timeouts

if TYPE_CHECKING:
    from .asynchronous.chat import AsyncChat
    from .cache import ReplyCache
    from .events import Event
    from .records import Account, ModelInfo, UsageDay
    from .sandbox import Sandbox
    from .spending.budget import Budget
    from .spending.preview import Preview
    from .tools.tool import ToolRun

__all__ = ["AsyncClient", "settled"]


class AskFirst(Exception):
    """A plan that has to be asked before the data can be read."""

    def __init__(self, plan: Plan) -> None:
        super().__init__("ask first")
        self.plan = plan


class AsyncClient:
    """One provider, one base, one key, one set of connections for each loop. `AsyncClient.connect()` makes it.

    `place` is the cell its calls are written down for, where that is not the one that runs. `before_sending` is called
    before requests go out, once for all that are ready together; what it raises, they raise, and nothing is sent.
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
        times = timeouts or Timeouts()
        plain = Client(config, ledger=ledger, sandbox=sandbox, timeouts=times, max_attempts=max_attempts, revive=revive)
        self._wrap(plain)

    @classmethod
    def of(cls, client: Client) -> AsyncClient:
        """The same provider, key, ledger, budget and cache as a plain client's, on connections of its own."""
        made = cls.__new__(cls)
        made._wrap(client)
        return made

    @classmethod
    def connect(cls, provider: str = "caicaini", **options: Any) -> AsyncClient:
        """What `caicaini_nb.connect` takes: arguments, then the environment, then the sandbox."""
        from .connection import connect  # a layer above

        return cls.of(connect(provider, **options))

    def _wrap(self, client: Client) -> None:
        self._client = client
        self._transport = choose_transport(client._transport.config, client._transport.timeouts)
        self._rows: WeakKeyDictionary[asyncio.AbstractEventLoop, RowGroup] = WeakKeyDictionary()
        self.place: Place | None = None
        self.before_sending: Callable[[], None] | None = None

    @property
    def provider(self) -> str:
        return self._client.provider

    @property
    def base(self) -> str:
        return self._transport.config.base

    @property
    def origin(self) -> str:
        """Whose answers these are: *hosted* or *sandbox*."""
        return self._client.origin

    @property
    def key_prefix(self) -> str:
        """The part of the key that may be shown."""
        return self._client.key_prefix

    @property
    def ledger(self) -> Ledger:
        return self._client.ledger

    @property
    def sandbox(self) -> Sandbox | None:
        return self._client.sandbox

    @property
    def max_attempts(self) -> int | None:
        return self._client.max_attempts

    @property
    def budget(self) -> Budget | None:
        """A ceiling on what may be spent."""
        return self._client.budget

    @budget.setter
    def budget(self, budget: Budget | None) -> None:
        self._client.budget = budget

    @property
    def caches(self) -> bool:
        """Whether replies that were paid for once are taken from the cache."""
        return self._client.caches

    @caches.setter
    def caches(self, on: bool) -> None:
        self._client.caches = on

    @property
    def cache(self) -> ReplyCache:
        return self._client.cache

    @spelled_out
    async def send(self, prompt: Prompt, **asked: Unpack[Asked]) -> Reply:
        """Ask once and wait for the whole answer, as `Client.send`."""
        return await self.send_planned(self._client._plan(prompt, asked))

    @spelled_out
    async def stream(self, prompt: Prompt, **asked: Unpack[Asked]) -> AsyncStream:
        """Ask once and take the answer as it comes. Errors before the answer begins are raised here."""
        return await self.stream_planned(self._client._plan(prompt, asked))

    @spelled_out
    async def run_tools(
        self,
        prompt: Prompt,
        *,
        rounds: int = ROUNDS,
        seconds: float = 30.0,
        on_event: Callable[[Event | ToolRun], None] | None = None,
        **asked: Unpack[Asked],
    ) -> Reply:
        """Ask, run the tools the model calls, tell it the results, as `Client.run_tools`; `on_event` runs in a thread.

        The tools run in threads, so that none of them holds up the loop.
        """
        from .asynchronous.bridge import Bridge, beside  # only a call with tools needs them
        from .tools.loop import run_tools

        bridge: Any = Bridge(self._client._plan, self.send_planned, self.stream_planned)
        return await beside(lambda: run_tools(bridge, prompt, asked, rounds=rounds, seconds=seconds, on_event=on_event))

    def chat(self, name: str = "chat") -> AsyncChat:
        """A conversation: its `send` and `stream` add to what was said."""
        from .asynchronous.chat import AsyncChat

        return AsyncChat(self, self._client.chat(name))

    @spelled_out
    async def preview(self, prompt: Prompt, *, stream: bool = False, **asked: Unpack[Asked]) -> Preview:
        """What `send`, or with `stream` what `stream`, would post, as `Client.preview`."""
        return await asyncio.to_thread(self._client.preview, prompt, stream=stream, **asked)

    @spelled_out
    async def count_tokens(self, prompt: Prompt, **asked: Unpack[Asked]) -> int:
        """How many input tokens the prompt is, by the service's own count. Nothing is run."""
        return await asyncio.to_thread(self._client.count_tokens, prompt, **asked)

    async def models(self) -> list[ModelInfo]:
        """The models this key may call, as the service lists them."""
        return await asyncio.to_thread(self._client.models)

    async def account(self) -> Account:
        """Tier and balance. The cheapest check of a key: no model runs, nothing is charged."""
        return await asyncio.to_thread(self._client.account)

    async def usage(self, start: date | str | None = None, end: date | str | None = None) -> list[UsageDay]:
        """Usage by model and day, as the service counts it; `start` and `end` are ISO dates."""
        return await asyncio.to_thread(self._client.usage, start, end)

    async def close(self) -> None:
        """Close the connections of the loop that runs. The ledger stays open."""
        await self._transport.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncClient({self.provider} · {self.origin} · {self.base} · key {self.key_prefix}…)"

    async def send_planned(self, plan: Plan) -> Reply:
        """`send`, for a call that is planned already."""
        known = self._client._recalled(plan)
        return known if known is not None else await self._settled(plan, await self.ask_once(plan))

    async def stream_planned(self, plan: Plan) -> AsyncStream:
        """`stream`, for a call that is planned already."""
        known = self._client._recalled(plan)
        if known is not None:
            return AsyncStream.replay(known)
        call = self._call(plan, plan.surface.encode(plan.request, stream=True), stream=True)
        try:
            response = await call.begin()
        except BaseException:
            call.release()
            raise

        async def settle(reply: Reply) -> Reply:
            return await self._settled(plan, reply)

        return AsyncStream(call, response, plan.surface, settle)

    async def ask_once(self, plan: Plan, *, body: bytes | None = None, operation: str | None = None) -> Reply:
        """One whole answer over the wire, its data not read yet; `body` where the plan is encoded already."""
        call = self._call(plan, plan.surface.encode(plan.request, stream=False) if body is None else body)
        call.operation = operation or call.operation
        return await ask(call, plan.surface)

    async def _settled(self, plan: Plan, reply: Reply) -> Reply:
        reply = await settled(plan, reply, self.ask_once)
        if self._client._caches(plan):
            self.cache.keep(self.provider, self.base, plan, reply)
        return reply

    def _call(self, plan: Plan, body: bytes, *, stream: bool = False) -> AsyncCall:
        if self._transport.is_closed:
            raise ConfigurationError("This client is closed", action="Make a new one with AsyncClient.connect().")
        transport: Any = self._transport
        rows = self._rows.setdefault(asyncio.get_running_loop(), RowGroup(self.ledger, self._about_to_send))
        call = AsyncCall(
            transport, self.ledger, "POST", plan.surface.path, body, plan.surface.name, place=self.place, rows=rows,
            max_attempts=self.max_attempts, revive=self._return_to_life if self._client._revive else None,
        )  # fmt: skip
        call.model, call.stream, call.on_wait = plan.request.model, stream, plan.on_wait
        if self.budget is not None:
            call.reserve = self.budget.reservation(self._client, body)
        return call

    def _about_to_send(self) -> None:
        if self.before_sending is not None:
            self.before_sending()

    def _return_to_life(self) -> None:
        self._client._return_to_life()
        self._transport.renew(self._client._transport.config)


async def settled(plan: Plan, reply: Reply, ask_again: Callable[[Plan], Any]) -> Reply:
    """The reply with its value, where one was asked for; asked once more where it does not fit."""
    if plan.shape is None:
        return reply
    from .schemas.structured import settle  # only a call with a schema needs it

    def first(again: Plan) -> Reply:
        raise AskFirst(again)

    try:
        return settle(plan, reply, first)
    except AskFirst as wanted:
        again = wanted.plan
    try:
        following = await ask_again(again)
    except CaicainiError as failure:
        failure.reply = failure.reply or reply
        raise
    return settle(plan, reply, lambda _: following)
