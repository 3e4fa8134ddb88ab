"""Workers that ask the rows of a job, as many at once as is good, until none is left or the job stops.

Each waits for its turn with the pacer, so the key's limits hold whoever asks. This is the one place that asks again;
the client below it never does. A worker that cannot go on stops them all: what is under way is waited for, and kept.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..async_client import AsyncClient, settled
from ..asynchronous.bridge import Bridge, beside
from ..errors import CaicainiError, ConfigurationError, JobStoppedError
from ..pacing.pacer import Turn
from ..plan import Plan
from ..reply import Reply
from .asked_row import AskedRow, answered, failed
from .keeper import Keeper
from .needs import Paced, Planned
from .retrying import Next, Step, decide
from .sizes import Sizes
from .work import Task, data_of

__all__ = ["Crew"]

CHANCE = random.SystemRandom()
ALIKE = 25  # rows in a row that fail with the same error, none answered: it is not the rows
PATIENCE = 1800.0  # seconds for a service that nobody reaches
IDLE = 0.2


class Crew:
    """The workers of one job on one loop. `doubtful` are the keys that an earlier run may have paid for."""

    def __init__(
        self,
        work: Planned,
        client: AsyncClient,
        pacer: Paced,
        keeper: Keeper,
        *,
        doubtful: frozenset[str] = frozenset(),
        on_error: str = "keep",
        on_wait: Callable[[CaicainiError], None] = lambda error: None,
        rounds: int = 8,
        patience: float = PATIENCE,
    ) -> None:
        self._work = work
        self._client = client
        self._pacer = pacer
        self._keeper = keeper
        client.before_sending = keeper.write_sent
        self._doubtful = doubtful
        self._on_error = on_error
        self._on_wait = on_wait
        self._rounds = rounds
        self._patience = patience
        self._sizes = Sizes()
        self._at_once = 1.0
        self._most = 1
        self._under_way = 0
        self._busy: set[asyncio.Task[Any]] = set()
        self._workers: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()
        self._alike: tuple[str, int] = ("", 0)
        self._gone_since: float | None = None
        self.failure: BaseException | None = None
        self.stopping = False
        self._is_empty = False

    async def run(self, tasks: Iterator[Task], at_once: int) -> None:
        """Ask all of them. Afterwards `failure` is why not all were asked, `None` where they were."""
        self._at_once, self._most = float(at_once), at_once
        writing = asyncio.ensure_future(self._keeper.run())
        writing.add_done_callback(self._written)
        self._workers = [asyncio.ensure_future(self._worker(number, tasks)) for number in range(at_once)]
        try:
            await asyncio.gather(*self._workers, return_exceptions=True)
        finally:
            for worker in self._workers:
                worker.cancel()
            self._keeper.finish()
            await asyncio.gather(writing, return_exceptions=True)
            self._pacer.close()

    def stop(self, failure: BaseException | None = None) -> None:
        """Begin nothing more; what is under way goes on to its end, and who only waits is called off."""
        self.stopping = True
        self.failure = self.failure or failure
        self._changed.set()
        mine = asyncio.current_task()
        for worker in self._workers:
            if worker not in self._busy and worker is not mine:
                worker.cancel()

    def abandon(self) -> None:
        """Call off what is under way as well: it may be charged, and is asked again."""
        self.stop()
        for worker in self._workers:
            worker.cancel()

    def _written(self, writing: asyncio.Future[None]) -> None:
        if not writing.cancelled() and (error := writing.exception()) is not None:
            self.stop(error)

    async def _worker(self, number: int, tasks: Iterator[Task]) -> None:
        try:
            while not (self.stopping or self._is_empty):
                if number >= self._at_once:  # the service is overloaded: fewer at once
                    await asyncio.sleep(IDLE)
                elif (task := next(tasks, None)) is not None:
                    await self._row(task)
                else:
                    self._is_empty = True
        except _Stopped:
            return
        except Exception as error:
            self.stop(error)

    async def _row(self, task: Task) -> None:
        """Ask one row to its end, and have the end written down."""
        asked = AskedRow(task.key, task.key in self._doubtful)
        try:
            plan = self._work.plan_of(task.place)
            reply = await self._reply(plan, asked)
        except JobStoppedError:
            raise
        except CaicainiError as error:
            self._give_up(asked, error)
            return
        self._alike = ("", 0)
        data = data_of(plan, reply.choices[0]) if plan.shape is not None and reply.value is not None else None
        self._keeper.done(answered(asked, reply, data=data))

    async def _reply(self, plan: Plan, asked: AskedRow) -> Reply:
        async def ask(again: Plan) -> Reply:
            return await self._ask(again, asked)

        if plan.request.tools and plan.shape is None and any(tool.function for tool in plan.request.tools):
            from ..tools.loop import run_tools  # only rows with tools need it

            bridge: Any = Bridge(lambda *_: plan, ask, ask)  # type: ignore[arg-type]  # nothing is streamed
            with self._being_busy():
                return await beside(lambda: run_tools(bridge, "", {}, rounds=self._rounds))
        reply = await ask(plan)
        return await settled(plan, reply, ask)

    async def _ask(self, plan: Plan, asked: AskedRow) -> Reply:
        """One answer, asked for until it is here or not worth it. Raises the last attempt's error, or `_Stopped`."""
        body = plan.surface.encode(plan.request, stream=False)
        made = 0
        while not self.stopping:
            turn = await self._pacer.turn(self._sizes.tokens(len(body)))
            asked.attempts += 1
            made += 1
            self._keeper.sent(asked.key)
            try:
                self._under_way += 1
                with self._being_busy():
                    reply = await self._client.ask_once(plan, body=body)
            except JobStoppedError:
                raise
            except CaicainiError as error:
                failure = error
            else:
                self._answered(turn, reply, len(body))
                return reply
            finally:
                self._under_way -= 1
                self._changed.set()
            made -= await self._after(failure, turn, made, asked)
        raise _Stopped

    @contextmanager
    def _being_busy(self) -> Iterator[None]:
        """What goes on inside is not called off when the job stops."""
        mine = asyncio.current_task()
        is_outermost = mine is not None and mine not in self._busy
        if mine is not None:
            self._busy.add(mine)
        try:
            yield
        finally:
            if mine is not None and is_outermost:
                self._busy.discard(mine)

    def _answered(self, turn: Turn, reply: Reply, size: int) -> None:
        self._sizes.learn(size, reply.usage.input_tokens)
        self._pacer.answered(turn, reply.rate_limit, reply.usage.input_tokens)
        self._at_once = min(self._most, self._at_once + 1 / max(1.0, self._at_once))
        self._gone_since = None

    async def _after(self, error: CaicainiError, turn: Turn, made: int, asked: AskedRow) -> int:
        """Wait as the failure asks for; how many attempts are not to be counted. Raises what ends the row or all."""
        if error.may_be_charged:
            asked.doubt = True
        else:
            self._keeper.free(asked.key)
        following = decide(error, made, CHANCE.random)
        if following.step is Step.BUDGET:
            self._pacer.unused(turn)
            asked.attempts -= 1
            await self._room(error)
            return 1
        self._on_wait(error)
        if following.step is Step.LIMITED:
            self._pacer.refused(turn, following.seconds, error.rate_limit)
            return 0
        if error.rate_limit is not None:
            self._pacer.answered(turn, error.rate_limit)
        else:
            self._pacer.failed(turn)
        return await self._follow(following, error, asked)

    async def _follow(self, following: Next, error: CaicainiError, asked: AskedRow) -> int:
        if following.step is Step.GIVE_UP:
            raise error
        if following.step is Step.STOP:
            self.stop(error)
            raise _Stopped
        if following.step is Step.AWAY:
            await self._away(error, following.seconds)
            return 1 if self._gone_since is not None else 0
        if error.status in (503, 529):
            self._at_once = max(1.0, self._at_once / 2)
        if self.stopping:
            raise _Stopped
        await self._pacer.sleep(following.seconds)
        return 0

    async def _room(self, error: CaicainiError) -> None:
        """Wait for a call to end that holds part of the budget; with none under way there will be no more room."""
        if not self._under_way:
            self.stop(error)
            raise _Stopped
        self._changed.clear()
        await self._changed.wait()

    async def _away(self, error: CaicainiError, seconds: float) -> None:
        """Nobody answers: bring a sandbox back, or wait with everything for the network."""
        if self._client.sandbox is not None:
            await asyncio.to_thread(self._client._return_to_life)
        now = time.monotonic()
        self._gone_since = self._gone_since or now
        if now - self._gone_since > self._patience:
            self.stop(error)
            raise _Stopped
        self._pacer.hold(seconds)

    def _give_up(self, asked: AskedRow, error: CaicainiError) -> None:
        """Keep the row with its error; many alike without an answer between them stop the job."""
        self._keeper.done(failed(asked, error))
        kind = type(error).__name__
        self._alike = (kind, self._alike[1] + 1 if self._alike[0] == kind else 1)
        if self._on_error == "raise":
            self.stop(error)
        elif self._alike[1] >= ALIKE and not isinstance(error, ConfigurationError):
            self.stop(
                JobStoppedError(
                    f"{ALIKE} rows one after the other failed with {kind}, and none was answered: {error.cause}",
                    action="Mend the cause, then job.retry() asks again what failed.",
                )
            )


class _Stopped(Exception):
    """The job stops; this row stays to be asked."""
