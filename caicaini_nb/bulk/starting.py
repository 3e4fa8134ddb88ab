"""`bulk.run`: what is asked is read and checked, what it would be is said, and only then the job begins."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec

from ..asked import Asked, spelled_out
from ..choice import choose_provider
from ..client import Client
from ..config import jobs_path, plain
from ..connection import connect
from ..errors import ConfigurationError
from ..pacing.clock import Clock, RealClock
from ..pacing.tiers import Limits
from ..place import here, running_shell
from ..plan import Plan
from ..spending.budget import Budget
from .folder import Folder
from .forecast import Forecast, check_budget, forecast
from .here import Here
from .job import Engine, Job
from .opening import open_folder
from .outcome import read_lines
from .rows import Rows, read_rows
from .tally import Tally
from .template import Template
from .work import Description, Work

if TYPE_CHECKING:
    from ..async_client import AsyncClient

__all__ = ["run"]

AT_ONCE = 100
DESCRIPTION = "job.json"
NAME = re.compile(r"[\w.-]+")
UNFIT = ("on_wait", "cache", "n")

Ceiling: TypeAlias = Budget | int | str | None
Columns: TypeAlias = Mapping[str, str] | Sequence[str] | None


@spelled_out
def run(
    rows: Any, template: str, *, columns: Columns = None, images: str | None = None,
    client: Client | AsyncClient | None = None, job: str | Path = "bulk", budget: Ceiling = None,
    limit: int | None = None, n: int = 1, on_error: str = "keep", engine: Any = None, at_once: int = AT_ONCE,
    limits: Limits | None = None, clock: Clock | None = None, names: Mapping[str, Any] | None = None,
    dry_run: bool = False, progress: bool | None = None, **given: Any,
) -> Job:  # fmt: skip
    """Ask `template` for every row, and return the `Job`, which runs beside the kernel; `job.result()` waits for it.

    `rows` is a DataFrame, a Series, or a list of texts, dicts or tuples; `{{column}}` in the template is a row's value,
    and `columns` renames (`{"text": "body"}`, or the names of a tuple's parts). `images` names a column of pictures.
    The other options are those of `Client.send`: with `schema` each row's value is checked, and asked for once more
    where it does not fit.

    `job` is a name or a folder: the same name again goes on where it stopped, and rows that are done are never asked
    twice. `limit` asks a fixed sample of so many rows, `n` asks each row so many times and takes what most answers say,
    `budget` is a ceiling (*500 credits*), `on_error="raise"` stops at the first row that fails. `limits` are those of
    an enterprise key; `clock` is a sandbox's `MovedClock`, `engine` a Dask client. With `dry_run` nothing is asked.

    Raises `ConfigurationError` for what cannot work, `BudgetExceededError` for what would cost too much.
    """
    asked: Asked = given  # type: ignore[assignment]  # a plan refuses what is none
    dialled = _client(client, asked)
    work = _work(dialled, asked, read_rows(rows, columns), template, names, n, images)
    _check(on_error, limit, n, at_once)
    name, folder = _folder(job)
    _same_job(folder, work.description, name)
    ceiling = _ceiling(budget)
    left = _left(dialled, work, folder, limit, name, "" if name == job else folder.address)
    options = {"at_once": at_once, "limits": limits, "budget": ceiling, "on_error": on_error}
    runner = _runner(engine, dialled, work, folder, left.found, clock or RealClock(), options)
    bar = _wants_bar(progress)
    made = Job(name, work, folder, runner, left.found, tally=left.tally, seen=left.seen, places=left.places, bar=bar)
    if not dry_run:
        check_budget(left.found, ceiling or dialled.budget)
    _show(left.found, progress)
    return made if dry_run else made.start()


class _Left(NamedTuple):
    """What is left to ask: the rows of a sample (`None`: all), what was read of the folder, and the forecast."""

    places: list[int] | None
    seen: dict[str, int]
    tally: Tally
    found: Forecast


def _left(client: Client, work: Work, folder: Folder, limit: int | None, name: str, address: str) -> _Left:
    places = None if limit is None else work.sample(limit)
    seen: dict[str, int] = {}
    tally = Tally(read_lines(folder.tail(seen)))
    ask = [task.place for task in work.tasks(places) if task.key not in tally.done]
    found = forecast(client, work, tally, name=name, folder=address, ask=ask, counts=len(ask))
    return _Left(places, seen, tally, found)


def _runner(
    engine: Any,
    client: Client,
    work: Work,
    folder: Folder,
    found: Forecast,
    clock: Clock,
    options: Mapping[str, Any],
) -> Engine:
    """What asks: the cluster that was passed, else this process, which has sent what the forecast took."""
    if engine is not None:
        from .on_dask import OnDask  # only a cluster needs it

        return OnDask(engine, client, work, folder, **options)
    made = Here(client, work, folder, clock=clock, place=here(), **options)
    made.note(found.requests, clock.now())
    return made


def _work(
    client: Client,
    asked: Asked,
    read: Rows,
    template: str,
    names: Mapping[str, Any] | None,
    votes: int,
    images: str | None,
) -> Work:
    filled = Template(template, read.columns, names)
    plan = _plan(client, asked)
    return Work(read, filled, plan, _describe(client, plan, template, votes, images), images)


def _ceiling(budget: Ceiling) -> Budget | None:
    """A budget as it may be written: *500 credits*, a number of credits, or a `Budget` that others share."""
    if isinstance(budget, str):
        return Budget.read(budget)
    return Budget(credits=budget) if isinstance(budget, int) else budget


def _client(client: Any, asked: Asked) -> Client:
    if client is None:
        return connect(choose_provider(asked.get("model"), None))
    found = getattr(client, "_client", client)  # an AsyncClient's own
    if not isinstance(found, Client):
        raise ConfigurationError(f"client is a Client, not {type(client).__name__}", action="Use connect().")
    return found


def _plan(client: Client, asked: Asked) -> Plan:
    """The call that every row shares. What would hold for one row alone is refused."""
    for name in UNFIT:
        if asked.get(name) is not None:
            raise ConfigurationError(f"A job does not take {name}", action="Leave it out.")
    return client._plan("…", asked)


def _check(on_error: str, limit: int | None, votes: int, at_once: int) -> None:
    if on_error not in ("keep", "raise"):
        raise ConfigurationError(f"on_error is 'keep' or 'raise', not {on_error!r}", action="Change on_error.")
    for name, value in {"limit": limit, "n": votes, "at_once": at_once}.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise ConfigurationError(f"{name} is a positive whole number, not {value!r}", action=f"Change {name}.")


def _describe(client: Client, plan: Plan, template: str, votes: int, images: str | None) -> Description:
    call = msgspec.json.decode(plan.surface.encode(plan.request, stream=False))
    call["messages"] = call["messages"][:-1]  # what a schema adds before the row's own turn stays
    origin = client.origin if client.origin == "sandbox" else client.base
    return Description(template, client.provider, origin, plan.surface.path, call, votes, images)


def _folder(job: str | Path) -> tuple[str, Folder]:
    """The name of a job and its folder: a path or an address as it is, a plain name among your jobs."""
    text = str(job)
    if isinstance(job, Path) or "/" in text or "\\" in text:
        return text.rstrip("/\\").replace("\\", "/").rpartition("/")[2], open_folder(job)
    if not NAME.fullmatch(text) or text.startswith("."):
        raise ConfigurationError(f"{text!r} is not a job's name", action="Use letters, digits, - and _, or a path.")
    return text, open_folder(jobs_path() / text)


def _same_job(folder: Folder, description: Description, name: str) -> None:
    """A job's folder holds the answers to one question. Raises `ConfigurationError` with the difference."""
    written = msgspec.json.format(description.written(), indent=2)
    before = folder.read(DESCRIPTION)
    if before is None:
        folder.put(DESCRIPTION, written)
    elif before != written:
        lines = difflib.unified_diff(
            _readable(before), _readable(written), "as it was asked", "as it is now", lineterm="", n=0
        )
        changed = [line.rstrip(",") for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]
        raise ConfigurationError(
            f"The job {name} was begun with another question; what differs (- before, + now):\n" + "\n".join(changed),
            action="Give it another name with job=…, or ask as before to go on with it.",
        )


def _readable(written: bytes) -> list[str]:
    return [line.replace("\\n", "\n").strip() for line in written.decode("utf-8", "replace").splitlines()]


def _wants_bar(progress: bool | None) -> bool:
    return not plain() if progress is None else progress


def _show(found: Any, progress: bool | None) -> None:
    """The plan, under the cell."""
    if running_shell() is not None and progress is not False:
        from IPython.display import display

        display(found)  # type: ignore[no-untyped-call]
