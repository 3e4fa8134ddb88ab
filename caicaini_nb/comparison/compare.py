"""`compare()`: one question to several models at once, across providers; one that fails does not spoil the others.

Each call has a thread and a connection of its own and is streamed, so that its time to first token is its own. It
refuses a model that nobody documents, or one named twice, before anything is sent.
"""

from __future__ import annotations

import contextvars
import inspect
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TypeAlias, Unpack

from msgspec.structs import replace

from ..asked import Asked, spelled_out
from ..choice import choose_provider
from ..client import Client
from ..config import PROVIDERS
from ..connection import connect
from ..errors import CaicainiError, ConfigurationError, Interrupted
from ..interrupts import held
from ..ledger import Ledger
from ..plan import Plan, make_plan
from ..reply import Reply
from ..request import Prompt
from ..retry import Wait
from .comparison import Comparison, Side

__all__ = ["ClientFor", "OnUpdate", "compare"]

ClientFor: TypeAlias = Callable[[str], Client]
"""Gives the client of a provider, *caicaini* or *cailag*."""
OnUpdate: TypeAlias = Callable[[Comparison], None]

AT_ONCE = 5  # streams to one provider: what its first paid tier allows
INTERVAL = 0.25  # seconds between two updates
GRACE = 2.0  # seconds: a connection that is being made cannot be cut, and is not waited for longer


@spelled_out
def compare(
    prompt: Prompt,
    models: Sequence[str],
    *,
    client_for: ClientFor | None = None,
    on_update: OnUpdate | None = None,
    **asked: Unpack[Asked],
) -> Comparison:
    """Ask each of `models` and return their answers side by side, once all have answered or failed.

    The options are those of `Client.send`. `client_for` gives a provider's client, by default `connect(provider)`;
    `on_update` is called in this thread, at most four times a second, with the answers so far. Raises
    `ConfigurationError` when nothing could be sent to any of them, and `Interrupted` when you stop it: its `reply` is
    the comparison as it stood then.
    """
    owners = _owners(models, asked)
    plans = _plans(prompt, owners, asked)
    with _clients(set(owners.values()), client_for) as clients:
        # Under a budget one after the other: a first call to a model, which nothing bounds, runs alone.
        gates = {
            provider: threading.Semaphore(AT_ONCE if client.budget is None else 1)
            for provider, client in clients.items()
        }
        asking = [
            _Asking(model, provider, clients[provider], plans[model], gates[provider])
            for model, provider in owners.items()
        ]
        _run(asking, on_update or (lambda comparison: None))
    failed = [one.error for one in asking if isinstance(one.error, ConfigurationError) and one.reply is None]
    if len(failed) == len(asking):
        raise failed[0]
    return _snapshot(asking)


# Its signature lists the options of a call; which model is asked is the one thing that `models` says.
compare.__signature__ = inspect.signature(compare).replace(  # type: ignore[attr-defined]
    parameters=[item for name, item in inspect.signature(compare).parameters.items() if name != "model"]
)


def _owners(models: Sequence[str], asked: Asked) -> dict[str, str]:
    """The provider of each model, in the order they are named."""
    if asked.get("model") is not None:
        raise ConfigurationError("compare() takes models, not model", action="Add that model to the list.")
    if isinstance(models, str) or not models:
        raise ConfigurationError(
            f"models is a list of model ids, not {models!r}", action="Write compare(prompt, ['caicaini/auto', …])."
        )
    for model in models:
        if models.count(model) > 1:
            raise ConfigurationError(
                f"{model} is named twice, and each model is asked once", action="Name each model once."
            )
    return {model: choose_provider(model, None) for model in models}


def _plans(prompt: Prompt, owners: dict[str, str], asked: Asked) -> dict[str, Plan | ConfigurationError]:
    """What is sent to each model, or why it cannot be."""
    plans: dict[str, Plan | ConfigurationError] = {}
    for model, provider in owners.items():
        options = asked.copy()
        options["model"] = model
        try:
            plans[model] = make_plan(PROVIDERS[provider], prompt, options)
        except ConfigurationError as error:
            plans[model] = error
    refused = [plan for plan in plans.values() if isinstance(plan, ConfigurationError)]
    if len(refused) == len(plans):
        raise refused[0]
    return plans


