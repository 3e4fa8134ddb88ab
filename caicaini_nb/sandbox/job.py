"""A job: one admitted call being answered. It asks the engine, cuts its pieces, meters them and settles the bill.

The engine works in a thread, so that the server's loop never waits for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

from caicaini_nb.sandbox.account import Account
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
        entry.id = wire.id

    async def parts(self) -> AsyncGenerator[tuple[int, Part | Ending], None]:
        """Yield the parts of every choice in turn, each choice closed by its Ending."""
        for choice in range(self.call.choices):
            composer = Composer(self.call.max_tokens, self.call.stops, self.meter.spend, self._call_prefix)
            async for piece in self._pieces():
                for part in composer.feed(piece):
                    yield choice, part
                if composer.stop_reason is not None:
                    break
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

    def close(self) -> None:
        """Give up what the job still holds."""
        self.meter.release()

    async def _pieces(self) -> AsyncIterator[Piece]:
        loop = asyncio.get_running_loop()
        iterator = self._engine.answer(self.call.question)
        more = True
        while more:
            pieces, more = await loop.run_in_executor(self._workers, _some, iterator)
            for piece in pieces:
                yield piece


def _some(iterator: Iterator[Piece]) -> tuple[list[Piece], bool]:
    """Take the next piece and what else is ready within a moment; says whether there may be more."""
    pieces: list[Piece] = []
    deadline = time.monotonic() + GATHER_SECONDS
    for piece in iterator:
        pieces.append(piece)
        if time.monotonic() > deadline:
            return pieces, True
    return pieces, False
