"""A partition of a job as a worker of a cluster gets it: its rows' messages, whom to ask, where to write.

The key goes with it from memory to memory; a text of it shows its first characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from ..async_client import AsyncClient
from ..asynchronous.event_loop import run
from ..config import PROVIDERS, Config
from ..key import Key
from ..pacing.tiers import Limits
from ..plan import Plan
from ..request import Message
from ..transport import Timeouts
from .crew import Crew
from .keeper import Keeper
from .opening import open_folder
from .outcome import Answered, read_lines
from .remote_pacer import GateLostError, RemotePacer
from .tally import Tally
from .work import Task

__all__ = ["GATE_LOST", "Partition", "Sealed", "ask_partition"]

GATE_LOST = "the gate is lost"


class Sealed:
    """Whom to ask, with the key. It can be sent to a worker, and shows no key."""

    def __init__(self, config: Config, timeouts: Timeouts) -> None:
        self._config = config
        self._timeouts = timeouts

    def client(self) -> AsyncClient:
        """A client in this process that asks once."""
        return AsyncClient(self._config, timeouts=self._timeouts, max_attempts=1)

    def __repr__(self) -> str:
        return f"Sealed({self._config.provider.name}, key {self._config.key.prefix}…)"

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        config = self._config
        return _opened, (config.provider.name, config.base, config.key.reveal(), config.origin, self._timeouts)


def _opened(provider: str, base: str, secret: str, origin: Any, timeouts: Timeouts) -> Sealed:
    return Sealed(Config(PROVIDERS[provider], base, Key(secret), origin), timeouts)


class Partition:
    """Rows by their place in it: `keys` and `messages`. `name` is in the names of its files."""

    def __init__(
        self,
        name: str,
        plan: Plan,
        keys: Sequence[str],
        messages: Sequence[tuple[Message, ...]],
        doubtful: Sequence[str],
    ) -> None:
        self.name = name
        self.keys = keys
        self.doubtful = doubtful
        self._plan = plan
        self._messages = messages

    def plan_of(self, place: int) -> Plan:
        return replace(self._plan, request=replace(self._plan.request, messages=self._messages[place]))


def ask_partition(
    part: Partition, sealed: Sealed, address: str, gate: Any, limits: Limits | None, at_once: int, on_error: str
) -> str | BaseException | None:
    """Ask what is not done yet of it; why not all was asked, `None` where it was. Runs on a worker."""
    return run(_ask(part, sealed, address, gate, limits, at_once, on_error))


async def _ask(
    part: Partition, sealed: Sealed, address: str, gate: Any, limits: Limits | None, at_once: int, on_error: str
) -> str | BaseException | None:
    folder = open_folder(address)
    before = Tally(read_lines(folder.lines(part.name)))  # by a worker that died
    tasks = [Task(key, place) for place, key in enumerate(part.keys) if key not in before.done]
    if not tasks:
        return None
    keeper = Keeper(folder, _nothing, part.name)
    async with sealed.client() as client:
        doubtful = frozenset(before.under_way).union(part.doubtful)
        pacer = RemotePacer(gate, limits)
        crew = Crew(part, client, pacer, keeper, doubtful=doubtful, on_error=on_error)
        await crew.run(iter(tasks), max(1, min(at_once, len(tasks))))
    client.ledger.close()
    if isinstance(crew.failure, GateLostError):
        return GATE_LOST
    if crew.failure is not None and hasattr(crew.failure, "reply"):
        crew.failure.reply = None  # it stays here: it may hold anything
    return crew.failure


def _nothing(outcome: Answered) -> None:
    """Who waits for it reads it in the folder."""