@contextmanager
def _clients(providers: set[str], client_for: ClientFor | None) -> Iterator[dict[str, Client]]:
    """A client for each provider; those made here are closed at the end."""
    if client_for is not None:
        yield {provider: client_for(provider) for provider in sorted(providers)}
        return
    ledger = Ledger()
    clients: dict[str, Client] = {}
    try:
        for provider in sorted(providers):
            clients[provider] = connect(provider, ledger=ledger)
        yield clients
    finally:
        for client in clients.values():
            client.close()
        ledger.close()


class _Asking:
    """One model's call, in a thread of its own. What it has so far may be read from any thread."""

    def __init__(
        self, model: str, provider: str, client: Client, plan: Plan | ConfigurationError, gate: threading.Semaphore
    ) -> None:
        self.model, self.provider = model, provider
        self.reply: Reply | None = None
        self.error: CaicainiError | Interrupted | None = None
        self.crash: BaseException | None = None
        self.changed = True
        self.done = False
        self._pieces: list[str] = []
        self._waiting = ""
        self._stopped = False
        self._plan, self._gate = plan, gate
        self._client = client.apart()
        self._on_finished: Callable[[], None] = lambda: None
        context = contextvars.copy_context()  # which cell a ledger row belongs to is kept there
        self._thread = threading.Thread(target=context.run, args=(self._run,), name=f"compare {model}", daemon=True)

    def start(self, finished: Callable[[], None]) -> None:
        self._on_finished = finished
        self._thread.start()

    def stop(self) -> None:
        """From another thread: nothing more is sent or read."""
        self._stopped = True
        self._client.abort()

    def join(self, until: float) -> None:
        if self._thread.ident is not None:
            self._thread.join(max(0.0, until - time.monotonic()))

    def side(self) -> Side:
        if self.done:
            text = self.reply.text if self.reply is not None else "".join(self._pieces)
            return Side(self.model, self.provider, text, self.reply, self.error)
        error = Interrupted() if self._stopped else None
        return Side(self.model, self.provider, "".join(self._pieces), None, error, self._waiting)

    def _run(self) -> None:
        try:
            with self._gate:
                self.reply = self._ask()
        except (CaicainiError, Interrupted) as error:
            self.reply = error.reply
            if self.reply is None or not self.reply.complete or isinstance(error, CaicainiError):
                self.error = error.with_traceback(None)  # its frames would keep the connection's
        except BaseException as error:
            self.crash = error
        finally:
            self._client.close()
            self.done = self.changed = True
            self._on_finished()

    def _ask(self) -> Reply:
        if self._stopped:
            raise Interrupted()
        if isinstance(self._plan, ConfigurationError):
            raise self._plan
        with self._client.stream_planned(replace(self._plan, on_wait=self._wait)) as stream:
            for text in stream.texts():
                self._pieces.append(text)
                self.changed = True
        return stream.reply

    def _wait(self, wait: Wait, left: float) -> None:
        """Told while a retry waits: who stops then need not wait for it to end."""
        if self._stopped and left > 0:
            raise Interrupted()
        name = wait.reason.type or type(wait.reason).__name__
        self._waiting = f"{name}: attempt {wait.attempt} of {wait.attempts} in {left:.0f} s" if left > 0 else ""
        self.changed = True
        if isinstance(self._plan, Plan) and self._plan.on_wait is not None:
            self._plan.on_wait(wait, left)


def _run(asking: Sequence[_Asking], on_update: OnUpdate) -> None:
    """Ask all at once and wait. However this ends, no call goes on after it."""
    finished = threading.Event()

    def one_finished() -> None:
        if all(one.done for one in asking):
            finished.set()

    try:
        with held():  # a thread whose start was interrupted cannot be joined
            for one in asking:
                one.start(one_finished)
        while not finished.wait(INTERVAL):
            if any(one.changed for one in asking):
                for one in asking:
                    one.changed = False
                on_update(_snapshot(asking))
    except KeyboardInterrupt:
        _stop(asking)
        comparison = _snapshot(asking)
        with suppress(KeyboardInterrupt), held():
            on_update(comparison)
        raise Interrupted(comparison) from None
    finally:
        _stop(asking)
    crashes = [one.crash for one in asking if one.crash is not None]
    if crashes:
        raise crashes[0]


def _stop(asking: Sequence[_Asking]) -> None:
    """End what still runs; pressing stop again does not cut this short."""
    with suppress(KeyboardInterrupt), held():
        until = time.monotonic() + GRACE
        for one in asking:
            if not one.done:
                one.stop()
        for one in asking:
            one.join(until)


def _snapshot(asking: Sequence[_Asking]) -> Comparison:
    return Comparison(tuple(one.side() for one in asking))
