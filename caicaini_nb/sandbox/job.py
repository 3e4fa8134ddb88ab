"""A job: one admitted call being answered. It asks the engine, cuts its pieces, meters them and settles the bill.

The engine works in a thread, so that the server's loop never waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from caicaini_nb.sandbox.account import Account
from caicaini_nb.sandbox.answering import Cancellable, OutOfRoomError
from caicaini_nb.sandbox.call import Call
from caicaini_nb.sandbox.composer import Block, Composer, Part, gather
from caicaini_nb.sandbox.engine import Engine, Piece
from caicaini_nb.sandbox.faults import Fault
from caicaini_nb.sandbox.meter import Meter
from caicaini_nb.sandbox.request_log import Entry
from caicaini_nb.sandbox.wire import Ending, Tokens, Wire

__all__ = ["Job"]

GATHER_SECONDS = 0.002  # pieces made within this time come back from the thread together


class Job:
    """One call, from admission to its bill; `close()` must follow whatever happens."""

    def __init__(
        self, account: Account, call: Call, meter: Meter, wire: Wire, engine: Engine, workers: ThreadPoolExecutor,
        entry: Entry, fault: Fault | None, call_prefix: str,
    ) -> None:  # fmt: skip
        self.account = account
        self.call = call
        self.meter = meter
        self.wire = wire
        self.entry = entry
        self.fault = fault
        self.last = Ending("end_turn")
        self._engine = engine
        self._workers = workers
        self._call_prefix = call_prefix
        self._answering: Iterator[Piece] = iter(())
        self._cancelled = False
        self._out_of_room = False
        entry.id = wire.id

    async def parts(self) -> AsyncGenerator[tuple[int, Part | Ending], None]:
        """Yield the parts of every choice in turn, each choice closed by its Ending."""
        for choice in range(self.call.choices):
            composer = Composer(self.call.max_tokens, self.call.stops, self.meter.spend, self._call_prefix)
            async with contextlib.aclosing(self._pieces(choice)) as pieces:
                async for piece in pieces:
                    for part in composer.feed(piece):
                        yield choice, part
                    if composer.stop_reason is not None:
                        break
            if self._out_of_room:
                composer.stop_reason = composer.stop_reason or "max_tokens"
            for part in composer.finish():
                yield choice, part
            self.last = Ending(composer.stop_reason or "end_turn", composer.stop_sequence)
            yield choice, self.last

    async def whole(self) -> list[tuple[list[Block], Ending]]:
        """Make the whole answer, all choices."""
        answers = []
        parts: list[Part] = []
        async for _, part in self.parts():
            if isinstance(part, Ending):
                answers.append((gather(parts), part))
                parts = []
            else:
                parts.append(part)
                if self.account.pace > 0:
                    await asyncio.sleep(self.account.pace)  # a plain answer takes as long as the same one streamed
                elif len(parts) % 256 == 0:
                    await asyncio.sleep(0)
        return answers

    def settle(self) -> Tokens:
        """Charge what was made so far; the charge is committed when this returns."""
        self.entry.credits = self.meter.settle()
        return Tokens(self.meter.input_tokens, self.meter.output_tokens, self.entry.credits)

    def cancel(self) -> None:
        """Nobody waits for the answer any more: an engine that can be stopped stops within a token."""
        self._cancelled = True
        if isinstance(self._answering, Cancellable):
            self._answering.cancel()

    def close(self) -> None:
        """Give up what the job still holds."""
        self.cancel()
        self.meter.release()

    async def _pieces(self, choice: int) -> AsyncGenerator[Piece, None]:
        loop = asyncio.get_running_loop()
        question = self.call.question
        self._answering = self._engine.answer(replace(question, choice=choice) if choice else question)
        more = not self._cancelled
        try:
            while more:
                pieces, more, self._out_of_room = await loop.run_in_executor(self._workers, _some, self._answering)
                for piece in pieces:
                    yield piece
        finally:
            if isinstance(self._answering, Cancellable):
                self._answering.cancel()  # harmless when the answer is whole


def _some(iterator: Iterator[Piece]) -> tuple[list[Piece], bool, bool]:
    """Take the next piece and what else is ready within a moment; says whether there may be more, or no more room."""
    pieces: list[Piece] = []
    deadline = time.monotonic() + GATHER_SECONDS
    try:
        for piece in iterator:
            pieces.append(piece)
            if time.monotonic() > deadline:
                return pieces, True, False
    except OutOfRoomError:
        return pieces, False, True
    return pieces, False, False
